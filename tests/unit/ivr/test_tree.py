import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.tree import TreeError, read_tree


def test_every_key_and_element_knows_its_line() -> None:
    tree = read_tree(b"# flow\na: 1\nb:\n  c: [x,\n    y]\n")
    assert tree.data == {"a": 1, "b": {"c": ["x", "y"]}}
    assert tree.lines == {
        ("a",): 2,
        ("b",): 3,
        ("b", "c"): 4,
        ("b", "c", 0): 4,
        ("b", "c", 1): 5,
    }


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1", 1),
        ("-20", -20),
        ("2.5", 2.5),
        ("true", True),
        ("null", None),
        ("", None),
        ("no", "no"),
        ("off", "off"),
        ("0123", "0123"),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("12:30:45", "12:30:45"),
        ("2024-01-01", "2024-01-01"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_plain_values_mean_what_they_look_like(written: str, value: object) -> None:
    data = read_tree(f"key: {written}\n".encode()).data
    assert data == {"key": value}
    assert type(data["key"]) is type(value)


def test_keys_are_texts_as_written() -> None:
    assert read_tree(b"0: a\n1: b\nno: c\n'*': d\n").data == {
        "0": "a",
        "1": "b",
        "no": "c",
        "*": "d",
    }


def test_a_key_written_twice_is_noted_and_the_first_value_stays() -> None:
    tree = read_tree(b"a: 1\nb: {x: 1}\na:\n  deep: 2\nb: 3\n")
    assert tree.data == {"a": 1, "b": {"x": 1}}
    assert tree.duplicates == [(("a",), 3, 1), (("b",), 5, 2)]


BOMB = "a: &a [x]\n" + "".join(
    f"{name}: &{name} [*{last}, *{last}]\n"
    for last, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"", 1, "is empty"),
        (b"# nothing\n", 1, "is empty"),
        (BOMB.encode(), 1, "has an anchor or alias"),
        (b"a: 1\nb: *a\n", 2, "has an anchor or alias"),
        (b"a: 1\n&k b: 2\n", 2, "has an anchor or alias"),
        (b"a: 1\nb: !!python/object/apply:os.system [ls]\n", 2, "has a tag"),
        (b"a: !!str 1\n", 1, "has a tag"),
        (b"a: 1\n---\nb: 2\n", 2, "has a second document"),
        (b"a: 1\n? [x]\n: 2\n", 2, "has a key that is not a single word"),
        (b"a: " + b"[" * 50_000, 1, "is nested deeper than 20 levels"),
        (b"a:\n  b: [1, 2\nc: 3\n", 3, "is not YAML"),
        (b"a: 1\n\tb: 2\n", 2, "is not YAML"),
        (b"a: 1\nb: \xff\xfe\n", 2, "is not UTF-8 text"),
        (b"a: 1\nb: \x00\n", 2, "has a character that YAML forbids: 0x0"),
        (b'a: "\\UFFFFFFFF"\n', 1, "is not YAML"),
        (b"#" * (256 * 1024 + 1), 1, "is larger than 256 KiB"),
    ],
)
def test_what_is_not_this_yaml_is_refused_with_its_line(
    content: bytes, line: int, reason: str
) -> None:
    with pytest.raises(TreeError) as refused:
        read_tree(content)
    assert refused.value.line == line
    assert refused.value.reason.startswith(reason)


@pytest.mark.parametrize(
    ("loc", "path", "line"),
    [
        (("a", "b"), ("a", "b"), 2),
        (("a", 0, "text", "b"), ("a", "b"), 2),
        (("a", "missing"), ("a",), 1),
        ((), (), 1),
    ],
)
def test_a_place_is_found_through_what_is_not_written(
    loc: tuple[str | int, ...], path: tuple[str | int, ...], line: int
) -> None:
    assert read_tree(b"a:\n  b: 1\n").find(loc) == (path, line)


@settings(deadline=None)  # the machine may be busy
@given(
    st.binary(max_size=200)
    | st.text(alphabet="ab:-[]{}&*!|>'\"\\ \n\t#?,", max_size=80).map(str.encode)
)
def test_no_content_raises_anything_else(content: bytes) -> None:
    try:
        read_tree(content)
    except TreeError as error:
        assert error.line >= 1  # noqa: PT017
