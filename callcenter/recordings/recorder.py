"""Records the conversation of a call, whatever happens to its legs (WZ-3.6)."""

import asyncio
import errno
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from callcenter import events
from callcenter.clock import Clock
from callcenter.event_stream import EventStream
from media.plane import MediaPlane, Port, Recording, RecordingResult

T = TypeVar("T")


BYTES_A_SECOND = 64_000
"""Of 16 bits at 16,000 Hz in stereo: the most there is."""


class RecordingFolder:
    """One folder a day; days are made once, off the loop."""

    def __init__(self, root: Path, *, max_file_mb: int = 512) -> None:
        self.root = str(root)
        self.longest_s = max_file_mb * 1_000_000 / BYTES_A_SECOND
        """Of one file."""
        self.has_room: Callable[[], bool] = _always
        """Whether the disk has room for one more."""
        self._day = ""

    async def path(self, day: str, name: str) -> str:
        """The path of `name`, relative to the root, in the folder of `day`; the folder exists.

        Raises `OSError` when it cannot be made, or the disk has too little room.
        """
        if not self.has_room():
            raise OSError(errno.ENOSPC, "too little room on the disk (recordings.least_free_mb)")
        if day != self._day:
            await asyncio.to_thread(Path(self.root, day).mkdir, parents=True, exist_ok=True)
            self._day = day
        return f"{day}/{name}"


def _always() -> bool:
    return True


