"""The media plane as the call centre sees it: ports that hear, play and are recorded.

Nothing here blocks and Python never sees a packet. `media.engine_plane` stands on the Rust engine;
tests stand a fake of virtual time in its place.
"""

from asyncio import Future
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Literal, Protocol, TypeAlias

from lean import dataclass
from media.heard import Ear, Heard
from media.sdp import Fingerprint, Stream

Lack: TypeAlias = Literal["no_packets", "silent"]
AS_SPOKEN = 1.0
"""The gain that leaves a voice as it is."""


class PortStatistics(Protocol):
    """What a port has carried so far; counts since it was opened."""

    @property
    def packets_received(self) -> int:
        """RTP packets taken from the peer."""
        ...

    @property
    def packets_sent(self) -> int:
        """RTP packets sent to the peer."""
        ...

    @property
    def lost(self) -> int:
        """Packets missing in the peer's numbering (RFC 3550 A.3)."""
        ...

    @property
    def jitter_ms(self) -> float:
        """Interarrival jitter (RFC 3550 A.8)."""
        ...

    @property
    def worst_jitter_ms(self) -> float:
        """The largest that was seen."""
        ...

    @property
    def round_trip_ms(self) -> float | None:
        """To the peer and back; None where it makes no reports (RTCP)."""
        ...

    @property
    def mos(self) -> float | None:
        """Mean opinion score of what came from the peer (ITU-T G.107), None when nothing did."""
        ...

    @property
    def recent_loss(self) -> float | None:
        """Lost of all expected in the last few seconds, 0 to 1."""
        ...

    @property
    def recent_mos(self) -> float | None:
        """The score of the last few seconds."""
        ...

    @property
    def remote_lost(self) -> int | None:
        """Packets of ours that the peer has missed, as it reports."""
        ...

    @property
    def remote_mos(self) -> float | None:
        """The score that the peer reports."""
        ...

    @property
    def missing_s(self) -> float:
        """For how long it was listened to in vain."""
        ...

    @property
    def remote(self) -> tuple[str, int] | None:
        """Where the peer's packets come from; None before the first."""
        ...


@dataclass(frozen=True, slots=True)
class RecordingResult:
    """A finished recording."""

    duration_s: float
    size: int
    """Bytes on disk."""
    error: str
    """Empty when the file is whole; else why it ended early."""
    blank: bool = False
    """Nobody spoke on the left; False also where silence was not watched for."""


class Player(Protocol):
    """What a `Playback` is the handle of; asked for nothing once that is done."""

    def stop(self) -> None: ...
    def pause(self, paused: bool) -> None: ...
    def seek(self, seconds: float) -> None: ...
    def skip(self, seconds: float) -> None: ...
    def set_gain(self, gain: float) -> None: ...
    def append(self, audio: Sequence[int]) -> None: ...
    def finish(self) -> None: ...


class Playback:
    """Audio being played to one port. Once it is over, every method does nothing."""

    __slots__ = ("_player", "done")

    def __init__(self, done: "Future[bool]", player: Player) -> None:
        self.done = done
        """True: played to the end. False: stopped, replaced, or its port closed."""
        self._player = player

    def stop(self) -> None:
        """Falls silent now."""
        if not self.done.done():
            self._player.stop()

    def pause(self) -> None:
        """Falls silent until `resume`, and keeps the place."""
        if not self.done.done():
            self._player.pause(True)

    def resume(self) -> None:
        """Goes on after a pause."""
        if not self.done.done():
            self._player.pause(False)

    def seek(self, seconds: float) -> None:
        """Goes to a place, counted from the begin of the first audio; beyond the last it ends."""
        if not self.done.done():
            self._player.seek(max(seconds, 0.0))

    def skip(self, seconds: float) -> None:
        """Goes on by so much, or back if negative: to the begin at most."""
        if not self.done.done():
            self._player.skip(seconds)

    def set_gain(self, gain: float) -> None:
        """So many times as loud as the audio is, 0 to 4."""
        if not self.done.done():
            self._player.set_gain(gain)

    def append(self, audio: Sequence[int]) -> None:
        """Of one that was begun with `more`: these are played, too, behind the others.

        `ValueError` beyond a quarter of an hour.
        """
        if not self.done.done():
            self._player.append(audio)

    def finish(self) -> None:
        """Of one that was begun with `more`: nothing else is to come."""
        if not self.done.done():
            self._player.finish()


class Recording:
    """A file being written."""

    __slots__ = ("_add", "_pause", "_stop", "on_silence", "path", "stopped")

    def __init__(
        self,
        path: str,
        stopped: "Future[RecordingResult]",
        stop: Callable[[], None],
        add: "Callable[[Port], None]",
        pause: Callable[[bool], None],
    ) -> None:
        self.path = path
        self.stopped = stopped
        """Resolved when the file is complete on disk; never fails, see `RecordingResult.error`."""
        self.on_silence: Callable[[], None] | None = None
        """The left phone has said nothing for as long as was asked; at most once."""
        self._stop = stop
        self._add = add
        self._pause = pause

    def add(self, port: "Port") -> None:
        """Has what this phone says on the right, too, from now on, mixed with who is there already.

        For who joins the conversation. Twice is once; a recording of one channel stays as it is.
        """
        if not self.stopped.done():
            self._add(port)

    def pause(self) -> None:
        """Takes nothing until `resume`: silence in the file, and what is said is kept nowhere."""
        if not self.stopped.done():
            self._pause(True)

    def resume(self) -> None:
        """Takes again what is said."""
        if not self.stopped.done():
            self._pause(False)

    def stop(self) -> None:
        """Asks for the end; `stopped` tells when it has come."""
        if not self.stopped.done():
            self._stop()


