from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.checks import Known
from ivr.flow import Flow
from ivr.loader import load_flow, load_flows, parse_flow, shipped_flows
from ivr.problems import FlowError
from ivr.schema import MenuNode


def parse(text: str, known: Known | None = None) -> Flow:
    """The flow that `text` says."""
    return parse_flow(text.encode(), name="test", file="f.yaml", known=known or Known())


def problems(text: str, known: Known | None = None) -> list[str]:
    """What is wrong with `text`."""
    with pytest.raises(FlowError) as refused:
        parse(text, known)
    assert str(refused.value) == "\n".join(map(str, refused.value.problems))
    return [str(problem) for problem in refused.value.problems]


GOOD = """\
language: zh
start: ask
variables:
  company: ACME
nodes:
  ask:
    kind: menu
    prompt: Welcome to ${company}, ${ani}.
    keys: {1: number, 0: voicemail, "#": queue:sales, "*": other}
  number:
    kind: collect
    into: account
    next: read
  read:
    kind: play
    prompt: [{file: ding.wav}, "${account:spell}"]
    next: ask
  other:
    kind: flow
    flow: night
"""


def test_a_good_flow_is_loaded_as_written() -> None:
    known = Known(queues={"sales"}, flows={"night"}, files={"ding.wav"}.__contains__)
    flow = parse(GOOD, known)
    assert (flow.name, flow.start, flow.language) == ("test", "ask", "zh")
    assert list(flow.nodes) == ["ask", "number", "read", "other"]
    assert flow.variables == {"company": "ACME"}
    ask = flow.nodes["ask"]
    assert isinstance(ask, MenuNode)
    assert ask.keys == {"1": "number", "0": "voicemail", "#": "queue:sales", "*": "other"}


def test_what_a_flow_refers_to_must_be_known() -> None:
    known = Known(queues={"sale"}, flows={"nights"}, files=lambda _: False)
    assert problems(GOOD, known) == [
        "f.yaml:9: node 'ask', keys #: there is no queue 'sales'; did you mean 'sale'?",
        "f.yaml:16: node 'read', prompt 1 file: there is no file 'ding.wav'",
        "f.yaml:20: node 'other', flow: there is no flow 'night'; did you mean 'nights'?",
    ]


def test_references_are_not_checked_against_nothing() -> None:
    assert parse(GOOD, Known())


EVERYTHING_WRONG = """\
languag: en
start: grating
nodes:
  greeting:
    kind: play
    prompt: {en: Hello, fr: Bonjour}
    next: mian
  main:
    kind: menu
    prompt: You are ${any}.
    keys:
      1: sales
      12: sales
      2: que:sales
    timeout: soon
    trys: 3
  sales:
    kind: queue
    priority: high
    on_timeout: message
    priority: 1
  message:
    kind: voicmail
    box: [a]
  greeting:
    kind: hangup
"""


def test_every_mistake_is_told_at_once_with_its_line() -> None:
    assert problems(EVERYTHING_WRONG) == [
        "f.yaml:1: languag: is not a known field; did you mean 'language'?",
        "f.yaml:2: start: there is no node 'grating'; did you mean 'greeting'?",
        "f.yaml:6: node 'greeting', prompt: 'fr' is not a language; choose en or zh",
        "f.yaml:13: node 'main', keys 12: '12' is not a key: 0 to 9, * or #",
        "f.yaml:15: node 'main', timeout: must be a number",
        "f.yaml:16: node 'main', trys: is not a known field; did you mean 'tries'?",
        "f.yaml:17: node 'sales', queue: is required",
        "f.yaml:19: node 'sales', priority: must be a whole number",
        "f.yaml:21: node 'sales', priority: is written twice; first on line 19",
        "f.yaml:23: node 'message', kind: 'voicmail' is not a kind; did you mean 'voicemail'?",
        "f.yaml:25: node 'greeting': is written twice; first on line 4",
    ]


