import pytest

from sip.address import Address, Transport
from sip.transport import StreamTransport, UdpTransport
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
