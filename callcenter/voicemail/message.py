"""Takes one message from a caller: beep, recording, file (WZ-3.5e)."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from callcenter import events
from callcenter.speech.prompt import Tone
from callcenter.speech.provider import SpeechError
from ivr.messages import VoicemailOutcome
from media.plane import Recording, RecordingResult

if TYPE_CHECKING:
    from callcenter.switch.call import Call

LEAST_SECONDS = 0.5
"""A shorter recording is a caller who hung up at the beep, not a message."""


class MessageRecorder:
    """One message in one box; the file is named by the call.

    `done` is told the outcome once. A caller who hangs up has left a message, too: the file is
    completed and announced after the call has ended. One in which nothing was said is not kept,
    however it ended.
    """

    def __init__(
        self,
        call: "Call",
        box: str,
        max_seconds: float,
        silence_seconds: float,
        done: Callable[[VoicemailOutcome, float], None],
    ) -> None:
        self._call = call
        self._services = call.services
        self._box = box
        self._max_seconds = max_seconds
        self._silence_seconds = silence_seconds
        self._done = done
        call.messages += 1
        again = f"-{call.messages}" if call.messages > 1 else ""
        self._file = f"{call.call_id}{again}.wav"
        self._path = Path(self._services.settings.store.voicemail) / self._file
        self._recording: Recording | None = None
        self._limit: asyncio.TimerHandle | None = None

    async def start(self, *, beep: bool) -> None:
        """Beeps and begins to record."""
        port = self._call.leg.port
        if beep:
            await self._beep()
        try:
            self._recording = self._services.plane.start_recording(
                port, None, str(self._path), silence_s=self._silence_seconds
            )
        except OSError as error:
            self._call.log.error("message cannot be recorded", error=str(error))
            self._done("failed", 0.0)
            return
        self._recording.on_silence = self.stop
        self._recording.stopped.add_done_callback(lambda stopped: self._stopped(stopped.result()))
        loop = asyncio.get_running_loop()
        self._limit = loop.call_later(self._max_seconds, self.stop)

    async def _beep(self) -> None:
        try:
            audio = await self._services.prompts.load(Tone("beep"))
        except SpeechError as error:
            self._call.log.error("no beep", error=str(error))
        else:
            await self._call.leg.port.play(audio).done

    def stop(self) -> None:
        """The message is complete; harmless when repeated or before the beep."""
        if self._limit is not None:
            self._limit.cancel()
        if self._recording is not None:
            self._recording.stop()

    def _stopped(self, result: RecordingResult) -> None:
        self._recording = None  # which would tell us of silence
        if self._limit is not None:
            self._limit.cancel()
        if result.error:
            self._call.log.error("message is incomplete", error=result.error)
        if result.blank or result.duration_s < LEAST_SECONDS:
            self._path.unlink(missing_ok=True)
            self._done("failed" if result.error else "empty", 0.0)
            return
        services = self._services
        services.stream.emit(
            events.VoicemailLeft(
                services.clock.now(),
                self._call.call_id,
                self._box,
                self._file,
                self._call.ani,
                result.duration_s,
            )
        )
        self._done("stored", result.duration_s)