def flow_of(nodes: str) -> str:
    """A flow file of these nodes, which begin on line 3, that starts with `a`."""
    return "start: a\nnodes:\n" + nodes


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["f.yaml:1: is empty"]),
        ("hello", ["f.yaml:1: must be a mapping with start and nodes"]),
        ("- a", ["f.yaml:1: must be a mapping with start and nodes"]),
        (
            "language: fr\n",
            [
                "f.yaml:1: language: must be 'en' or 'zh'",
                "f.yaml:1: nodes: is required",
                "f.yaml:1: start: is required",
            ],
        ),
        (
            "start: 1\nnodes: {}\n",
            [
                "f.yaml:1: start: must be text: write it in quotes",
                "f.yaml:2: nodes: must have at least 1",
            ],
        ),
        (
            "start: a\nnodes: [a]\n",
            [
                "f.yaml:1: start: there is no node 'a'",
                "f.yaml:2: nodes: must be a mapping",
            ],
        ),
        (
            flow_of("  a: {kind: hangup}\n  'b c': {kind: hangup}\n"),
            [
                "f.yaml:4: node 'b c': 'b c' is not a name (1 to 64 letters, digits, _ . -)",
                "f.yaml:4: node 'b c': cannot be reached from 'a'",
            ],
        ),
        (
            "start: a\nvariables: {x: 1, 2y: z}\nnodes: {a: {kind: hangup}}\n",
            [
                "f.yaml:2: variables 2y: must match pattern '^[A-Za-z_]\\w{0,63}$'",
                "f.yaml:2: variables x: must be text: write it in quotes",
            ],
        ),
        (flow_of("  a: hangup\n"), ["f.yaml:3: node 'a': must be a mapping with a kind"]),
        (
            flow_of("  a:\n    prompt: x\n"),
            [
                "f.yaml:3: node 'a': has no kind; choose play, menu, collect, queue, branch,"
                " callback, voicemail, set_language, calendar, flow, dial, busy, hangup"
            ],
        ),
        (
            flow_of("  a:\n    kind: 5\n"),
            [
                "f.yaml:4: node 'a', kind: '5' is not a kind; choose play, menu, collect, queue,"
                " branch, callback, voicemail, set_language, calendar, flow, dial, busy, hangup"
            ],
        ),
        (
            flow_of(
                "  a:\n    kind: play\n    next: hangup\n"
                "    prompt:\n      - Hello\n      - {txt: x}\n"
            ),
            [
                "f.yaml:8: node 'a', prompt 2 txt: is not a known field; did you mean 'text'?",
            ],
        ),
    ],
)
def test_the_top_and_the_kinds_are_checked(text: str, found: list[str]) -> None:
    assert problems(text) == found


@pytest.mark.parametrize(
    ("nodes", "found"),
    [
        (
            "  a: {kind: play, prompt: x, next: b}\n",
            ["f.yaml:3: node 'a', next: there is no node 'b'"],
        ),
        (
            "  a: {kind: play, prompt: x, next: hangpu}\n",
            ["f.yaml:3: node 'a', next: there is no node 'hangpu'; did you mean 'hangup'?"],
        ),
        (
            "  a: {kind: play, prompt: x, next: 'queue:'}\n",
            [
                "f.yaml:3: node 'a', next: 'queue:' needs a name after the colon"
                " (1 to 64 letters, digits, _ . -)"
            ],
        ),
        (
            "  a: {kind: play, prompt: x, next: a}\n",
            ["f.yaml:3: node 'a': loop without input or wait: a → a"],
        ),
        (
            "  a: {kind: play, prompt: x, next: c}\n"
            "  b: {kind: set_language, language: en, next: c}\n"
            "  c: {kind: queue, queue: q, on_busy: b}\n",
            ["f.yaml:4: node 'b': loop without input or wait: b → c → b"],
        ),
        (
            "  a: {kind: play, prompt: x, next: hangup}\n  b: {kind: hangup}\n",
            ["f.yaml:4: node 'b': cannot be reached from 'a'"],
        ),
        (
            "  a: {kind: collect, into: account, next: b}\n"
            "  b: {kind: play, prompt: '${acount} ${ani} ${digits} ${dnis}', next: hangup}\n",
            ["f.yaml:4: node 'b', prompt: there is no variable 'acount'; did you mean 'account'?"],
        ),
        (
            "  a: {kind: collect, pattern: '[', next: hangup}\n",
            [
                "f.yaml:3: node 'a', pattern: is not a regular expression:"
                " error: unclosed character class"
            ],
        ),
    ],
)
def test_the_graph_and_the_variables_are_checked(nodes: str, found: list[str]) -> None:
    assert problems(flow_of(nodes)) == found


