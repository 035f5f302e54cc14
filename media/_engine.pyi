"""The media engine, a Rust extension: every RTP packet is received, relayed, played and recorded
on threads of its own. Python only gives commands and collects events; it never sees a packet.

Numbers of ports, audios, players and recordings are given out upwards and never used again.
A number that was never given out is a `ValueError`. One whose thing has ended meanwhile is not a
mistake: calls end at any moment, so the command is let be. Before `start` and after `stop`, opening
a port, playing and recording raise `RuntimeError`; after `stop` all else is let be. No method waits
for the audio threads, except `stop`. All methods may be called from any thread.
"""

import os
from collections.abc import Sequence
from typing import Literal, TypeAlias, final

from media.heard import Ear, Sign

__all__ = ["Engine", "PortStatistics", "build_profile", "listen"]

# For type checkers only: at run time an event is a plain tuple.
_DigitEvent: TypeAlias = tuple[Literal["digit"], int, str, int]
_PlayFinishedEvent: TypeAlias = tuple[Literal["play_finished"], int, int, bool]
_RtpStartedEvent: TypeAlias = tuple[Literal["rtp_started"], int]
_RtpTimeoutEvent: TypeAlias = tuple[Literal["rtp_timeout"], int]
_VoiceMissingEvent: TypeAlias = tuple[Literal["voice_missing"], int, bool]
_VoiceBackEvent: TypeAlias = tuple[Literal["voice_back"], int]
_PortFailedEvent: TypeAlias = tuple[Literal["port_failed"], int, str]
_RecordEvent: TypeAlias = tuple[Literal["record"], int, bytes]
_RecordingSilentEvent: TypeAlias = tuple[Literal["recording_silent"], int]
_RecordingStoppedEvent: TypeAlias = tuple[
    Literal["recording_stopped"], int, str, int, int, str, bool
]
_EngineFailedEvent: TypeAlias = tuple[Literal["engine_failed"], str]
_HeardEvent: TypeAlias = tuple[Literal["heard"], int, Sign, str, float]
_Event: TypeAlias = (
    _DigitEvent
    | _HeardEvent
    | _PlayFinishedEvent
    | _RtpStartedEvent
    | _RtpTimeoutEvent
    | _VoiceMissingEvent
    | _VoiceBackEvent
    | _PortFailedEvent
    | _RecordEvent
    | _RecordingSilentEvent
    | _RecordingStoppedEvent
    | _EngineFailedEvent
)

build_profile: str
"""How the extension was compiled: "release" or "debug". Figures count only with "release"."""

def append_to_files(files: Sequence[tuple[str, bytes]]) -> list[tuple[int, int]]:
    """Appends lines to each file, made (mode 0640) where need be, without the interpreter's lock.

    Of those that failed: which one of `files`, and its errno. They have whole lines only.
    """

def listen(
    payloads: Sequence[bytes | None],
    codec: Literal["PCMA", "PCMU", "G722", "L16", "opus", "G729"],
    ears: Sequence[Ear],
) -> list[tuple[int, _Event]]:
    """What a port with these ears, and that for keys, would hear in these packets, which come in
    time; None is one that is lost.

    Each event comes with the milliseconds until it was told; its port is 0. For tests and figures.
    """

