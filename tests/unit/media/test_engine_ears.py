"""The real extension over loopback UDP: what a port is asked to listen for."""

from collections.abc import Iterator

import pytest

from media import tones
from tests.support.audio import pcm_samples, silence, tone
from tests.support.engine_rig import ENCODE, Phone, Rig


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.close()


def _say(phone: Phone, samples: list[int]) -> None:
    codes = ENCODE[phone.law](samples)
    for at in range(0, len(codes), 160):
        phone.send(codes[at : at + 160])


def test_busy_is_heard_where_it_is_asked_for_and_nowhere_else(rig: Rig) -> None:
    asked, other = rig.phone(), rig.phone("PCMU")
    rig.engine.listen(asked.port, ["progress"])
    busy = pcm_samples(tones.progress_tone("cn", "busy")) * 4
    for phone in (other, asked):
        _say(phone, busy)
    event = rig.event("heard")
    assert event[1:4] == (asked.port, "busy", "")
    assert 0.8 <= float(str(event[4])) <= 1.0
    assert rig.events("heard") == []


def test_a_beep_is_heard_by_who_listens_for_machines(rig: Rig) -> None:
    phone = rig.phone()
    rig.engine.listen(phone.port, ["machine", "voice"])
    _say(phone, silence(0.3) + tone(1000, 0.5) + silence(0.8))
    assert rig.event("heard", phone.port, "voice_started")
    assert rig.event("heard", phone.port, "machine")
    assert rig.event("heard", phone.port, "beep")
    assert rig.event("heard", phone.port, "voice_stopped")


def test_who_stops_sending_has_stopped_speaking(rig: Rig) -> None:
    phone = rig.phone()
    rig.engine.listen(phone.port, ["machine", "voice"])
    _say(phone, tone(1000, 0.2))
    assert rig.event("heard", phone.port, "voice_stopped")


def test_listening_ends_when_nothing_is_asked_for(rig: Rig) -> None:
    phone = rig.phone()
    rig.engine.listen(phone.port, ["voice"])
    rig.engine.listen(phone.port, [])
    _say(phone, tone(440, 0.5))
    assert rig.eventually(lambda: phone.statistics().packets_received == 25)
    assert rig.events("heard") == []


def test_an_ear_that_there_is_not_is_a_mistake(rig: Rig) -> None:
    phone = rig.phone()
    with pytest.raises(ValueError, match="no such ear"):
        rig.engine.listen(phone.port, ["nose"])  # type: ignore[list-item]