@pytest.mark.parametrize(
    "nodes",
    [
        "  a: {kind: menu, keys: {1: a}, on_timeout: a}\n",
        "  a: {kind: collect, next: a}\n",
        "  a: {kind: queue, queue: q, on_timeout: b}\n  b: {kind: play, prompt: x, next: a}\n",
    ],
)
def test_a_loop_with_a_key_or_a_wait_in_it_is_good(nodes: str) -> None:
    assert parse(flow_of(nodes))


def test_a_broken_node_hides_no_way_and_no_variable() -> None:
    text = flow_of(
        "  a:\n    kind: collect\n    into: account\n    timeout: no\n    next: b\n"
        "  b: {kind: play, prompt: '${account}', next: hangup}\n"
    )
    assert problems(text) == ["f.yaml:6: node 'a', timeout: must be a number"]


def test_what_is_not_yaml_is_told_with_its_line() -> None:
    assert problems(flow_of("  a: &x {kind: hangup}\n")) == [
        "f.yaml:3: has an anchor or alias; flows are written out"
    ]


def test_too_many_nodes_are_refused() -> None:
    nodes = "".join(f"  n{number}: {{kind: hangup}}\n" for number in range(1001))
    found = problems("start: n0\nnodes:\n" + nodes)
    assert found == ["f.yaml:2: nodes: must have at most 1000"]


def test_a_folder_is_loaded_as_a_whole_and_its_flows_know_one_another(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(flow_of("  a: {kind: play, prompt: x, next: flow:a}\n"))
    (tmp_path / "a.yaml").write_text(flow_of("  a: {kind: hangup}\n"))
    (tmp_path / "notes.txt").write_text("no flow")
    assert list(load_flows(tmp_path)) == ["a", "b"]


def test_the_mistakes_of_all_files_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(flow_of("  a: {kind: play, prompt: x, next: flow:c}\n"))
    (tmp_path / "b.yaml").write_text("")
    with pytest.raises(FlowError) as refused:
        load_flows(tmp_path)
    assert str(refused.value).splitlines() == [
        f"{tmp_path}/a.yaml:3: node 'a', next: there is no flow 'c'",
        f"{tmp_path}/b.yaml:1: is empty",
    ]


def test_a_file_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"#" * 300_000)
    with pytest.raises(FlowError, match=r"a\.yaml:1: is larger than 256 KiB"):
        load_flow(tmp_path / "a.yaml")


def test_a_missing_file_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_flow(tmp_path / "none.yaml")


def test_the_shipped_flows_are_good_and_need_only_two_queues() -> None:
    flows = load_flows(known=Known(queues={"sales", "support"}, files=lambda _: False))
    assert list(flows) == ["closed", "welcome"]
    assert load_flow(shipped_flows() / "welcome.yaml").nodes == flows["welcome"].nodes


FRAGMENTS = [
    *("start: a\n", "nodes:\n", "nodes: 1\n", "variables: {x: y}\n", "language: en\n"),
    *("  a:\n", "  b:\n", "    kind: play\n", "    kind: menu\n", "    kind: queue\n"),
    *("    next: a\n", "    next: b\n", "    keys: {1: b}\n", "    timeout: 5\n"),
    *("    prompt: [x, {text: y}]\n", "    prompt: {file: {en: 1}}\n", "    prompt:\n"),
    "    queue: q\n",
]


@settings(deadline=None)  # the machine may be busy
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join))
def test_no_file_raises_anything_but_flow_errors(text: str) -> None:
    try:
        assert parse(text).nodes
    except FlowError as error:
        assert error.problems  # noqa: PT017
