import collections

import pytest

from sip.transport.framing import FramingError, StreamFramer
from tests.support.sip_messages import SDP, request, response

MESSAGES = [
    request(body=SDP),
    response(180),
    request("BYE").replace(b"Content-Length: 0", b"l :0"),
    request("OPTIONS").replace(b"Content-Length: 0\r\n", b""),
    request("OPTIONS").replace(b"Content-Length: 0", b"Content-Length:\r\n 0\r\nl: 0"),
    request("INFO", body=b"\r\n\r\n\r\n"),
    request("NOTIFY", headers="X-Content-Length: 5\r\n", body=b"abc"),
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 500, 10_000])
def test_any_split_gives_the_same_messages(size: int) -> None:
    stream = b"".join(MESSAGES)
    framer = StreamFramer()
    got = [m for at in range(0, len(stream), size) for m in framer.feed(stream[at : at + size])]
    assert got == MESSAGES
    assert not framer.pending


@pytest.mark.parametrize("size", [1, 3, 100])
def test_pings_between_messages_are_counted_and_other_line_ends_skipped(size: int) -> None:
    """RFC 5626 §4.4.1: two CRLFs ask for one."""
    stream = b"\r\n\r\n" + MESSAGES[0] + b"\r\n" + MESSAGES[1] + b"\r\n\r\n\r\n\r\n" + MESSAGES[2]
    framer = StreamFramer()
    got = [m for at in range(0, len(stream), size) for m in framer.feed(stream[at : at + size])]
    assert got == MESSAGES[:3]
    assert framer.pings == 3


def test_a_lone_pong_is_not_the_beginning_of_a_message() -> None:
    framer = StreamFramer()
    assert framer.feed(b"\r\n") == []
    assert not framer.pending
    framer.feed(b"I")
    assert framer.pending


@pytest.mark.parametrize(
    "stream",
    [
        b"x" * 70_000,
        b"INVITE sip:a SIP/2.0\r\nContent-Length: 99999\r\n\r\n",
        b"INVITE sip:a SIP/2.0\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"INVITE sip:a SIP/2.0\r\nContent-Length: 5\r\nl: 0\r\n\r\n",
        b"INVITE sip:a SIP/2.0\r\nContent-Length: -5\r\n\r\n",
        b"INVITE sip:a SIP/2.0\r\nContent-Length: 5\r\n 0\r\n\r\n",
    ],
)
def test_what_would_be_too_long_ends_the_stream(stream: bytes) -> None:
    framer = StreamFramer()
    pieces = (stream[at : at + 1000] for at in range(0, len(stream), 1000))
    with pytest.raises(FramingError):
        collections.deque(map(framer.feed, pieces), maxlen=0)


def test_a_large_message_in_small_pieces_is_searched_once() -> None:
    """The cost is linear: each piece only looks at what is new."""
    body = bytes(60_000)
    framer = StreamFramer()
    data = request(body=body)
    got = [m for at in range(0, len(data), 16) for m in framer.feed(data[at : at + 16])]
    assert got == [data]
