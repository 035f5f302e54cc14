"""Waiting for a condition that others bring about."""

import asyncio
from collections.abc import Callable


class Pulse:
    """`fire` after every change; `until` returns when its condition holds."""

    def __init__(self) -> None:
        self._change = asyncio.Event()

    def fire(self) -> None:
        """Something changed: everybody looks again."""
        self._change.set()
        self._change = asyncio.Event()

    async def until(self, condition: Callable[[], bool], within: float) -> bool:
        """Whether it became true in so many seconds."""
        try:
            async with asyncio.timeout(within):
                while not condition():
                    await self._change.wait()
        except TimeoutError:
            return condition()
        return True
