from hypothesis import given
from hypothesis import strategies as st

from acd.heap import LazyHeap, Place


def filled(keys: list[float]) -> tuple[LazyHeap[int], list[Place[int]]]:
    heap: LazyHeap[int] = LazyHeap()
    places = [Place(index) for index in range(len(keys))]
    for key, place in zip(keys, places, strict=True):
        place.enter(heap, key)
    return heap, places


def drain(heap: LazyHeap[int]) -> list[int]:
    items = []
    while (place := heap.first()) is not None:
        items.append(place.item)
        place.leave()
    return items


@given(
    st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=300),
)
def test_yields_those_who_stayed_by_key_then_by_order_of_entering(
    entries: list[tuple[int, bool]],
) -> None:
    heap, places = filled([key for key, _ in entries])
    for place, (_, stays) in zip(places, entries, strict=True):
        if not stays:
            place.leave()
    expected = [index for index, (_, stays) in enumerate(entries) if stays]
    assert len(heap) == len(expected)
    assert drain(heap) == sorted(expected, key=lambda index: entries[index][0])


def test_leaving_twice_counts_once() -> None:
    heap, places = filled([1.0, 2.0])
    places[0].leave()
    places[0].leave()
    assert len(heap) == 1


def test_one_leave_empties_the_place_in_every_heap() -> None:
    heaps: list[LazyHeap[str]] = [LazyHeap(), LazyHeap()]
    place = Place("ann")
    for heap in heaps:
        place.enter(heap, 1.0)
    place.leave()
    assert [heap.first() for heap in heaps] == [None, None]


def test_equal_keys_may_be_entered_again_after_leaving() -> None:
    heap, places = filled([5.0, 5.0])
    places[0].leave()
    places[0] = Place(7)
    places[0].enter(heap, 5.0)
    assert drain(heap) == [1, 7]


def test_passing_over_items_leaves_the_heap_as_it_was() -> None:
    heap, _ = filled([3.0, 1.0, 2.0])
    found = heap.first_where(lambda item: item == 0)
    assert found is not None
    assert found.item == 0
    assert heap.first_where(lambda _: False) is None
    assert drain(heap) == [1, 2, 0]


def test_those_who_left_are_swept_out_before_they_outnumber_the_rest() -> None:
    heap, places = filled([float(key) for key in range(1000)])
    for place in places[:900]:
        place.leave()
    assert len(heap._entries) <= 200
    assert drain(heap) == list(range(900, 1000))


def test_all_items_are_seen_in_order_without_those_that_left() -> None:
    heap: LazyHeap[str] = LazyHeap()
    places = [Place(item) for item in "cab"]
    for place in places:
        place.enter(heap, float(ord(place.item)))
    places[1].leave()

    assert list(heap) == ["b", "c"]
    assert len(heap) == 2


@given(
    st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=300),
)
def test_looking_in_order_is_what_taking_them_would_yield(entries: list[tuple[int, bool]]) -> None:
    heap, places = filled([key for key, _ in entries])
    for place, (_, stays) in zip(places, entries, strict=True):
        if not stays:
            place.leave()
    assert list(heap.in_order()) == list(heap) == drain(heap)
