"""The other end of a line protocol, byte for byte: writes what it likes, reads JSON lines."""

import asyncio
import json
from itertools import count
from typing import Any

PATIENCE = 100.0
"""Seconds of the loop's clock; only a failing test waits as long."""


class LinePeer:
    """A client of the agent protocol without any manners of its own."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.events: list[dict[str, Any]] = []
        """Notifications that came while an answer was read, oldest first."""
        self._ids = count(1)

    @classmethod
    async def connect(cls, port: int) -> "LinePeer":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    def send(self, message: object) -> None:
        self.write(json.dumps(message).encode() + b"\n")

    def post(self, method: str, **params: object) -> int:
        """Sends a request without reading anything; returns its id."""
        number = next(self._ids)
        self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return number

    async def read(self) -> dict[str, Any]:
        """The next line."""
        async with asyncio.timeout(PATIENCE):
            line = await self.reader.readline()
        assert line.endswith(b"\n"), f"the connection was closed; last bytes: {line!r}"
        message = json.loads(line)
        assert isinstance(message, dict)
        return message

    async def rest(self) -> list[dict[str, Any]]:
        """All lines up to the end of the connection."""
        async with asyncio.timeout(PATIENCE):
            return [json.loads(line) for line in (await self.reader.read()).splitlines()]

    async def answer(self, number: int) -> dict[str, Any]:
        """The answer to a request that was posted."""
        while True:
            message = await self.read()
            if "method" in message:
                self.events.append(message)
            else:
                assert message["id"] == number, message
                return message

    async def ask(self, method: str, **params: object) -> dict[str, Any]:
        """The whole answer to one request."""
        return await self.answer(self.post(method, **params))

    async def result(self, method: str, **params: object) -> dict[str, Any]:
        answer = await self.ask(method, **params)
        assert "result" in answer, answer
        result = answer["result"]
        assert isinstance(result, dict)
        return result

    async def refusal(self, method: str, **params: object) -> tuple[int, str]:
        """Code and name of the error that a request is answered with."""
        answer = await self.ask(method, **params)
        assert "error" in answer, answer
        return answer["error"]["code"], answer["error"]["data"]["name"]

    async def hello(self) -> dict[str, Any]:
        return await self.result("session.hello", protocol=1, client="peer", locale="en")

    async def login(self, agent_id: str = "1001", **params: object) -> dict[str, Any]:
        """Hello and login."""
        await self.hello()
        return await self.result(
            "agent.login",
            **{"agent_id": agent_id, "password": "secret", "seat_no": "8001", **params},
        )

    async def close(self) -> None:
        self.writer.close()
        await asyncio.gather(self.writer.wait_closed(), return_exceptions=True)
