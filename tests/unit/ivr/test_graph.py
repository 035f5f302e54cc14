import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.graph import loops, unreachable

NODES = "abcdef"


@pytest.mark.parametrize(
    ("ways", "lost"),
    [
        ({"a": ["b"], "b": []}, []),
        ({"a": [], "b": []}, ["b"]),
        ({"a": ["a"], "b": ["c"], "c": ["b"]}, ["b", "c"]),
        ({"b": ["a"], "a": ["c"], "c": ["a"]}, ["b"]),
    ],
)
def test_what_no_way_leads_to_is_unreachable(ways: dict[str, list[str]], lost: list[str]) -> None:
    assert unreachable(ways, "a") == lost


@pytest.mark.parametrize(
    ("ways", "found"),
    [
        ({"a": ["b"], "b": []}, []),
        ({"a": ["a"]}, [["a"]]),
        ({"x": ["c"], "b": ["c"], "c": ["b"], "y": []}, [["b", "c"]]),
        ({"a": ["b"], "b": ["a", "c"], "c": ["d"], "d": ["c"]}, [["a", "b"], ["c", "d"]]),
        ({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}, []),
    ],
)
def test_each_loop_is_told_from_its_first_node(
    ways: dict[str, list[str]], found: list[list[str]]
) -> None:
    assert list(loops(ways)) == found


@settings(deadline=None)  # the machine may be busy
@given(
    st.fixed_dictionaries({node: st.lists(st.sampled_from(NODES), unique=True) for node in NODES})
)
def test_loops_are_loops_and_cutting_them_leaves_none(ways: dict[str, list[str]]) -> None:
    found = list(loops(ways))
    for loop in found:
        for node, onward in zip(loop, loop[1:] + loop[:1], strict=True):
            assert onward in ways[node]
    cut = {node for loop in found for node in loop}
    rest = {
        node: [other for other in goes_to if other not in cut]
        for node, goes_to in ways.items()
        if node not in cut
    }
    while ends := [node for node, goes_to in rest.items() if not goes_to]:
        rest = {
            node: [other for other in goes_to if other not in ends]
            for node, goes_to in rest.items()
            if node not in ends
        }
    assert not rest
