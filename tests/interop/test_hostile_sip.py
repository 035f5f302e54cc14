"""Malformed SIP: 400 where an answer is due, else dropped; nothing of it reaches a call."""

import asyncio
import contextlib
import random

import pytest

from tests.support.daemon import Daemon
from tests.support.live_site import LiveSite
from tests.support.raw_sip import RawUdp, options

BAD_REQUESTS: list[tuple[str, dict[str, str | None], list[int]]] = [
    ("no_via", {"Via": None}, []),
    ("no_from", {"From": None}, [400]),
    ("no_to", {"To": None}, [400]),
    ("no_call_id", {"Call-ID": None}, [400]),
    ("no_cseq", {"CSeq": None}, [400]),
    ("empty_call_id", {"Call-ID": ""}, [400]),
    ("cseq_without_number", {"CSeq": "one OPTIONS"}, [400]),
    ("cseq_of_another_method", {"CSeq": "1 INVITE"}, [400]),
    ("cseq_beyond_32_bits", {"CSeq": "4294967296 OPTIONS"}, [400]),
    ("cseq_twice", {"more": "CSeq: 2 OPTIONS\r\n"}, [400]),
    ("body_shorter_than_it_says", {"Content-Length": "10"}, [400]),
    ("negative_length", {"Content-Length": "-1"}, [400]),
    ("length_of_another_script", {"Content-Length": "١"}, [400]),
    ("two_lengths", {"more": "Content-Length: 7\r\n", "body": "1234567"}, [400]),
    ("header_without_colon", {"more": "This is no header\r\n"}, [400]),
    ("header_without_name", {"more": ": nothing\r\n"}, [400]),
    ("nul_in_a_header_name", {"more": "Sub\0ject: x\r\n"}, [400]),
    ("nul_in_a_value", {"more": "Subject: a\0b\r\n"}, [200]),
    ("not_utf_8", {"more": "Subject: \udcff\udcfe\r\n"}, [200]),
    ("thousand_headers", {"more": "X-Filler: y\r\n" * 1000}, [400]),
    ("a_header_of_60_kb", {"more": f"X-Long: {'y' * 60_000}\r\n"}, [200]),
    ("a_body_of_60_kb", {"Content-Length": "60000", "body": "z" * 60_000}, [200]),
    ("no_empty_line", {"start": "OPTIONS sip:x@127.0.0.1 SIP/2.0"}, [200]),
    ("another_version", {"start": "OPTIONS sip:x@127.0.0.1 SIP/7.0"}, [505]),
    ("another_protocol", {"start": "OPTIONS sip:x@127.0.0.1 HTTP/1.1"}, [400]),
    ("uri_in_brackets", {"start": "OPTIONS <sip:x@127.0.0.1> SIP/2.0"}, [400]),
    ("uri_of_another_scheme", {"start": "OPTIONS mailto:x@127.0.0.1 SIP/2.0"}, [416]),
    ("unknown_method", {"start": "DANCE sip:x@127.0.0.1 SIP/2.0", "CSeq": "1 DANCE"}, [501]),
    ("demands_an_extension", {"more": "Require: telepathy\r\n"}, [420]),
    ("demands_of_a_proxy", {"more": "Proxy-Require: telepathy\r\n"}, [200]),
]


@pytest.mark.parametrize(
    ("name", "changes", "expected"), BAD_REQUESTS, ids=[row[0] for row in BAD_REQUESTS]
)
async def test_a_bad_request_gets_what_it_is_due(
    site: LiveSite, name: str, changes: dict[str, str | None], expected: list[int]
) -> None:
    async with RawUdp(site) as peer:
        datagram = options(peer.port, name, **changes)
        if name == "no_empty_line":
            datagram = datagram.removesuffix(b"\r\n")

        assert await peer.answers(datagram) == expected


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\0",
        b"\r\n\r\n\r\n\r\n",
        b"\xff" * 1000,
        b"\0" * 65_000,
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"SIP/2.0 200 OK\r\n\r\n",
        b"SIP/2.0 99999 Absurd\r\n\r\n",
        b"INVITE\r\n\r\n",
        b"INVITE sip:4001@127.0.0.1 SIP/2.0\r\n\r\n",
        b":\r\n:\r\n:\r\n\r\n",
        b"BYE " + b"x" * 60_000 + b" SIP/2.0\r\n\r\n",
    ],
    ids=lambda datagram: repr(datagram[:20]),
)
async def test_what_is_no_message_is_dropped(site: LiveSite, datagram: bytes) -> None:
    async with RawUdp(site) as peer:
        assert await peer.answers(datagram) == []


async def test_a_flood_of_noise_is_dropped_and_pings_are_answered(
    daemon: Daemon, site: LiveSite
) -> None:
    noise = random.Random(1)
    seed = options(5060, "seed", more="Subject: x\r\n")
    async with RawUdp(site) as peer:
        for _ in range(40):
            datagrams = [noise.randbytes(noise.randrange(1, 1400)) for _ in range(10)]
            datagrams += [mutated(seed, noise) for _ in range(10)]
            await peer.answers(*datagrams)


@pytest.mark.parametrize(
    "stream",
    [
        b"\xff" * 5000,
        b"x" * 70_000,
        b"OPTIONS sip:x SIP/2.0\r\nContent-Length: 99999999\r\n\r\n",
        b"OPTIONS sip:x SIP/2.0\r\nContent-Length: 65536\r\n\r\n" + b"y" * 65_536,
    ],
    ids=["noise", "an_endless_head", "an_absurd_length", "a_body_of_64_kib"],
)
async def test_a_stream_that_is_no_sip_is_bounded_and_its_neighbour_served(
    site: LiveSite, stream: bytes
) -> None:
    _, hostile = await asyncio.open_connection("127.0.0.1", site.sip_port)
    reader, neighbour = await asyncio.open_connection("127.0.0.1", site.sip_port)
    try:
        hostile.write(stream)
        ping = options(5060, "neighbour").replace(b"SIP/2.0/UDP", b"SIP/2.0/TCP")
        neighbour.write(ping[:100])
        await neighbour.drain()
        neighbour.write(ping[100:])
        async with asyncio.timeout(30):
            assert await reader.readline() == b"SIP/2.0 200 OK\r\n"
    finally:
        for writer in (hostile, neighbour):
            writer.close()


async def test_an_endless_head_loses_its_connection(site: LiveSite) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.sip_port)
    writer.write(b"OPTIONS sip:x SIP/2.0\r\n" + b"X: y\r\n" * 12_000)
    async with asyncio.timeout(30):
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
    writer.close()


def mutated(message: bytes, noise: random.Random) -> bytes:
    """A message with a few bytes changed, cut or doubled."""
    data = bytearray(message)
    for _ in range(noise.randrange(1, 6)):
        at = noise.randrange(len(data))
        match noise.randrange(3):
            case 0:
                data[at] = noise.randrange(256)
            case 1:
                del data[at : at + noise.randrange(20)]
            case _:
                data[at:at] = data[at : at + noise.randrange(20)]
        if not data:
            return b"?"
    return bytes(data)