class ConversationRecorder:
    """The automatic recording of one call: one file for each conversation in it."""

    def __init__(
        self,
        call_id: str,
        plane: MediaPlane,
        folder: RecordingFolder,
        clock: Clock,
        stream: EventStream,
    ) -> None:
        self._call_id = call_id
        self._plane = plane
        self._folder = folder
        self._clock = clock
        self._stream = stream
        self._count = self._named = 0
        self._made: list[Recording] = []
        """All so far; those that are complete take nobody in."""
        self._live: dict[str, Recording] = {}
        """By id, those that are not complete."""
        self._joined: list[Port] = []
        self.paused = False
        """Whether nothing is taken at this moment, by whatever recording."""

    def join(self, port: Port) -> None:
        """Somebody more takes part: in what is recorded now, and from now on until they `part`."""
        self._joined.append(port)
        for recording in self._made:
            recording.add(port)

    def part(self, port: Port) -> None:
        """They take part no more; harmless when repeated."""
        if port in self._joined:
            self._joined.remove(port)

    def pause(self, agent_id: str) -> bool:
        """What is said from now on is in no file of the call; False when nothing is recorded."""
        if not self._live:
            return False
        self.paused = True
        for recording_id, recording in self._live.items():
            recording.pause()
            self._mark(events.RecordingPaused, recording_id, agent_id)
        return True

    def resume(self, agent_id: str) -> None:
        """The pause is over; the talk's end ends it, too."""
        self.paused = False
        for recording_id, recording in self._live.items():
            recording.resume()
            self._mark(events.RecordingResumed, recording_id, agent_id)

    def _mark(
        self,
        kind: type[events.RecordingPaused | events.RecordingResumed],
        recording_id: str,
        agent_id: str,
    ) -> None:
        self._stream.emit(kind(self._clock.now(), self._call_id, recording_id, agent_id))

    async def record(
        self, caller: Port, agent: Port, agent_id: str, conversation: Callable[[], Awaitable[T]]
    ) -> T:
        """Records for as long as the conversation lasts: caller left, agent right.

        A disk that refuses is told (`RecordingFailed`); the call goes on.
        """
        recording_id = self._next_id()
        rolled = _Rolled(recording_id, caller, agent, agent_id)
        await self._roll(rolled)
        try:
            return await conversation()
        finally:
            rolled.end()

    def _next_id(self) -> str:
        self._count += 1
        return self._call_id if self._count == 1 else f"{self._call_id}-{self._count}"

    def cannot(self, agent_id: str, why: str) -> None:
        """A talk begins that is to be recorded and cannot be."""
        recording_id = self._next_id()
        self._stream.emit(
            events.RecordingFailed(
                self._clock.now(), self._call_id, recording_id, "", why, agent_id
            )
        )

    async def _roll(self, rolled: "_Rolled") -> None:
        """Begins the next file of a talk, and then ends the one before: nothing is lost between."""
        recording = await self._start(
            rolled.next_id(), rolled.caller, rolled.agent, rolled.agent_id
        )
        rolled.follow(recording)
        if recording is not None and not rolled.ended:
            loop = asyncio.get_running_loop()

            def next_file() -> None:
                rolled.rolling = loop.create_task(self._roll(rolled))

            rolled.timer = loop.call_later(self._folder.longest_s, next_file)

    async def start_named(
        self, name: str, caller: Port, agent: Port, agent_id: str
    ) -> Recording | None:
        """One that an agent asked for (WZ-3.3.6.6): the file's name contains the cleaned `name`.

        None when the disk refuses. It ends by `stop`, or with the talk.
        """
        self._named += 1
        recording_id = f"{self._call_id}-{cleaned(name)}-{self._named}"
        return await self._start(recording_id, caller, agent, agent_id, name)

    async def _start(
        self, recording_id: str, caller: Port, agent: Port, agent_id: str, name: str = ""
    ) -> Recording | None:
        day = self._clock.wall().date().isoformat()
        path = f"{day}/{recording_id}.wav"
        try:
            path = await self._folder.path(day, f"{recording_id}.wav")
            recording = self._plane.start_recording(caller, agent, f"{self._folder.root}/{path}")
            self._made.append(recording)
            self._live[recording_id] = recording
            for port in self._joined:
                recording.add(port)
        except OSError as error:
            self._stream.emit(
                events.RecordingFailed(
                    self._clock.now(), self._call_id, recording_id, path, str(error), agent_id
                )
            )
            return None
        self._stream.emit(
            events.RecordingStarted(
                self._clock.now(), self._call_id, recording_id, path, agent_id, name
            )
        )
        if self.paused:
            recording.pause()
            self._mark(events.RecordingPaused, recording_id, agent_id)
        recording.stopped.add_done_callback(
            lambda stopped: self._tell(recording_id, path, agent_id, stopped.result(), name)
        )
        return recording

    def _tell(
        self, recording_id: str, path: str, agent_id: str, result: RecordingResult, name: str
    ) -> None:
        self._live.pop(recording_id, None)
        self._stream.emit(
            events.RecordingStopped(
                self._clock.now(),
                self._call_id,
                recording_id,
                path,
                result.duration_s,
                result.size,
                result.error,
                agent_id,
                name,
            )
        )


class _Rolled:
    """The automatic recording of one talk: a file, and more where the talk is long."""

    def __init__(self, recording_id: str, caller: Port, agent: Port, agent_id: str) -> None:
        self.caller, self.agent, self.agent_id = caller, agent, agent_id
        self.ended = False
        self.timer: asyncio.TimerHandle | None = None
        """When the next file begins."""
        self.rolling: asyncio.Task[None] | None = None
        self._recording_id = recording_id
        self._parts = 0
        self._recording: Recording | None = None

    def next_id(self) -> str:
        """Of the file that is to begin."""
        self._parts += 1
        return self._recording_id if self._parts == 1 else f"{self._recording_id}-part{self._parts}"

    def follow(self, recording: Recording | None) -> None:
        """Another file takes what is said; None: the disk refused, and the old one goes on."""
        if recording is None:
            return
        if self._recording is not None:
            self._recording.stop()
        self._recording = recording
        if self.ended:
            recording.stop()

    def end(self) -> None:
        """The talk is over."""
        self.ended = True
        if self.timer is not None:
            self.timer.cancel()
        if self._recording is not None:
            self._recording.stop()


def cleaned(name: str) -> str:
    """A name as part of a file's: letters, digits, `_` and `-` stay, in any script."""
    return "".join(c if c.isalnum() or c in "_-" else "_" for c in name)[:48] or "_"
