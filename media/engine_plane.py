"""The media plane on the Rust engine: commands go down as calls, events come up by a descriptor."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from media._engine import Engine
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
    ThreadState,
)
from media.port_security import PortSecurity
from media.sdp import Fingerprint, Stream, sends_media

if TYPE_CHECKING:
    from media.dtls import Identity

SAMPLE_RATE = 8000
WAKE_AFTER_S = 0.003
"""How long a command may wait for others. The answer to an INVITE is several turns of the loop, and
waking the audio thread costs both threads more than what they are told."""
_Result = TypeVar("_Result")


class EnginePort:
    """One port of the engine; see `media.plane.Port`."""

    __slots__ = (
        "_closed",
        "_codec",
        "_engine",
        "_flush_soon",
        "_forget",
        "_hears",
        "_identity",
        "_playbacks",
        "_security",
        "address",
        "on_back",
        "on_digit",
        "on_failed",
        "on_heard",
        "on_missing",
        "on_started",
        "on_timeout",
        "port_id",
        "rtp_port",
    )

    def __init__(
        self,
        engine: Engine,
        numbers: tuple[int, int],
        address: str,
        flush_soon: Callable[[], None],
        forget: Callable[[int], object],
        identity: "Callable[[], Identity]",
    ) -> None:
        self.port_id, self.rtp_port = numbers
        self.address = address
        self.on_digit: Callable[[str], None] | None = None
        self.on_heard: Callable[[Heard], None] | None = None
        self.on_started: Callable[[], None] | None = None
        self.on_timeout: Callable[[], None] | None = None
        self.on_missing: Callable[[Lack], None] | None = None
        self.on_back: Callable[[], None] | None = None
        self.on_failed: Callable[[str], None] | None = None
        self._engine = engine
        self._flush_soon = flush_soon
        self._forget = forget
        self._playbacks: dict[int, asyncio.Future[bool]] = {}
        self._closed = False
        self._codec = ""
        self._hears: Sequence[tuple[int, float]] = ()
        self._identity = identity
        self._security: PortSecurity | None = None
        """A plain port never has any."""

    def configure(self, stream: Stream) -> None:
        """Points the port at the peer."""
        if self._closed:
            return
        self._codec = stream.codec
        self._secure(stream)
        # RFC 3264 §8.4: a peer that holds us is sent nothing. To the engine that is UDP port 0.
        wanted = sends_media(stream.direction)
        self._engine.configure_port(
            self.port_id,
            stream.remote_ip,
            stream.remote_port if wanted else 0,
            stream.payload_type,
            stream.codec,
            stream.event_payload_type,
            stream.packet_ms,
            stream.comfort_noise,
        )
        self._engine.configure_rtcp(self.port_id, _rtcp(stream))
        self._flush_soon()

    def _secure(self, stream: Stream) -> None:
        if self._security is None:
            if stream.keys is None and stream.checks is None:
                return
            self._security = PortSecurity(
                self._engine, self.port_id, self._identity, self._flush_soon, self._keyless
            )
        self._security.apply(stream)

    def hear(self, speakers: Mapping[Port, float]) -> None:
        """Relays or mixes; see `media.plane.Port`."""
        if not self._closed:
            row = [(speaker.port_id, gain) for speaker, gain in speakers.items()]
            self._engine.mix(self.port_id, row)
            self._hears = row
            self._flush_soon()

    def play(self, audio: Sequence[int], *, loop: bool = False, more: bool = False) -> Playback:
        """Plays; audio that was dropped is a `ValueError`."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if self._closed:
            done.set_result(False)
            return Playback(done, _EnginePlayer(self, self._engine, 0))
        player = self._engine.play(self.port_id, list(audio), loop, more=more)
        self._playbacks[player] = done
        self._flush_soon()
        return Playback(done, _EnginePlayer(self, self._engine, player))

    def stop_player(self, player: int) -> None:
        """Ends it, unless a later one has replaced it."""
        if next(reversed(self._playbacks), None) == player:
            self.stop_play()

    def changed(self) -> None:
        """A player was told something."""
        self._flush_soon()

    def play_untold(self, audio: Sequence[int], *, loop: bool = False) -> None:
        """Plays; the engine wakes nobody at the end."""
        if not self._closed:
            self._engine.play(self.port_id, list(audio), loop, told=False)
            self._flush_soon()

    def stop_play(self) -> None:
        """Ends the playback; its `done` turns False when the engine says so."""
        if not self._closed:
            self._engine.stop_play(self.port_id)
            self._flush_soon()

    def listen(self, ears: Collection[Ear]) -> None:
        """Listens; see `media.plane.Port`."""
        if not self._closed:
            self._engine.listen(self.port_id, list(ears))
            self._flush_soon()

    def send_digits(self, digits: str, *, press_ms: int = 100, gap_ms: int = 100) -> None:
        """Presses keys; see `media.plane.Port`."""
        if not self._closed:
            self._engine.send_digits(self.port_id, digits, press_ms, gap_ms)
            self._flush_soon()

    def statistics(self) -> PortStatistics | None:
        """Asks the engine."""
        return None if self._closed else self._engine.statistics(self.port_id)

    @property
    def state(self) -> PortState:
        """For who looks into the engine."""
        return PortState(
            self.port_id,
            self.rtp_port,
            self._codec,
            tuple(port_id for port_id, _ in self._hears),
            bool(self._playbacks),
            self._engine.thread_of(self.port_id) or 0,
            self.statistics(),
        )

    def close(self) -> None:
        """Closes the sockets; what was playing counts as stopped."""
        if not self._closed:
            self._engine.close_port(self.port_id)
            self._flush_soon()
            self.forsake()

    def forsake(self) -> None:
        """Closes without the engine, which has stopped or has just been told."""
        self._closed = True
        self.on_digit = self.on_heard = self.on_started = self.on_timeout = None
        self.on_missing = self.on_back = self.on_failed = None
        if self._security is not None:
            self._security.close()
        self._forget(self.port_id)
        for done in self._playbacks.values():
            _resolve(done, False)
        self._playbacks.clear()

    def record_came(self, record: bytes) -> None:
        """The engine says so."""
        if not self._closed and self._security is not None:
            self._security.receive(record)

    def _keyless(self, why: str) -> None:
        if self.on_failed is not None:
            self.on_failed(f"DTLS: {why}")

    def playback_finished(self, player: int, completed: bool) -> None:
        """The engine says so."""
        if (done := self._playbacks.pop(player, None)) is not None:
            _resolve(done, completed)


