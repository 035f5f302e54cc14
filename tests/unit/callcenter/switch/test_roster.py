"""Who is signed in where."""

import pytest

from callcenter.settings import AgentSettings, SeatSettings
from callcenter.switch.roster import Roster, SignIn

AGENTS = [
    AgentSettings.model_validate({"agent_id": agent_id, "name": "N", "password": "p"})
    for agent_id in ("1001", "1002")
]
SEATS = [
    SeatSettings.model_validate({"seat_no": seat_no, "password": "p"})
    for seat_no in ("8001", "8002")
]


def entry(agent: int, seat: int) -> SignIn:
    return SignIn(AGENTS[agent], SEATS[seat], "agent", {})


@pytest.fixture
def roster() -> Roster:
    return Roster(AGENTS, SEATS)


def test_a_sign_in_is_found_by_agent_and_by_seat(roster: Roster) -> None:
    ann = entry(0, 1)
    roster.sign_in(ann)

    assert roster.of_agent("1001") is ann
    assert roster.at_seat("8002") is ann
    assert (ann.agent_id, ann.seat_no) == ("1001", "8002")
    assert roster.of_agent("1002") is roster.at_seat("8001") is None
    assert list(roster) == [ann]


def test_signing_out_frees_agent_and_seat_and_may_be_repeated(roster: Roster) -> None:
    ann = entry(0, 0)
    roster.sign_in(ann)
    for _ in range(2):
        roster.sign_out(ann)

    assert roster.of_agent("1001") is roster.at_seat("8001") is None


def test_an_old_sign_in_does_not_sign_out_its_successor(roster: Roster) -> None:
    old, new = entry(0, 0), entry(0, 1)
    roster.sign_in(old)
    roster.sign_out(old)
    roster.sign_in(new)
    roster.sign_out(old)

    assert roster.of_agent("1001") is new
    assert roster.at_seat("8002") is new


@pytest.mark.parametrize("second", [(0, 1), (1, 0)])
def test_one_agent_one_seat(roster: Roster, second: tuple[int, int]) -> None:
    roster.sign_in(entry(0, 0))
    with pytest.raises(AssertionError):
        roster.sign_in(entry(*second))


def test_sign_ins_may_end_while_they_are_gone_through(roster: Roster) -> None:
    roster.sign_in(entry(0, 0))
    roster.sign_in(entry(1, 1))
    for each in roster:
        roster.sign_out(each)

    assert list(roster) == []
