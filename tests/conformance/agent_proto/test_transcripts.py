"""The protocol as it looks on the wire, line for line: what a client in any language can rely on.

`→` is sent by the client, `←` expected from the server; `"…"` stands for any text or list.
"""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_proto import AgentServer, Limits
from tests.support.fake_desk import FakeDesk, wall
from tests.support.line_peer import LinePeer

TRANSCRIPTS = Path(__file__).parent / "transcripts"


def steps(name: str) -> Iterator[tuple[str, str]]:
    """Direction and text of each line; `@ name` stands for another transcript."""
    for line in (TRANSCRIPTS / f"{name}.txt").read_text().splitlines():
        kind, text = line[0], line[2:]
        if kind == "@":
            yield from steps(text)
        else:
            yield kind, text


def matches(expected: Any, actual: Any) -> bool:
    """Equality in which `"…"` is any text or list; 1 and 1.0 are one number."""
    if expected == "…":
        return isinstance(actual, str | list)
    if isinstance(expected, dict):
        return (
            isinstance(actual, dict)
            and expected.keys() == actual.keys()
            and all(matches(value, actual[key]) for key, value in expected.items())
        )
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(expected) == len(actual)
            and all(map(matches, expected, actual))
        )
    return bool(expected == actual)


@pytest.mark.parametrize("name", sorted(path.stem for path in TRANSCRIPTS.glob("*.txt")))
async def test_transcript(name: str) -> None:
    server = AgentServer(
        FakeDesk(), host="127.0.0.1", port=0, wall=wall, limits=Limits(linger_s=0.05)
    )
    await server.start()
    peer = await LinePeer.connect(server.port)
    for direction, text in steps(name):
        if direction == "→":
            peer.write(text.encode() + b"\n")
        elif text == "end":
            assert await peer.rest() == []
        else:
            actual = await peer.read()
            assert matches(json.loads(text), actual), f"\nexpected {text}\nbut was  {actual}"
    await asyncio.gather(peer.close(), server.stop())
