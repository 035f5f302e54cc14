import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.settings.lines import key_lines, line_of
from callcenter.settings.problems import KeyPath

DOCUMENT = '''\
# a comment, then a blank line

title = "x"  # [not.a.table]
[sip]
listen = [
  "udp",  # ] = [
  "tcp",
]
domain.name = "a"
text = """
[fake]
key = 1
"""
[[queue]]
name = "a"
skills = { one = 1, two = { three = 3 } }
[queue.extra]
deep = 1
[[queue]]
name = "b"
[[queue.rule]]
x = 1
[[queue.rule]]
x = 2
["quoted key".'sub']
y = 1
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 3),
        (("sip",), 4),
        (("sip", "listen"), 5),
        (("sip", "listen", 1), 5),
        (("sip", "domain", "name"), 9),
        (("sip", "text"), 10),
        (("queue", 0), 14),
        (("queue", 0, "name"), 15),
        (("queue", 0, "skills", "two", "three"), 16),
        (("queue", 0, "extra"), 17),
        (("queue", 0, "extra", "deep"), 18),
        (("queue", 1), 19),
        (("queue", 1, "name"), 20),
        (("queue", 1, "rule", 0, "x"), 22),
        (("queue", 1, "rule", 1), 23),
        (("queue", 1, "rule", 1, "x"), 24),
        (("quoted key", "sub", "y"), 26),
    ],
)
def test_each_key_is_found_on_its_line(path: KeyPath, line: int) -> None:
    assert key_lines(DOCUMENT)[path] == line


def test_what_is_only_in_a_text_or_comment_is_not_a_key() -> None:
    lines = key_lines(DOCUMENT)
    assert ("fake",) not in lines
    assert ("not",) not in lines


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("queue", 1, "missing"), 19),
        (("queue", 0, "skills", "two", "four"), 16),
        (("nowhere", "at", "all"), None),
        ((), None),
    ],
)
def test_a_missing_key_has_the_line_of_what_it_would_stand_in(
    path: KeyPath, line: int | None
) -> None:
    assert line_of(path, key_lines(DOCUMENT)) == line


KEYS = st.sampled_from(["a", "b", "c"])
VALUES = st.sampled_from(["1", '"x"', "[1,\n 2]", '"""\n[q]\nz = 1\n"""', "{ k = [1] }"])
LINES = st.one_of(
    st.builds("{} = {}".format, KEYS, VALUES),
    st.builds("[{}.{}]".format, KEYS, KEYS),
    st.builds("[[{}]]".format, KEYS),
    st.sampled_from(["", "# x = 1", "\r"]),
)


@given(st.lists(LINES, max_size=12).map("\n".join))
def test_the_paths_found_are_those_that_the_document_has(text: str) -> None:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    found = key_lines(text)
    for path in _leaves(document, ()):
        assert found[path] <= text.count("\n") + 1
    for path in found:
        _resolve(document, path)


def _leaves(value: Any, path: KeyPath) -> list[KeyPath]:
    match value:
        case dict():
            return [leaf for key in value for leaf in _leaves(value[key], (*path, key))]
        case list():
            return [leaf for i, each in enumerate(value) for leaf in _leaves(each, (*path, i))]
        case _:
            return [path]


def _resolve(value: Any, path: KeyPath) -> None:
    for key in path:
        value = value[key]
