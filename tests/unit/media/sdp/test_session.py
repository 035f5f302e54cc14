"""A leg's offers and answers over its life."""

import re
from dataclasses import replace

import pytest

from media.sdp import SdpError, SdpSession, offer, parse

PHONE = offer("192.0.2.7", 40000, session_id=9)
PHONE_HOLDS = offer("192.0.2.7", 40000, session_id=9, version=1, direction="sendonly")


def version(body: bytes) -> str:
    return parse(body).version


def test_the_version_grows_only_when_something_changed() -> None:
    leg = SdpSession("10.0.0.1", 30000, session_id=5)

    bodies = [
        leg.answer(PHONE),
        leg.answer(PHONE),
        leg.answer(PHONE_HOLDS),
        leg.answer(PHONE_HOLDS),
        leg.answer(PHONE),
    ]

    assert [version(body) for body in bodies] == ["0", "0", "1", "1", "2"]
    assert bodies[0] == bodies[1]
    assert {parse(body).session_id for body in bodies} == {"5"}


def test_an_offer_of_ours_counts_in_the_same_row() -> None:
    leg = SdpSession("10.0.0.1", 30000, session_id=5)

    leg.answer(PHONE)

    assert version(leg.offer()) == "1"
    assert version(leg.offer(direction="sendonly")) == "2"


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("theirs", [True, False])
def test_comfort_noise_is_offered_again_where_the_peer_takes_it(ours: bool, theirs: bool) -> None:
    leg = SdpSession("10.0.0.1", 30000, session_id=5, comfort_noise=ours)
    first = leg.offer()
    assert (b"CN/8000" in first) is ours

    leg.accept(offer("192.0.2.7", 40000, session_id=9, comfort_noise=theirs))

    assert (b"CN/8000" in leg.offer()) is theirs
    assert (leg.offer() == first) is (ours is theirs)


def test_the_last_agreement_is_kept() -> None:
    leg = SdpSession("10.0.0.1", 30000, session_id=5)
    assert leg.stream is None

    leg.offer(restrict_to="PCMU")
    agreed = leg.accept(offer("192.0.2.7", 40000, session_id=9, codecs=["PCMU"]))

    assert (agreed.codec, agreed.direction) == ("PCMU", "sendrecv")
    assert leg.stream == agreed


def test_a_refused_offer_changes_nothing() -> None:
    leg = SdpSession("10.0.0.1", 30000, session_id=5)
    first = leg.answer(PHONE)
    agreed = leg.stream

    with pytest.raises(SdpError):
        leg.answer(b"v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\n")

    assert leg.stream is agreed
    assert leg.answer(PHONE) == first


def test_an_answer_needs_an_offer() -> None:
    with pytest.raises(SdpError, match="no offer"):
        SdpSession("10.0.0.1", 30000, session_id=5).accept(PHONE)


def test_audio_taken_away_by_port_0_stops_the_stream_until_it_is_offered_again() -> None:
    leg = SdpSession("10.0.0.1", 30000, session_id=5)
    leg.answer(PHONE)
    agreed = leg.stream
    assert agreed is not None

    held = leg.answer(re.sub(rb"m=audio \d+", b"m=audio 0", PHONE))
    assert b"m=audio 0 RTP/AVP" in held
    assert leg.stream == replace(agreed, direction="inactive")

    leg.answer(PHONE)
    assert leg.stream == agreed


def test_port_0_is_no_way_to_begin() -> None:
    leg = SdpSession("10.0.0.1", 30000, session_id=5)
    with pytest.raises(SdpError):
        leg.answer(re.sub(rb"m=audio \d+", b"m=audio 0", PHONE))
