"""The voice of a call needs no event loop: it goes on while the loop stands still."""

import asyncio
import contextlib
import threading

from media._engine import Engine
from media.engine_plane import EnginePlane
from media.plane import AS_SPOKEN
from media.sdp import Stream
from tests.support.engine_rig import Phone, Rig

PACKETS = 50


async def test_two_hear_each_other_while_the_loop_is_blocked() -> None:
    rig = Rig()  # phones; their own ports are not used
    plane = EnginePlane(Engine("127.0.0.1", 24_000, 25_999, 0), "127.0.0.1")
    await plane.start()
    try:
        first, second = rig.phone(), rig.phone()
        ports = [plane.open_port(), plane.open_port()]
        for phone, port in zip((first, second), ports, strict=True):
            own = phone.socket.getsockname()[1]
            port.configure(Stream("127.0.0.1", own, "PCMA", 8, 101, 20, "sendrecv"))
            phone.remote = ("127.0.0.1", port.rtp_port)
        ports[0].hear({ports[1]: AS_SPOKEN})
        ports[1].hear({ports[0]: AS_SPOKEN})
        await asyncio.sleep(0.1)  # the commands are carried out
        heard: list[float | None] = []
        talk = threading.Thread(target=_talk, args=(first, second, heard))
        talk.start()
        talk.join()  # no turn of the loop until they have heard each other
        assert heard == [660, 350]
    finally:
        await plane.stop()
        rig.close()


def _talk(first: Phone, second: Phone, heard: list[float | None]) -> None:
    """Each packet is answered by one of the other; a second's worth."""
    frames = zip(first.frames(350, PACKETS), second.frames(660, PACKETS), strict=True)
    at_first, at_second = [], []
    with contextlib.suppress(TimeoutError):
        for says, answers in frames:
            first.send(says)
            at_second += second.hear(1)
            second.send(answers)
            at_first += first.hear(1)
        heard += [first.tone_in(at_first), second.tone_in(at_second)]