@final
class PortStatistics:
    """The counters of one port at one moment. Bytes include the RTP header, not UDP and IP."""

    @property
    def packets_received(self) -> int:
        """Valid packets from the peer; duplicates and strays are in it, discarded ones are not."""
    @property
    def bytes_received(self) -> int: ...
    @property
    def packets_sent(self) -> int: ...
    @property
    def bytes_sent(self) -> int: ...
    @property
    def send_errors(self) -> int:
        """Packets that the kernel refused to send."""
    @property
    def lost(self) -> int:
        """Packets missing in the peer's numbering (RFC 3550 A.3)."""
    @property
    def duplicates(self) -> int: ...
    @property
    def reordered(self) -> int:
        """Packets that came after one with a higher number."""
    @property
    def discarded(self) -> int:
        """Datagrams that are no RTP packet of an agreed payload type, or came before
        `configure_port`."""
    @property
    def refused(self) -> int:
        """Valid packets from an address that is not the peer's."""
    @property
    def jitter_ms(self) -> float:
        """Interarrival jitter (RFC 3550 A.8)."""
    @property
    def worst_jitter_ms(self) -> float:
        """The largest jitter at the moment of a report, or now."""
    @property
    def round_trip_ms(self) -> float | None:
        """To the phone and back, from the newest report; None if it makes none."""
    @property
    def mos(self) -> float | None:
        """Mean opinion score of what came from the phone so far, 1 to 4.5: the E-model (ITU-T
        G.107) with `lost` of `lost + packets_received`, the burst ratio and the delay: half the
        round trip, a packet, and a jitter buffer of twice the jitter. None before any packet."""
    @property
    def recent_loss(self) -> float | None:
        """Lost of all expected in the last interval of reports (2 to 6 s), 0 to 1."""
    @property
    def recent_mos(self) -> float | None:
        """The score of that interval."""
    @property
    def remote_lost(self) -> int | None:
        """Packets of ours that the phone has missed, as it reports; None if it makes no reports.
        What was lost before it reached us is missing there, too."""
    @property
    def remote_loss(self) -> float | None:
        """Of its last interval, 0 to 1."""
    @property
    def remote_jitter_ms(self) -> float | None: ...
    @property
    def remote_mos(self) -> float | None:
        """The score that the phone itself reports (RFC 3611 §4.7)."""
    @property
    def missing_s(self) -> float:
        """For how long somebody listened in vain, see `voice_missing`."""
    @property
    def reports_received(self) -> int:
        """RTCP datagrams from the peer."""
    @property
    def reports_sent(self) -> int: ...
    @property
    def reports_discarded(self) -> int:
        """RTCP datagrams that were malformed or not from the peer."""
    @property
    def remote(self) -> tuple[str, int] | None:
        """The address the peer was seen to send from, where packets to it go; None before any."""