class _EnginePlayer:
    """One player of the engine; see `media.plane.Player`."""

    __slots__ = ("_engine", "_player", "_port")

    def __init__(self, port: EnginePort, engine: Engine, player: int) -> None:
        self._port = port
        self._engine = engine
        self._player = player

    def stop(self) -> None:
        self._port.stop_player(self._player)

    def pause(self, paused: bool) -> None:
        self._engine.pause_play(self._port.port_id, self._player, paused)
        self._port.changed()

    def seek(self, seconds: float) -> None:
        self._engine.seek_play(self._port.port_id, self._player, round(seconds * 1000))
        self._port.changed()

    def skip(self, seconds: float) -> None:
        self._engine.skip_play(self._port.port_id, self._player, round(seconds * 1000))
        self._port.changed()

    def set_gain(self, gain: float) -> None:
        self._engine.set_play_gain(self._port.port_id, self._player, gain)
        self._port.changed()

    def append(self, audio: Sequence[int]) -> None:
        self._engine.append_play(self._player, list(audio))
        self._port.changed()

    def finish(self) -> None:
        self._engine.finish_play(self._port.port_id, self._player)
        self._port.changed()


class EnginePlane:
    """Owns the engine, its ports and recordings; see `media.plane.MediaPlane`."""

    def __init__(self, engine: Engine, address: str) -> None:
        """`address` is what the engine was built with and what the SDP will say."""
        self.on_failed: Callable[[str], None] | None = None
        self._engine = engine
        self._address = address
        self._events_fd: int | None = None
        self._flushing = False
        self._ports: dict[int, EnginePort] = {}
        self._recordings: dict[int, Recording] = {}
        self._handlers: Mapping[str, Callable[..., None]] = {
            "digit": self._on_digit,
            "heard": self._on_heard,
            "play_finished": self._on_play_finished,
            "rtp_started": self._on_rtp_started,
            "rtp_timeout": self._on_rtp_timeout,
            "voice_missing": self._on_voice_missing,
            "voice_back": self._on_voice_back,
            "port_failed": self._on_port_failed,
            "record": self._on_record,
            "recording_silent": self._on_recording_silent,
            "recording_stopped": self._on_recording_stopped,
            "engine_failed": self._on_engine_failed,
        }

    async def start(self) -> None:
        """Starts the audio threads and listens to their events."""
        self._events_fd = self._engine.start(batched=True)
        asyncio.get_running_loop().add_reader(self._events_fd, self._drain)

    async def stop(self) -> None:
        """Joins the audio threads outside the loop, then settles what it left behind."""
        if self._events_fd is None:
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._events_fd)
        self._events_fd = None
        await loop.run_in_executor(None, self._engine.stop)
        self._drain()
        for port in list(self._ports.values()):
            port.forsake()
        for recording in self._recordings.values():
            _resolve(recording.stopped, RecordingResult(0.0, 0, "the media engine stopped"))
        self._recordings.clear()

    def open_port(self) -> EnginePort:
        """Binds a port. `OSError` when the range is used up."""
        port = EnginePort(
            self._engine,
            self._engine.open_port(),
            self._address,
            self._flush_soon,
            self._ports.__delitem__,
            lambda: self._identity,
        )
        self._flush_soon()
        self._ports[port.port_id] = port
        return port

    def state(self) -> PlaneState:
        """Asks the engine."""
        size, cooling, audios = self._engine.holdings()
        return PlaneState(
            [port.state for port in self._ports.values()],
            len(self._recordings),
            audios,
            size,
            cooling,
            [ThreadState(ports, cpu_s) for ports, cpu_s in self._engine.threads()],
        )

    @cached_property
    def _identity(self) -> "Identity":
        from media.dtls import Identity

        return Identity()

    def fingerprint(self) -> Fingerprint:
        """Of our certificate; the first time it is made, and what makes it is loaded."""
        return self._identity.fingerprint

    def load_audio(self, pcm: bytes) -> int:
        """Hands the audio to the engine."""
        return self._engine.load_audio(pcm)

    def drop_audio(self, audio: int) -> None:
        """Lets go of it."""
        self._engine.drop_audio(audio)

    def start_recording(
        self, left: Port, right: Port | None, path: str, *, silence_s: float = 0.0
    ) -> Recording:
        """See `MediaPlane`; silence is noticed up to 0.1 s late."""
        engine = self._engine
        number = engine.start_recording(
            left.port_id,
            None if right is None else right.port_id,
            path,
            round(silence_s * 1000),
        )

        def stop() -> None:
            engine.stop_recording(number)
            self._flush_soon()

        def add(port: Port) -> None:
            engine.add_to_recording(number, port.port_id)
            self._flush_soon()

        def pause(paused: bool) -> None:
            engine.pause_recording(number, paused)
            self._flush_soon()

        self._flush_soon()
        recording = Recording(path, asyncio.get_running_loop().create_future(), stop, add, pause)
        self._recordings[number] = recording
        return recording

    def _flush_soon(self) -> None:
        """One wake of an audio thread for all that is commanded together."""
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_later(WAKE_AFTER_S, self._flush)

    def _flush(self) -> None:
        self._flushing = False
        self._engine.flush()

    def _drain(self) -> None:
        """Delivers every waiting event; one reader's mistake does not cost the others theirs."""
        for kind, *facts in self._engine.poll_events():
            try:
                self._handlers[kind](*facts)
            except Exception as error:
                asyncio.get_running_loop().call_exception_handler(
                    {"message": f"media event {kind} {facts}", "exception": error}
                )

    def _on_digit(self, port_id: int, digit: str, _duration_ms: int) -> None:
        port = self._ports.get(port_id)
        if port is not None and port.on_digit is not None:
            port.on_digit(digit)

    def _on_heard(self, port_id: int, sign: Sign, kind: str, confidence: float) -> None:
        port = self._ports.get(port_id)
        if port is not None and port.on_heard is not None:
            port.on_heard(Heard(sign, kind, confidence))

    def _on_play_finished(self, port_id: int, player: int, completed: bool) -> None:
        if (port := self._ports.get(port_id)) is not None:
            port.playback_finished(player, completed)

    def _on_rtp_started(self, port_id: int) -> None:
        port = self._ports.get(port_id)
        if port is not None and port.on_started is not None:
            port.on_started()

    def _on_rtp_timeout(self, port_id: int) -> None:
        port = self._ports.get(port_id)
        if port is not None and port.on_timeout is not None:
            port.on_timeout()

    def _on_voice_missing(self, port_id: int, no_packets: bool) -> None:
        port = self._ports.get(port_id)
        if port is not None and port.on_missing is not None:
            port.on_missing("no_packets" if no_packets else "silent")

    def _on_voice_back(self, port_id: int) -> None:
        port = self._ports.get(port_id)
        if port is not None and port.on_back is not None:
            port.on_back()

    def _on_port_failed(self, port_id: int, error: str) -> None:
        if (port := self._ports.get(port_id)) is not None:
            if port.on_failed is not None:
                port.on_failed(error)
            port.close()

    def _on_record(self, port_id: int, record: bytes) -> None:
        if (port := self._ports.get(port_id)) is not None:
            port.record_came(record)

    def _on_recording_silent(self, number: int) -> None:
        recording = self._recordings.get(number)
        if recording is not None and recording.on_silence is not None:
            recording.on_silence()

    def _on_recording_stopped(
        self, number: int, _path: str, frames: int, size: int, error: str, blank: bool
    ) -> None:
        if (recording := self._recordings.pop(number, None)) is not None:
            result = RecordingResult(frames / SAMPLE_RATE, size, error, blank)
            _resolve(recording.stopped, result)

    def _on_engine_failed(self, error: str) -> None:
        if self.on_failed is not None:
            self.on_failed(error)


def _rtcp(stream: Stream) -> tuple[str, int] | None:
    """Where nothing else was agreed on, RTCP is next to RTP (RFC 3550 §11)."""
    if stream.rtcp_mux:
        return None
    beside = stream.remote_port + 1 if 0 < stream.remote_port < 65535 else 0
    return stream.rtcp or (stream.remote_ip, beside)


def _resolve(future: "asyncio.Future[_Result]", result: _Result) -> None:
    """A waiter that was cancelled has cancelled its future; then nobody wants the result."""
    if not future.done():
        future.set_result(result)
