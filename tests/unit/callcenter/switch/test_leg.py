"""Which of the peer's session descriptions a leg's voice follows."""

from typing import cast

import pytest

import sip
from callcenter.switch.leg import Leg
from tests.support.fake_media import FakePlane
from tests.support.sim_phone import sdp

TONE, CALLEE = sdp("10.0.2.1"), sdp("10.0.2.2")
SESSION = cast(sip.Call, None)  # whose call it is does not matter


@pytest.fixture
def leg() -> Leg:
    """One that has called somebody."""
    leg = Leg.open(FakePlane(), 1, ["PCMA"])
    leg.sdp.offer()
    return leg


def host(leg: Leg) -> str:
    assert leg.stream is not None
    return leg.stream.remote_ip


def test_an_answer_without_a_session_leaves_what_an_update_has_changed(leg: Leg) -> None:
    leg.on_ringing(SESSION, 183, TONE)
    assert host(leg) == "10.0.2.1"
    leg.on_offer(SESSION, CALLEE)
    leg.on_answered(SESSION, b"")
    assert host(leg) == "10.0.2.2"
    assert not leg.over


def test_an_answer_decides_who_is_heard(leg: Leg) -> None:
    leg.on_ringing(SESSION, 183, TONE)
    leg.on_answered(SESSION, CALLEE)
    assert host(leg) == "10.0.2.2"


def test_an_answer_that_agrees_to_nothing_ends_the_call(leg: Leg) -> None:
    ends: list[sip.CallEnd] = []
    leg.ended = ends.append
    leg.on_answered(SESSION, b"")
    assert [end.code for end in ends] == [488]