@final
class Engine:
    def __new__(
        cls,
        address: str,
        port_min: int,
        port_max: int,
        rtp_timeout_ms: int,
        dscp: int = 46,
        silence_ms: int = 0,
        threads: int = 1,
    ) -> Engine:
        """An engine of so many audio threads, which binds even UDP ports of `address` from
        `port_min` to `port_max`.

        A configured port whose peer sends nothing for `rtp_timeout_ms` gives one `rtp_timeout`,
        a voice that is missed for `silence_ms` a `voice_missing`;
        0 switches that off. Packets ask for the class of service `dscp` (RFC 2474; 46 is expedited
        forwarding). Ports are spread over the threads; those that are to hear each other, or are
        recorded together, are brought to one. Raises ValueError for an address that is none, an
        empty range, no class, no number of threads.
        """
    def start(self, batched: bool = False) -> int:
        """Starts the threads. Returns a file descriptor, owned by the engine, that is readable
        while events wait. An engine starts once: a second time raises RuntimeError.

        If `batched`, commands are carried out at `flush`: one wake of an audio thread for all.
        """
    def flush(self) -> None:
        """Has the commands given so far carried out, within 10 ms where something is being played.

        Needed only where the engine is `batched`.
        """
    def stop(self) -> None:
        """Ends players, recordings and ports, waits until files are complete and threads are gone.
        `poll_events` then still gives the last events. Idempotent."""
    def open_port(self) -> tuple[int, int]:
        """Binds a UDP socket: (port, its UDP port number).

        UDP ports are used in turn, each again only after all others of the range, and not within
        3 s of its end: late packets of a call do not reach the next. Raises OSError when none is
        free. The port takes and sends nothing until it is configured.
        """
    def configure_port(
        self,
        port: int,
        remote_ip: str,
        remote_port: int,
        payload_type: int,
        codec: Literal["PCMA", "PCMU", "G722", "L16", "opus", "G729"],
        event_payload_type: int | None,
        packet_ms: int = 20,
        comfort_noise: bool = False,
    ) -> None:
        """Sets what SDP agreed on; may be repeated (re-INVITE).

        Packets go to the address which the peer is seen to send from, and to remote_ip:remote_port
        until then; with 0.0.0.0 or port 0 nothing is sent. `event_payload_type` is that of
        telephone events (RFC 4733), None if the peer has none. `packet_ms` (10, 20 … 60; of Opus
        not 30 and 50) is the length of packets that the engine makes; relayed ones keep theirs.
        Comfort noise (RFC 3389) is relayed to a peer that takes it, and always accepted.
        """
    def configure_rtcp(self, port: int, remote: tuple[str, int] | None) -> None:
        """Sets where the peer wants RTCP: an address, or with RTP (None, RFC 5761). Repeatable.

        Before this call no reports are sent; with UDP port 0 none any more. For an address beside
        RTP the odd UDP port above the port's own is bound, if it is free. Reports (SR or RR, SDES,
        XR) go out every 2 to 6 s, the last with a BYE.
        """
    def protect_port(self, port: int, suite: str, ours: bytes, theirs: bytes) -> None:
        """Has what is sent and received secret from now on (RFC 3711).

        `ours` protects what we send, `theirs` what the peer sends: master key and salt, of the
        lengths of the `suite` (its name in RFC 4568 or RFC 7714). A key that stays is gone on with;
        the peer's former one opens its packets until one under the new key has come. Packets that
        are not authentic are discarded, and cannot take the port over.
        """
    def await_keys(self, port: int) -> None:
        """Has the datagrams of a handshake told as `record`s, a bounded number.

        Until `protect_port` nothing else is taken or sent; players wait. The port must have been
        configured; with `answer_checks` the records must come from where checks came from.
        """
    def send_record(self, port: int, record: bytes) -> None:
        """Sends a datagram of the handshake to where the last one came from, else to the peer."""
    def unprotect_port(self, port: int) -> None:
        """Has what is sent and received plain again."""
    def answer_checks(self, port: int, fragment: str, password: str, remote_fragment: str) -> None:
        """Has the port be the lite side of ICE (RFC 8445) with these credentials.

        From now on packets are taken from where an authentic check came from, and sent to where
        one nominated. `remote_fragment` may be empty: any. Again: a restart.
        """
    def close_port(self, port: int) -> None:
        """Closes the socket; it is heard no more, recordings go on with silence. Idempotent."""
    def hear(self, listener: int, speaker: int | None) -> None:
        """Lets `listener`'s phone hear what `speaker`'s phone says, or nothing (None).

        A speaker may have any number of listeners. A speaker that is closed is None. Both may be
        the same port: an echo.
        """
    def mix(self, listener: int, row: Sequence[tuple[int, float]]) -> None:
        """Lets `listener`'s phone hear all these speakers, each with its gain, and nobody else.

        Gains are 0 (not heard) to 4; a speaker named twice has its last, one that is closed is left
        out. A single speaker of gain 1 is relayed, as by `hear`. Any other row is mixed: decoded,
        evened out (10 ms of delay, and as much as the speaker's jitter needs), summed, and sent in
        packets of the length that was configured. The listener's stream goes on unbroken, without a
        click, from one to the other; a change takes effect with its next packet, within 10 ms.
        Telephone events are relayed, not mixed.
        """
    def load_audio(self, pcm: bytes) -> int:
        """Keeps audio for players: 16-bit little-endian mono samples at 8000 Hz; its number."""
    def drop_audio(self, audio: int) -> None:
        """Forgets audio. Players that have it play it to the end. Idempotent."""
    def play(
        self,
        port: int,
        audio: Sequence[int],
        loop: bool = False,
        told: bool = True,
        more: bool = False,
    ) -> int:
        """Plays audios one after another to a port's phone, in place of its speaker; the player.

        Unless it is not to be `told`, each player ends in exactly one `play_finished`: completed
        when the last sample has been heard, else because another player, `stop_play`, `close_port`
        or `stop` ended it. It waits for `configure_port` and pauses while there is no address to
        send to. An empty list finishes at once. With `more`, it waits at the list's end until
        `append_play` or `finish_play`. ValueError for audio that was dropped.
        """
    def append_play(self, player: int, audio: Sequence[int]) -> None:
        """Gives a player that was begun with `more` these audios, too. Nothing if it is over.
        ValueError beyond a quarter of an hour in all."""
    def finish_play(self, port: int, player: int) -> None:
        """Nothing more is to come for a player that was begun with `more`."""
    def pause_play(self, port: int, player: int, paused: bool) -> None:
        """Has a player fall silent and keep its place, or go on."""
    def seek_play(self, port: int, player: int, milliseconds: int) -> None:
        """Has a player go to a place, counted from the begin of its first audio."""
    def skip_play(self, port: int, player: int, milliseconds: int) -> None:
        """Has a player go on by so much, or back: to the begin, or the end, at most."""
    def set_play_gain(self, port: int, player: int, gain: float) -> None:
        """Has a player be heard so many times as loud as its audio is, 0 to 4."""
    def stop_play(self, port: int) -> None:
        """Ends the port's player; its speaker is heard again. Nothing if none plays."""
    def listen(self, port: int, ears: Sequence[Ear]) -> None:
        """Listens for these in what the port's phone says from now on, anew; none ends it.

        `progress`: how an outgoing call goes before an answer; `machine`: who answered, from the
        answer on; `voice`: when a voice starts and stops. Each is told by `heard`.
        """
    def send_digits(self, port: int, digits: str, press_ms: int = 100, gap_ms: int = 100) -> None:
        """Presses keys (0-9 * # A-D, ! for the hook flash) for a port's phone to hear.

        Each is held for `press_ms` (40 to 8000) and followed by a rest of `gap_ms` (50 to 8000).
        They are telephone events (RFC 4733) where the port is configured with a payload type for
        them, else tones. Until the last has rested they are in place of all else that the phone
        hears; a player goes on where it was. At most 64 wait, more are dropped; ValueError for more
        at once and for what is no key. They wait for `configure_port` and pause while there is no
        address to send to.
        """
    def start_recording(
        self, left: int, right: int | None, path: str | os.PathLike[str], silence_ms: int = 0
    ) -> int:
        """Records what `left`'s phone says, and in a second channel what `right`'s says.

        Writes a WAV file of G.711 in the left port's law (A-law before it is configured), which
        must not exist yet, from this moment on until `stop_recording`; where a phone says nothing
        there is silence. The file is playable at any moment, a second after its last audio at most.
        Each recording ends in exactly one `recording_stopped`.

        Unless `silence_ms` is 0, the left phone is listened to: once it has said nothing for that
        long, from the start or after it spoke, there is one `recording_silent`. A packet says
        something when its mean power is above -45 dBm0 and stands out from the line's noise.
        """
    def add_to_recording(self, recording: int, port: int) -> None:
        """Records what `port`'s phone says on the right, too, from now on: mixed with the others.

        For who joins a conversation or takes its place. Nothing if it is recorded already, or the
        recording has one channel or has ended.
        """
    def pause_recording(self, recording: int, paused: bool) -> None:
        """Has a recording take nothing from this moment on, or again. A pause is silence in the
        file; what is said in it is kept nowhere, and what comes late from it is dropped."""
    def stop_recording(self, recording: int) -> None:
        """Ends a recording at this moment. Idempotent."""
    def statistics(self, port: int) -> PortStatistics | None:
        """The port's counters now; None once it is closed."""
    def poll_events(self) -> list[_Event]:
        """All events since the last call, oldest first.

        ("digit", port, key, duration_ms): a key was pressed and let go; one of 0-9 * # A-D, or !
            for the hook flash; told by telephone event (RFC 4733), or heard as tones (ITU-T Q.23)
            of a port that is configured without events
        ("heard", port, sign, kind, confidence): what `listen` asked for, confidence up to 1.0;
            kind is "intercept", "vacant", "reorder", "no_circuit", "ineffective", "unspecified" of
            special_information, "music", "speech" of colour_ringback, else ""
        ("play_finished", port, player, completed)
        ("rtp_started", port): the first valid packet came
        ("rtp_timeout", port): the peer has fallen silent; again only after it was heard again
        ("voice_missing", port, no_packets): somebody listens, and for `silence_ms` there were no
            packets, or nothing above -60 dBm0 in them (looked into is G.711 only)
        ("voice_back", port): it is there again
        ("port_failed", port, error): a bug has ended this port; others go on
        ("record", port, datagram): of the handshake that is to bring the keys (DTLS)
        ("recording_silent", recording): its left phone has said nothing for `silence_ms`
        ("recording_stopped", recording, path, frames, bytes, error, blank): error is "" if all is
            well; frames are samples per channel (8000 a second), bytes the size of the file; blank
            if silence was listened for and the left phone said nothing (less than 100 ms) at all
        ("engine_failed", error): an audio thread died; nothing works any more
        """
    def holdings(self) -> tuple[int, int, int]:
        """UDP ports of the range; those closed lately that rest; audios kept."""
    def cpu_seconds(self) -> float:
        """CPU time that the audio threads have used, at most 100 ms old while ports are open."""
    def threads(self) -> list[tuple[int, float]]:
        """Of each audio thread: ports, CPU seconds."""
    def thread_of(self, port: int) -> int | None:
        """Which of `threads` has a port; None if it is closed."""
