"""A site file is read whole, or every mistake in it is told."""

from pathlib import Path

import pytest

from callcenter.settings import HostPort, SettingsError, load
from ivr.targets import ToHangUp, ToVoicemail
from tests.support.site_file import SITE, problems


def test_the_shipped_sample_is_valid_and_means_what_it_says() -> None:
    settings = load(Path("config/site.toml"), environ={})
    assert settings.warnings == ()
    assert [str(address) for address in settings.sip.listen] == [
        "udp:127.0.0.1:5060",
        "tcp:127.0.0.1:5060",
    ]
    assert settings.agent_proto.listen == HostPort("127.0.0.1", 7400)
    sales, support = settings.queues
    assert (sales.name, sales.skills, sales.max_wait, sales.on_timeout) == (
        "sales",
        {"sales": 1},
        20.0,
        ToVoicemail(),
    )
    assert (support.max_wait, support.on_timeout, support.ring_timeout) == (600.0, ToHangUp(), 10.0)
    assert {number.dnis: number.queue or number.flow for number in settings.numbers} == {
        "4000": "welcome",
        "4001": "sales",
        "4002": "support",
    }
    assert [seat.seat_no for seat in settings.seats if seat.answer_mode == "protocol"] == ["8004"]
    assert [agent.name for agent in settings.agents if agent.agent_class == "supervisor"] == ["Eva"]


def test_every_mistake_is_told_in_the_order_of_the_file() -> None:
    text = (
        SITE.replace('domain = "pbx.example"', "domain = 5")
        .replace("{ sales = 2 }", '{ sales = 0 }\non_timeout = "queue:x"')
        .replace('password = "agent-1001"', "")
    )
    assert [line.split(": ")[:2] for line in problems(text)] == [
        ["site.toml:3", "sip.domain"],
        ["site.toml:11", "queue[sales].skills.sales"],
        ["site.toml:12", "queue[sales].on_timeout"],
        ["site.toml:19", "agent[1001].password"],
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[sip]\nlisten = \n", "site.toml:2: syntax: "),
        ("[sip]\n[sip]\n", "site.toml:2: syntax: "),
        ("a = [", "site.toml: syntax: "),
    ],
)
def test_what_is_not_toml_is_told_with_its_line(text: str, expected: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith(expected)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "cannot be read: No such file or directory"), (b"\xff", "is not UTF-8 text (byte 0)")],
)
def test_a_file_that_cannot_be_read_is_told(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    site = tmp_path / "site.toml"
    if content is not None:
        site.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        load(site, environ={})
    assert str(caught.value) == f"{site}: file: {reason}"


def test_arrays_of_tables_must_be_written_as_such() -> None:
    text = 'seat = "8001"\n' + SITE.replace("[[seat]]", "[seats]")
    assert problems(text) == [
        "site.toml:1: seat: must be an array of tables: write [[seat]]",
        "site.toml:16: seats: is not a known key; did you mean 'seat'?",
    ]
