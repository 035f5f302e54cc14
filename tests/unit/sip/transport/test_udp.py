import asyncio
import socket

import pytest

from sip.address import Address, Transport
from sip.transport import StreamTransport, TransportOptions, UdpTransport
from sip.transport.udp_reader import BATCH
from tests.support.stream_end import Inbox


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_datagrams_go_both_ways(host: str) -> None:
    inboxes = Inbox(), Inbox()
    ends = [UdpTransport(Address("udp", host, 0)) for _ in inboxes]
    for end, inbox in zip(ends, inboxes, strict=True):
        await end.start(inbox)
    ends[0].send(b"hello", ends[1].local)
    assert await inboxes[1].messages.get() == (b"hello", ends[0].local, ends[1].local)
    for end in ends:
        await end.stop()


@pytest.mark.parametrize(
    ("host", "level", "wanted", "told"),
    [
        ("127.0.0.1", socket.IPPROTO_IP, socket.IP_RECVTOS, socket.IP_TOS),
        ("::1", socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, socket.IPV6_TCLASS),
    ],
)
async def test_datagrams_arrive_marked(host: str, level: int, wanted: int, told: int) -> None:
    """RFC 2474 §3: the class is the upper six bits of the byte."""
    end = UdpTransport(Address("udp", host, 0), options=TransportOptions(dscp=24))
    await end.start(Inbox())
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as peer:
        peer.bind((host, 0))
        peer.settimeout(30)
        peer.setsockopt(level, wanted, 1)
        end.send(b"hello", Address("udp", host, peer.getsockname()[1]))
        _, notes, _, _ = await asyncio.to_thread(peer.recvmsg, 100, 100)
    assert [(kind, data[0]) for _, kind, data in notes] == [(told, 24 << 2)]
    await end.stop()


async def test_a_port_in_use_is_named() -> None:
    first = UdpTransport(Address("udp", "127.0.0.1", 0))
    await first.start(Inbox())
    second = UdpTransport(first.local)
    with pytest.raises(OSError, match=f"cannot listen on {first.local}: Address already"):
        await second.start(Inbox())
    await first.stop()


async def test_what_cannot_be_sent_is_lost_without_a_word() -> None:
    end = UdpTransport(Address("udp", "127.0.0.1", 0))
    await end.start(Inbox())
    end.send(b"x" * 70_000, end.local)
    end.send(b"x", Address("udp", "no.such.name.invalid", 5060))
    await end.stop()
    end.send(b"x", end.local)


@pytest.mark.parametrize("kind", [UdpTransport, StreamTransport])
async def test_the_wildcard_of_ipv6_leaves_ipv4_alone(
    kind: type[UdpTransport] | type[StreamTransport],
) -> None:
    transport: Transport = "udp" if kind is UdpTransport else "tcp"
    four = kind(Address(transport, "0.0.0.0", 0))
    await four.start(Inbox())
    six = kind(Address(transport, "::", four.local.port))
    await six.start(Inbox())
    assert (four.ipv6, six.ipv6) == (False, True)
    assert six.local.port == four.local.port
    assert ":" in six.local.host
    assert six.local.host != "::"
    for end in (four, six):
        await end.stop()


async def test_a_wildcard_is_advertised_as_something_reachable() -> None:
    end = UdpTransport(Address("udp", "0.0.0.0", 0))
    await end.start(Inbox())
    assert end.local.host != "0.0.0.0"
    await end.stop()
    named = UdpTransport(Address("udp", "0.0.0.0", 0), Address("udp", "192.0.2.1", 5070))
    await named.start(Inbox())
    assert named.local == Address("udp", "192.0.2.1", 5070)
    await named.stop()


async def test_a_crowd_is_read_in_turns_known_peers_first() -> None:
    inbox = Inbox()
    inbox.strangers.add("127.0.0.2")
    end = UdpTransport(Address("udp", "127.0.0.1", 0))
    await end.start(inbox)
    target = ("127.0.0.1", end.local.port)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer,
    ):
        stranger.bind(("127.0.0.2", 0))
        peer.bind(("127.0.0.3", 0))
        for _ in range(BATCH - 10):
            stranger.sendto(b"stranger", target)
        for number in range(20):
            peer.sendto(b"%d" % number, target)
        received = [(await inbox.messages.get())[0] for _ in range(BATCH + 10)]
    assert received[:10] == [b"%d" % number for number in range(10)]
    assert received[10:BATCH] == [b"stranger"] * (BATCH - 10)
    assert received[BATCH:] == [b"%d" % number for number in range(10, 20)]
    assert inbox.behind == [0.0, 0.0]
    await end.stop()


async def test_how_long_it_has_been_behind_is_told() -> None:
    inbox = Inbox()
    end = UdpTransport(Address("udp", "127.0.0.1", 0))
    await end.start(inbox)
    for _ in range(4 * BATCH):
        end.send(b"x", end.local)
    for _ in range(4 * BATCH):
        await asyncio.wait_for(inbox.messages.get(), 30)
    end.send(b"last", end.local)
    await asyncio.wait_for(inbox.messages.get(), 30)
    *behind, caught_up = inbox.behind
    assert caught_up == 0.0
    assert len(behind) >= 4
    assert behind == sorted(behind)
    await end.stop()
