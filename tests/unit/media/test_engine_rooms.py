"""The real extension over loopback UDP: rooms of four, who hears whom, and that no stream breaks.

How changes sound, to the sample and the millisecond, is tested in virtual time beside the engine
(`media/engine/src/rooms_test.rs`).
"""

import itertools
import time
from collections.abc import Iterator, Mapping

import pytest

from media._engine import Engine
from tests.support.audio import power_at, tone
from tests.support.engine_rig import DECODE, ENCODE, Law, Packet, Rig

TONES = {"caller": 350, "agent": 450, "expert": 550, "supervisor": 700}
LAWS: dict[str, Law] = {
    "caller": "PCMA",
    "agent": "PCMU",
    "expert": "PCMA",
    "supervisor": "PCMU",
}
PACKET_S = 0.02
AUDIBLE = 0.08
"""Of the power of all that is heard."""
TALK = {"caller": "agent", "agent": "caller"}


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.close()


class Party:
    """A phone that says its tone all the time, and keeps all it hears."""

    def __init__(self, rig: Rig, name: str) -> None:
        self.phone = rig.phone(LAWS[name])
        self.heard: list[Packet] = []
        codes = ENCODE[self.phone.law](tone(TONES[name], 1.0, amplitude=4000))
        self._frames = itertools.cycle([codes[at : at + 160] for at in range(0, 8000, 160)])

    def speak(self) -> None:
        self.phone.send(next(self._frames))

    def listen(self) -> None:
        self.phone.socket.setblocking(False)
        try:
            while True:
                self.heard.extend(self.phone.hear(1))
        except BlockingIOError:
            return

    def audible(self, since: int) -> str:
        """Whose tones are in what was heard from that packet on."""
        codes = b"".join(packet.payload for packet in self.heard[since:])
        samples = DECODE[self.phone.law](codes)
        windows = [samples[at : at + 160] for at in range(0, len(samples) - 159, 160)]
        return " ".join(
            name
            for name, hz in TONES.items()
            if sum(power_at(window, hz) for window in windows) > AUDIBLE * len(windows) > 0
        )


class Scene:
    """Four parties on one engine."""

    def __init__(self, rig: Rig) -> None:
        self.engine = rig.engine
        self.parties = {name: Party(rig, name) for name in TONES}

    def expect(self, matrix: Mapping[str, str], played: Mapping[str, str] | None = None) -> None:
        """Listeners hear these speakers, whoever is not named hears nobody; and so it sounds.

        `played`: who hears a player instead, and whose tone that has.
        """
        for name, party in self.parties.items():
            row = [(self.parties[heard].phone.port, 1.0) for heard in matrix.get(name, "").split()]
            self.engine.mix(party.phone.port, row)
        self._run(0.2)
        since = {name: len(party.heard) for name, party in self.parties.items()}
        self._run(0.3)
        heard = {name: party.audible(since[name]) for name, party in self.parties.items()}
        assert {name: speakers for name, speakers in heard.items() if speakers} == {
            **matrix,
            **(played or {}),
        }

    def _run(self, seconds: float) -> None:
        begin = time.monotonic()
        for nth in range(1, round(seconds / PACKET_S) + 1):
            for party in self.parties.values():
                party.speak()
            time.sleep(max(0.0, begin + nth * PACKET_S - time.monotonic()))
            for party in self.parties.values():
                party.listen()


CONFERENCE = {
    "caller": "agent expert",
    "agent": "caller expert",
    "expert": "caller agent",
}
MONITOR = {**TALK, "supervisor": "caller agent"}
WHISPER = {**MONITOR, "agent": "caller supervisor"}
BARGE = {**WHISPER, "caller": "agent supervisor"}


def test_everybody_hears_whom_the_matrix_says_through_every_change(rig: Rig) -> None:
    scene = Scene(rig)
    for matrix in (TALK, CONFERENCE, TALK, MONITOR, WHISPER, BARGE, {"agent": "expert"}, TALK):
        scene.expect(matrix)
    for party in scene.parties.values():
        assert len({packet.ssrc for packet in party.heard}) <= 1
    for name in TALK:
        heard = scene.parties[name].heard
        for before, packet in itertools.pairwise(heard):
            assert packet.sequence == (before.sequence + 1) & 0xFFFF
            assert (packet.timestamp - before.timestamp) & 0xFFFFFFFF < 1 << 31


def test_a_listener_hears_its_player_and_then_the_mix_again(rig: Rig) -> None:
    scene = Scene(rig)
    scene.expect(CONFERENCE)
    caller = scene.parties["caller"].phone.port
    rig.engine.play(caller, [rig.load(tone(TONES["supervisor"], 1.0))], loop=True)
    scene.expect(CONFERENCE, played={"caller": "supervisor"})
    rig.engine.stop_play(caller)
    scene.expect(CONFERENCE)


def test_a_room_without_listeners_costs_nothing(rig: Rig) -> None:
    scene = Scene(rig)
    scene.expect(CONFERENCE)
    scene.expect({})
    time.sleep(0.15)
    before = rig.engine.cpu_seconds()
    time.sleep(0.25)
    assert rig.engine.cpu_seconds() - before < 0.01


@pytest.mark.parametrize("gain", [-0.5, 4.5, float("nan"), float("inf")])
def test_a_gain_that_cannot_be_is_a_clear_error(rig: Rig, gain: float) -> None:
    engine: Engine = rig.engine
    listener, speaker = rig.phone(), rig.phone()
    with pytest.raises(ValueError, match="not a gain from 0 to 4"):
        engine.mix(listener.port, [(speaker.port, gain)])
    with pytest.raises(ValueError, match="unknown port 999"):
        engine.mix(listener.port, [(999, 1.0)])
