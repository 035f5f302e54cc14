from dataclasses import dataclass

from sip.deadlines import NEVER, Alarm, Deadlines, Entry


@dataclass(eq=False)
class Owner:
    deadline: float
    heap_entry: Entry | None = None


def test_the_earliest_comes_first_and_moves_with_its_deadline() -> None:
    heap: Deadlines[Owner] = Deadlines()
    a, b = Owner(5.0), Owner(3.0)
    for owner in (a, b):
        heap.update(owner)
    assert heap.next() == 3.0
    b.deadline = 9.0
    heap.update(b)
    assert heap.next() == 5.0
    a.deadline = NEVER
    heap.update(a)
    assert heap.next() == 9.0
    b.deadline = 1.0
    heap.update(b)
    assert heap.next() == 1.0
    b.deadline = NEVER
    heap.update(b)
    assert heap.next() is None


def test_due_yields_each_owner_until_its_deadline_is_past() -> None:
    heap: Deadlines[Owner] = Deadlines()
    owner, later = Owner(1.0), Owner(100.0)
    heap.update(owner)
    heap.update(later)
    fired = []
    for due in heap.due(3.5):
        fired.append(due.deadline)
        due.deadline += 1.0
    assert fired == [1.0, 2.0, 3.0]
    assert heap.next() == 4.0


def test_a_withdrawn_owner_is_let_go_at_once() -> None:
    heap: Deadlines[Owner] = Deadlines()
    owner = Owner(1000.0)
    heap.update(owner)
    entry = owner.heap_entry
    owner.deadline = NEVER
    heap.update(owner)
    assert owner.heap_entry is None
    assert entry is not None
    assert owner not in entry


def test_withdrawn_entries_do_not_pile_up() -> None:
    heap: Deadlines[Owner] = Deadlines()
    kept = [Owner(2000.0 + number) for number in range(10)]
    for owner in kept:
        heap.update(owner)
    for _ in range(10_000):
        owner = Owner(1000.0)
        heap.update(owner)
        owner.deadline = NEVER
        heap.update(owner)
    assert len(heap) < 1000
    assert heap.next() == 2000.0
    assert len(list(heap.due(1999.0))) == 0


def test_an_alarm_knows_the_first_of_several_heaps() -> None:
    alarm = Alarm()
    heaps: list[Deadlines[Owner]] = [Deadlines(alarm), Deadlines(alarm)]
    early, late = Owner(2.0), Owner(3.0)
    assert alarm.at == NEVER
    heaps[0].update(late)
    assert alarm.at == 3.0
    heaps[1].update(early)
    assert alarm.at == 2.0
    early.deadline = 4.0
    heaps[1].update(early)
    assert alarm.at == 2.0, "early is harmless"
    alarm.set_anew()
    assert alarm.at == 3.0
