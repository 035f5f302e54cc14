"""A media plane of virtual time: playbacks last as long as their audio, and phones can be asked.

Each phone is given a tone to say (`port.says = "caller"`); `port.heard` is what it hears at this
moment, and `port.heard_log` what it heard since when. Unlike the engine's, the playback of a phone
that holds us does not pause, it only is not heard.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from media.heard import Ear, Heard, Sign
from media.plane import (
    Lack,
    PlaneState,
    Playback,
    Port,
    PortState,
    PortStatistics,
    Recording,
    RecordingResult,
)
from media.sdp import OPAQUE, Fingerprint, Stream, sends_media
from tests.support.fake_silence import FakeSilenceWatch

BYTES_PER_SECOND = 16_000
SILENCE = ""


@dataclass(frozen=True, slots=True)
class FakeStatistics:
    """What `PortStatistics` asks for."""

    packets_received: int = 0
    packets_sent: int = 0
    lost: int = 0
    jitter_ms: float = 0.0
    worst_jitter_ms: float = 0.0
    round_trip_ms: float | None = None
    mos: float | None = None
    recent_loss: float | None = None
    recent_mos: float | None = None
    remote_lost: int | None = None
    remote_mos: float | None = None
    missing_s: float = 0.0
    remote: tuple[str, int] | None = None


@dataclass(slots=True)
class RecordedSpan:
    """One recording, from start to stop in loop time."""

    path: str
    left: "FakePort"
    right: "FakePort | None"
    started_at: float
    stopped_at: float | None = None
    also: "list[FakePort]" = field(default_factory=list)
    """Who came to the right later."""
    pauses: "list[tuple[float, bool]]" = field(default_factory=list)
    """(loop time, whether it is paused from then on)."""


@dataclass(frozen=True, slots=True)
class _Running:
    """A recording under way."""

    span: RecordedSpan
    recording: Recording
    silence: FakeSilenceWatch


@dataclass(slots=True)
class _Playing:
    """What a port is played now."""

    port: "FakePort"
    audio: tuple[int, ...]
    done: asyncio.Future[bool]
    seconds: float
    """Of all its audio."""
    loop: bool = False
    more: bool = False
    """Waits at its end."""
    paused: bool = False
    gain: float = 1.0
    began: float = 0.0
    """The loop time at which it was at its begin, had it never paused."""
    place: float = 0.0
    """Where it is, in seconds, while it is paused."""
    timer: asyncio.TimerHandle | None = None

    def go(self, place: float) -> None:
        """Plays on from there."""
        running = asyncio.get_running_loop()
        self.began, self.place = running.time() - place, place
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if not (self.paused or self.loop or self.more):
            self.timer = running.call_later(max(self.seconds - place, 0), self.port.played, self)

    def at(self) -> float:
        """Where it is, in seconds."""
        if self.paused:
            return self.place
        return min(asyncio.get_running_loop().time() - self.began, self.seconds)

    def stop(self) -> None:
        self.port.stop_playing(self)

    def pause(self, paused: bool) -> None:
        place = self.at()
        self.paused = paused
        self.go(place)
        self.port.changed()

    def seek(self, seconds: float) -> None:
        self.go(min(seconds, self.seconds))

    def skip(self, seconds: float) -> None:
        self.go(min(max(self.at() + seconds, 0), self.seconds))

    def set_gain(self, gain: float) -> None:
        self.gain = gain

    def append(self, audio: Sequence[int]) -> None:
        place = self.at()
        self.audio += tuple(audio)
        self.seconds += self.port.seconds(audio)
        self.go(place)
        self.port.changed()

    def finish(self) -> None:
        self.more = False
        self.go(self.at())


class FakePort:
    """A port and the phone behind it."""

    def __init__(self, plane: "FakePlane", port_id: int, address: str, rtp_port: int) -> None:
        self.port_id = port_id
        self.address = address
        self.rtp_port = rtp_port
        self.on_digit: Callable[[str], None] | None = None
        self.on_heard: Callable[[Heard], None] | None = None
        self.ears: frozenset[Ear] = frozenset()
        """What is listened for."""
        self.on_started: Callable[[], None] | None = None
        self.on_timeout: Callable[[], None] | None = None
        self.on_missing: Callable[[Lack], None] | None = None
        self.on_back: Callable[[], None] | None = None
        self.on_failed: Callable[[str], None] | None = None
        self.counted = FakeStatistics()
        """What `statistics` tells, but for the packets that the phone has sent."""
        self.stream: Stream | None = None
        """As configured last."""
        self.speakers: dict[FakePort, float] = {}
        """As told by `hear`: with their gains."""
        self.closed = False
        self.heard_log: list[tuple[float, str]] = []
        """(loop time, what the phone hears from then on); only changes."""
        self.keys_heard = ""
        """The digits that the phone was sent."""
        self.packets_received = 0
        """How many packets the phone has sent; one counts for each word that `says` is given."""
        self._plane = plane
        self._says = SILENCE
        self._playing: _Playing | None = None

    @property
    def says(self) -> str:
        """What the phone says into the port."""
        return SILENCE if self.closed else self._says

    @says.setter
    def says(self, tone: str) -> None:
        self._says = tone
        self.packets_received += tone != SILENCE
        self._plane.note_changes()

    @property
    def heard(self) -> str:
        """What the phone hears now: labels of the audio played, the speakers' tones, or silence.

        Of several tones all that sound, in the order of the matrix: "caller+agent".
        """
        if self.closed or self.muted:
            return SILENCE
        if self._playing is not None and (self._playing.paused or self.opaque):
            return SILENCE
        if self._playing is not None:
            return " ".join(self._plane.label(audio) for audio in self._playing.audio)
        tones = [
            speaker.says
            for speaker, gain in self.speakers.items()
            if gain > 0 and speaker.opaque is self.opaque
        ]
        if self.opaque and len(self.speakers) > 1:
            return SILENCE
        return "+".join(tone for tone in tones if tone != SILENCE)

    @property
    def opaque(self) -> bool:
        """Whether its phone's voice can only be relayed."""
        return self.stream is not None and self.stream.codec == OPAQUE

    @property
    def muted(self) -> bool:
        """Whether the peer holds us and must be sent nothing."""
        return self.stream is not None and not sends_media(self.stream.direction)

    @property
    def playing(self) -> tuple[int, ...]:
        """Ids of the audio being played."""
        return () if self._playing is None else self._playing.audio

    def press(self, digits: str) -> None:
        """The phone's keys are pressed, one after the other."""
        for digit in digits:
            if self.on_digit is not None:
                self.on_digit(digit)

    def send_first_packet(self) -> None:
        """The phone's audio begins."""
        self.packets_received += 1
        if self.on_started is not None:
            self.on_started()

    def fail(self, error: str) -> None:
        """A bug ends this port."""
        if self.on_failed is not None:
            self.on_failed(error)
        self.close()

    def fall_silent(self) -> None:
        """The phone's packets have stayed out for the plane's timeout."""
        if self.on_timeout is not None:
            self.on_timeout()

    def configure(self, stream: Stream) -> None:
        """See `media.plane.Port`."""
        if not self.closed:
            self.stream = stream
            self._plane.note_changes()

    def hear(self, speakers: Mapping[Port, float]) -> None:
        """See `media.plane.Port`."""
        if not self.closed:
            self.speakers = {self._plane.port(port): gain for port, gain in speakers.items()}
            self._plane.note_changes()

    def play(self, audio: Sequence[int], *, loop: bool = False, more: bool = False) -> Playback:
        """Lasts the sum of the audios' lengths in loop time; a loop lasts until it is stopped."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        playing = _Playing(self, tuple(audio), done, self.seconds(audio), loop, more)
        if self.closed:
            done.set_result(False)
            return Playback(done, playing)
        self._finish(completed=False)
        playing.go(0)
        self._playing = playing
        self._plane.note_changes()
        return Playback(done, playing)

    def seconds(self, audio: Sequence[int]) -> float:
        """How long it lasts."""
        return sum(self._plane.seconds(identity) for identity in audio)

    def changed(self) -> None:
        """Something else may be heard."""
        self._plane.note_changes()

    def play_untold(self, audio: Sequence[int], *, loop: bool = False) -> None:
        """See `media.plane.Port`."""
        self.play(audio, loop=loop)

    def stop_play(self) -> None:
        """See `media.plane.Port`."""
        self._finish(completed=False)
        self._plane.note_changes()

    def listen(self, ears: Collection[Ear]) -> None:
        """What the phone sounds like is told by `sounds_like`."""
        if not self.closed:
            self.ears = frozenset(ears)

    def sounds_like(self, sign: Sign, kind: str = "", confidence: float = 0.9) -> None:
        """The ears hear that in what the phone says, if they listen for anything."""
        if self.ears and self.on_heard is not None:
            self.on_heard(Heard(sign, kind, confidence))

    def send_digits(self, digits: str, *, press_ms: int = 100, gap_ms: int = 100) -> None:
        """The phone hears them at once, in `keys_heard`."""
        if not self.closed:
            self.keys_heard += digits

    def statistics(self) -> PortStatistics | None:
        """Counts what the phone has sent, and nothing else."""
        if self.closed:
            return None
        return replace(self.counted, packets_received=self.packets_received)

    def close(self) -> None:
        """See `media.plane.Port`."""
        if not self.closed:
            self._finish(completed=False)
            self.closed = True
            self.speakers = {}
            self.on_digit = self.on_started = self.on_timeout = None
            self.on_missing = self.on_back = self.on_failed = None
            self._plane.note_changes()
            self._plane.forget(self)

    def note_change(self) -> None:
        """Keeps `heard_log`."""
        before = self.heard_log[-1][1] if self.heard_log else SILENCE
        if (heard := self.heard) != before:
            self.heard_log.append((asyncio.get_running_loop().time(), heard))

    def stop_playing(self, playing: _Playing) -> None:
        """Unless something else plays."""
        if self._playing is playing:
            self.stop_play()

    def played(self, playing: _Playing) -> None:
        """It has come to its end."""
        if self._playing is playing:
            self._finish(completed=True)
            self._plane.note_changes()

    def _finish(self, *, completed: bool) -> None:
        playing, self._playing = self._playing, None
        if playing is None:
            return
        if playing.timer is not None:
            playing.timer.cancel()
        if not playing.done.done():
            playing.done.set_result(completed)


@dataclass
class FakePlane:
    """Stands in for `media.engine_plane.EnginePlane`."""

    address: str = "127.0.0.1"
    max_ports: int = 1_000
    ports: list[FakePort] = field(default_factory=list)
    """The open ones, oldest first; a leg's port is the one with its `rtp_port`."""
    audio: dict[int, bytes] = field(default_factory=dict)
    """Loaded audio by id."""
    labels: dict[int, str] = field(default_factory=dict)
    """What `heard` calls an audio; `audio:<id>` without one."""
    recordings: list[RecordedSpan] = field(default_factory=list)
    """All that were ever started."""
    recording_error: str = ""
    """Every recording that stops from now on ends with this error."""
    on_failed: Callable[[str], None] | None = None
    _next_port: int = 0
    _next_audio: int = 0
    _running: list[_Running] = field(default_factory=list)

    async def start(self) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        """Completes recordings and closes ports."""
        for running in list(self._running):
            self._finish(running)
        for port in list(self.ports):
            port.close()

    def open_port(self) -> FakePort:
        """Numbers grow and are never used twice. `OSError` past `max_ports`."""
        if len(self.ports) >= self.max_ports:
            raise OSError("no free RTP port")
        self._next_port += 1
        port = FakePort(self, self._next_port, self.address, 30_000 + 2 * self._next_port)
        self.ports.append(port)
        return port

    def state(self) -> PlaneState:
        """The open ports; of the rest what tests need."""
        ports = [
            PortState(
                port.port_id,
                port.rtp_port,
                "" if port.stream is None else port.stream.codec,
                tuple(speaker.port_id for speaker in port.speakers),
                bool(port.playing),
                0,
                port.statistics(),
            )
            for port in self.ports
        ]
        return PlaneState(ports, len(self._running), len(self.audio), self.max_ports, 0, [])

    def fingerprint(self) -> Fingerprint:
        """One that no certificate has."""
        return Fingerprint("sha-256", bytes(32))

    def load_audio(self, pcm: bytes) -> int:
        """Keeps the audio for its length."""
        self._next_audio += 1
        self.audio[self._next_audio] = pcm
        return self._next_audio

    def drop_audio(self, audio: int) -> None:
        """Forgets it; a second time is no mistake."""
        self.audio.pop(audio, None)

    def start_recording(
        self, left: Port, right: Port | None, path: str, *, silence_s: float = 0.0
    ) -> Recording:
        """Logs a span; no file is written. A phone whose `says` is SILENCE is silent."""
        loop = asyncio.get_running_loop()
        span = RecordedSpan(
            path, self.port(left), None if right is None else self.port(right), loop.time()
        )

        def add(port: Port) -> None:
            fake = self.port(port)
            if span.right is not None and fake not in (span.left, span.right, *span.also):
                span.also.append(fake)

        recording = Recording(
            path,
            loop.create_future(),
            lambda: self._finish(running),
            add,
            lambda paused: span.pauses.append((loop.time(), paused)),
        )

        def on_silence() -> None:
            if recording.on_silence is not None:
                recording.on_silence()

        running = _Running(span, recording, FakeSilenceWatch(silence_s, on_silence))
        self.recordings.append(span)
        self._running.append(running)
        self.note_changes()
        return recording

    def port_at(self, rtp_port: int) -> FakePort:
        """The open port that an SDP names."""
        return next(port for port in self.ports if port.rtp_port == rtp_port)

    def port(self, port: Port) -> FakePort:
        """The fake behind a port; a closed one or a stranger's is an error in the test."""
        assert isinstance(port, FakePort), port
        return port

    def label(self, audio: int) -> str:
        """How `heard` calls it."""
        return self.labels.get(audio, f"audio:{audio}")

    def seconds(self, audio: int) -> float:
        """How long it plays; an unknown id is a `ValueError`, as in the engine."""
        if audio not in self.audio:
            raise ValueError(f"no audio {audio}")
        return len(self.audio[audio]) / BYTES_PER_SECOND

    def forget(self, port: FakePort) -> None:
        """The port has closed."""
        self.ports.remove(port)

    def note_changes(self) -> None:
        """Something happened that may change what phones say and hear."""
        for port in self.ports:
            port.note_change()
        for running in self._running:
            running.silence.note(sound=running.span.left.says != SILENCE)

    def _finish(self, running: _Running) -> None:
        span, stopped = running.span, running.recording.stopped
        span.stopped_at = asyncio.get_running_loop().time()
        seconds = span.stopped_at - span.started_at
        running.silence.close()
        self._running.remove(running)
        if not stopped.done():
            channels = 1 if span.right is None else 2
            size = 44 + round(seconds * BYTES_PER_SECOND) * channels
            blank = running.silence.blank
            stopped.set_result(RecordingResult(seconds, size, self.recording_error, blank))
