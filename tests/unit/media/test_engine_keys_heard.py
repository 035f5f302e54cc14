"""The real extension over loopback UDP: keys as tones, of phones that send no telephone events."""

from collections.abc import Iterator

import pytest

from tests.support import spandsp
from tests.support.audio import silence
from tests.support.engine_rig import DECODE, ENCODE, Law, Phone, Rig

_KEYS = "1234567890*#ABCD"


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.close()


def _say(phone: Phone, samples: list[int]) -> None:
    codes = ENCODE[phone.law](samples)
    for at in range(0, len(codes), 160):
        phone.send(codes[at : at + 160])


def _keys(rig: Rig) -> str:
    return "".join(str(event[2]) for event in rig.events("digit"))


@pytest.mark.parametrize("law", ["PCMA", "PCMU"])
def test_a_phone_without_events_is_understood(rig: Rig, law: Law) -> None:
    phone = rig.phone(law, events=None)
    _say(phone, spandsp.tones_of(_KEYS) + silence(0.1))
    assert rig.event("digit", phone.port, "D")
    assert _keys(rig) == _KEYS[:-1]


def test_a_press_that_comes_both_ways_counts_once(rig: Rig) -> None:
    phone = rig.phone()
    _say(phone, spandsp.tones_of("5"))
    phone.press(5)
    assert rig.event("digit", phone.port, "5")
    _say(phone, spandsp.tones_of("5") + silence(0.1))
    assert _keys(rig) == ""


def test_who_stops_sending_has_let_go(rig: Rig) -> None:
    phone = rig.phone(events=None)
    _say(phone, spandsp.tones_of("7")[:400])
    assert rig.event("digit", phone.port, "7")


def test_an_agreement_on_events_ends_the_listening(rig: Rig) -> None:
    phone = rig.phone(events=None)
    phone.events = 101
    phone.configure()
    _say(phone, spandsp.tones_of("5") + silence(0.1))
    phone.press(6)
    assert rig.event("digit", phone.port, "6")
    assert _keys(rig) == ""


def test_keys_pressed_as_tones_are_understood_by_others(rig: Rig) -> None:
    phone = rig.phone("PCMU", events=None)
    rig.engine.send_digits(phone.port, _KEYS, press_ms=60, gap_ms=60)
    heard = b"".join(packet.payload for packet in phone.hear(len(_KEYS) * 6))
    assert spandsp.keys_in(DECODE["PCMU"](heard)) == _KEYS


def test_a_relayed_tone_is_heard_by_both(rig: Rig) -> None:
    a, b = rig.phone(events=None), rig.phone(events=None)
    rig.engine.hear(b.port, a.port)
    sound = spandsp.tones_of("42") + silence(0.1)
    _say(a, sound)
    heard = b"".join(packet.payload for packet in b.hear(len(sound) // 160))
    assert spandsp.keys_in(DECODE["PCMA"](heard)) == "42"
    assert rig.event("digit", a.port, "2")
    assert _keys(rig) == "4"
