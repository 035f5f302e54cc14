"""WZ-T2(a), A-24: bound extension, last agent, the importance of a customer."""

import pytest

from acd import Preferred
from callcenter.events import TalkStarted
from callcenter.routing import customers as module
from callcenter.routing.customer_table import TableError, read_customers
from callcenter.routing.customers import DAY_S, Customer, Customers
from callcenter.settings import QueueSettings

VIP = "13800138000"
SEATS = {"8002": "1002"}


def made() -> Customers:
    return Customers(lambda number: number[-11:], lambda seat_no: SEATS.get(seat_no, ""))


def queue(**keys: object) -> QueueSettings:
    return QueueSettings.model_validate({"name": "sales", "skills": {"sales": 1}, **keys})


def test_a_number_is_the_same_in_every_spelling() -> None:
    customers = made()
    assert customers.load([Customer("+8613800138000", "Wang", "1001", 3)]) == 1
    assert customers.priority(VIP) == 3
    assert customers.priority("") == 0
    assert customers.of("10086") is None


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        ("1001", (Preferred("1001", 7.0),)),
        ("8002", (Preferred("1002", 7.0),)),  # who sits there now
        ("8009", (Preferred("8009", 7.0),)),  # nobody does: the engine passes over
        ("", ()),
    ],
)
def test_a_number_is_tied_to_an_agent_or_an_extension(
    bound: str, expected: tuple[Preferred, ...]
) -> None:
    customers = made()
    customers.load([Customer(VIP, agent=bound)])
    assert customers.preferred(VIP, queue(bound_agent_wait=7), 0.0) == expected
    assert customers.preferred(VIP, queue(bound_agent=False), 0.0) == ()


def test_the_last_agent_comes_after_the_bound_one() -> None:
    customers = made()
    customers.load([Customer(VIP, agent="1001")])
    customers.read(TalkStarted(5.0, "c1", "other", "1004", "8004", VIP))
    wishes = customers.preferred(VIP, queue(last_agent=True, last_agent_wait=9), 6.0)
    assert wishes == (Preferred("1001", 0.0), Preferred("1004", 9.0))
    assert customers.preferred(VIP, queue(), 6.0) == (Preferred("1001", 0.0),)


def test_who_is_both_is_asked_once() -> None:
    customers = made()
    customers.load([Customer(VIP, agent="8002")])
    customers.remember(VIP, "1002", 5.0)
    wishes = customers.preferred(VIP, queue(last_agent=True, last_agent_wait=9), 6.0)
    assert wishes == (Preferred("1002", 0.0),)


def test_a_last_agent_of_long_ago_is_forgotten() -> None:
    customers = made()
    customers.remember(VIP, "1004", 0.0)
    asked = queue(last_agent=True, last_agent_days=2)
    assert customers.preferred(VIP, asked, 2 * DAY_S) == (Preferred("1004", 0.0),)
    assert customers.preferred(VIP, asked, 2 * DAY_S + 1) == ()


def test_withheld_numbers_are_nobodys() -> None:
    customers = made()
    customers.remember("", "1004", 0.0)
    assert customers.preferred("", queue(last_agent=True), 0.0) == ()


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 3)
    customers = made()
    for number in ("1", "2", "3", "1", "4"):
        customers.remember(number, f"agent{number}", 0.0)
    asked = queue(last_agent=True)
    known = [number for number in "1234" if customers.preferred(number, asked, 0.0)]
    assert known == ["1", "3", "4"]


def test_a_table_is_read() -> None:
    lines = ["number,priority,agent\n", "13800138000,2,1001\n", "+8657188880000,,\n"]
    assert list(read_customers(lines)) == [
        Customer("13800138000", "", "1001", 2),
        Customer("+8657188880000"),
    ]


def test_further_columns_are_what_agents_see() -> None:
    lines = ["number,contract,city\n", "138,A-17, Beijing \n", "139,,\n"]
    assert list(read_customers(lines)) == [
        Customer("138", data={"contract": "A-17", "city": "Beijing"}),
        Customer("139"),
    ]


@pytest.mark.parametrize(
    ("asked", "found"),
    [("380", ["13800138000"]), ("wang", ["13800138000"]), ("A-17", ["139"]), ("nobody", [])],
)
def test_customers_are_found_by_number_name_and_data(asked: str, found: list[str]) -> None:
    customers = Customers(lambda number: number, lambda seat_no: "")
    customers.load(
        [Customer("13800138000", "Wang Fang"), Customer("139", data={"contract": "a-17"})]
    )
    assert [each.number for each in customers.matching(asked, 20)] == found


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], "line 1: there is no column 'number'"),
        (["number,\n"], "line 1: at most 32 further columns, each with a name"),
        (["number\n", "12x\n"], "line 2: '12x' is no number"),
        (["number\n", "12\n", "12\n"], "line 3: 12 is there already"),
        (["number,priority\n", "12,high\n"], "line 2: priority 'high' is no whole number"),
        (["number,priority\n", "12,900\n"], "line 2: priority 900: must be -100 to 100"),
    ],
)
def test_what_is_wrong_in_a_table_is_told_with_its_line(lines: list[str], told: str) -> None:
    with pytest.raises(TableError) as raised:
        list(read_customers(lines))
    assert str(raised.value).startswith(told)