class Port(Protocol):
    """One phone's end of the audio: an RTP socket pair and what is sent out of it."""

    on_digit: Callable[[str], None] | None
    """A key was pressed: 0-9, *, #, A-D, or ! for the hook flash (RFC 4733 event 16)."""
    on_heard: Callable[[Heard], None] | None
    """What `listen` asked for."""
    on_started: Callable[[], None] | None
    """The first packet arrived."""
    on_timeout: Callable[[], None] | None
    """No packet for the time set in the plane."""
    on_missing: Callable[[Lack], None] | None
    """Somebody listens to this phone, and heard nothing of it for the time set in the plane."""
    on_back: Callable[[], None] | None
    """It is heard again."""
    on_failed: Callable[[str], None] | None
    """This port carries no voice any more, for the reason given: a bug of the plane has closed it,
    or a handshake brought no keys."""

    @property
    def port_id(self) -> int:
        """Names the port in logs."""
        ...

    @property
    def address(self) -> str:
        """IP address for the SDP."""
        ...

    @property
    def rtp_port(self) -> int:
        """UDP port for the SDP."""
        ...

    def configure(self, stream: Stream) -> None:
        """Applies what SDP agreed; again after every re-offer. Who holds us is sent nothing."""
        ...

    def hear(self, speakers: "Mapping[Port, float]") -> None:
        """Sends this phone what these phones say, each with its gain (0 to 4), and nothing else.

        One speaker `AS_SPOKEN` is relayed, any others are mixed; the phone cannot tell which.
        """
        ...

    def play(self, audio: Sequence[int], *, loop: bool = False, more: bool = False) -> Playback:
        """Plays loaded audio, one after the other, in place of what `hear` gives while it lasts.

        With `more` the list is still made: at its end it waits for `Playback.append` or `finish`.
        """
        ...

    def play_untold(self, audio: Sequence[int], *, loop: bool = False) -> None:
        """Like `play`, but nobody is told of the end: music, announcements."""
        ...

    def stop_play(self) -> None:
        """Ends the playback, if there is one."""
        ...

    def listen(self, ears: Collection[Ear]) -> None:
        """Listens for these in what this phone says from now on, anew; none ends it.

        Told by `on_heard`.
        """
        ...

    def send_digits(self, digits: str, *, press_ms: int = 100, gap_ms: int = 100) -> None:
        """Presses these keys (0-9 * # A-D, ! for the hook flash) for this phone to hear.

        As telephone events (RFC 4733), or as tones where the phone takes none; one after the other,
        in place of all else that it hears. ValueError for other keys, for more than 64, and for a
        press not of 40 to 8000 ms or a gap not of 50 to 8000.
        """
        ...

    def statistics(self) -> PortStatistics | None:
        """Counters now; None once the port is closed."""
        ...

    def close(self) -> None:
        """Gives the sockets back. Idempotent; every other method is harmless afterwards."""
        ...


@dataclass(frozen=True, slots=True)
class PortState:
    """One open port, for who looks into the engine."""

    port_id: int
    rtp_port: int
    codec: str
    """Empty before anything was agreed."""
    hears: tuple[int, ...]
    """Ports whose phones this one's phone hears."""
    playing: bool
    thread: int
    """Of `PlaneState.threads`."""
    statistics: PortStatistics | None


@dataclass(frozen=True, slots=True)
class ThreadState:
    """One audio thread at one moment."""

    ports: int
    cpu_s: float


@dataclass(frozen=True, slots=True)
class PlaneState:
    """The plane at one moment."""

    ports: Sequence[PortState]
    recordings: int
    audios: int
    """Kept for players."""
    range_size: int
    """UDP ports that there are to give out."""
    cooling: int
    """Closed ones that are not given out again yet."""
    threads: "Sequence[ThreadState]"
    """The audio threads."""


class MediaPlane(Protocol):
    """Opens ports, holds audio, writes recordings."""

    on_failed: Callable[[str], None] | None
    """The plane has died for the reason given; no port carries audio any more."""

    async def start(self) -> None:
        """Begins to carry audio."""
        ...

    async def stop(self) -> None:
        """Completes the recordings, resolves every future, closes everything. Idempotent."""
        ...

    def open_port(self) -> Port:
        """A port with a bound, even UDP port. `OSError` when the range is used up."""
        ...

    def state(self) -> PlaneState:
        """What there is now."""
        ...

    def fingerprint(self) -> Fingerprint:
        """Of the certificate that handshakes show (RFC 8122)."""
        ...

    def load_audio(self, pcm: bytes) -> int:
        """Holds audio (S16LE, mono, 8000 Hz) for any number of players; returns its id."""
        ...

    def drop_audio(self, audio: int) -> None:
        """Forgets it; what plays already plays on."""
        ...

    def start_recording(
        self, left: Port, right: Port | None, path: str, *, silence_s: float = 0.0
    ) -> Recording:
        """Writes what the phones of `left` (and `right`: stereo) say to a new WAV file.

        One that cannot be written ends at once, with the reason in its result. With `silence_s`,
        `Recording.on_silence` tells when the left phone has said nothing for so long.
        """
        ...
