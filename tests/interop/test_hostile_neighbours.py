"""One call is up and two tones cross it, while everything around it is thrown at the daemon."""

import asyncio
import json
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agent_proto import AgentClient
from callcenter.demo.rtp import PACKET_S, Mouth
from callcenter.demo.softphone import PhoneCall, Softphone
from tests.support.line_peer import LinePeer
from tests.support.live_desk import desk
from tests.support.live_site import LiveSite
from tests.support.raw_sip import RawUdp, options

CALLER_HZ, AGENT_HZ, INTRUDER_HZ = 440, 620, 880


@asynccontextmanager
async def undisturbed_call(
    site: LiveSite,
) -> AsyncIterator[tuple[AgentClient, PhoneCall, PhoneCall]]:
    """A call; when the body is through, every packet of both sides must have arrived."""
    async with (
        Softphone(site.exchange(), "8001", password="phone-8001") as phone,
        desk(site) as agent,
        Softphone(site.exchange(), "13800001") as caller,
    ):
        call = await caller.call("4001")
        call.say(CALLER_HZ)
        handset = await phone.incoming()
        handset.answer()
        handset.say(AGENT_HZ)
        await both_hear(call, handset)
        before = call.hearing.lost, handset.hearing.lost

        yield agent, call, handset

        await both_hear(call, handset)
        assert (call.hearing.lost, handset.hearing.lost) == before
        assert (await agent.get()).state == "talking"
        call.hang_up()
        await agent.wait_for("agent.state_changed", state="idle", previous="talking")


async def both_hear(call: PhoneCall, handset: PhoneCall) -> None:
    """Each side hears the other, and nothing else."""
    await asyncio.gather(call.hears(tone=AGENT_HZ), handset.hears(tone=CALLER_HZ))


async def test_noise_at_the_sip_ports(site: LiveSite) -> None:
    noise = random.Random(2)
    async with undisturbed_call(site), RawUdp(site) as peer:
        for number in range(20):
            await peer.answers(*(noise.randbytes(noise.randrange(1, 1400)) for _ in range(20)))
            _, writer = await asyncio.open_connection("127.0.0.1", site.sip_port)
            writer.write(noise.randbytes(5000))
            if number % 2:
                writer.transport.abort()
            else:
                writer.close()


async def test_forged_requests_for_the_dialog_of_others(site: LiveSite) -> None:
    async with undisturbed_call(site) as (_, call, handset), RawUdp(site) as peer:
        for victim in (call, handset):
            call_id = victim.session.sip_call_id
            for method in ("BYE", "INVITE", "CANCEL", "NOTIFY"):
                forged = options(
                    peer.port,
                    f"forged{method}{call_id}",
                    start=f"{method} sip:4001@127.0.0.1 SIP/2.0",
                    CSeq=f"99 {method}",
                    To="<sip:4001@127.0.0.1>;tag=guessed",
                    **{"Call-ID": call_id},
                )
                assert await peer.answers(forged) == [481]


async def test_noise_and_a_strangers_voice_at_the_rtp_ports(site: LiveSite) -> None:
    noise = random.Random(3)
    intruder = Mouth(ssrc=1)
    intruder.tone = INTRUDER_HZ
    async with undisturbed_call(site) as (_, call, handset):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for victim in (call, handset):
                remote = victim.remote
                assert remote is not None
                for port in (remote.port, remote.port + 1):
                    for _ in range(20):
                        for _ in range(5):
                            size = noise.randrange(0, 1500)
                            stranger.sendto(noise.randbytes(size), ("127.0.0.1", port))
                            stranger.sendto(intruder.next(), ("127.0.0.1", port))
                        await asyncio.sleep(PACKET_S)  # what the kernel has no room for is lost
                    stranger.sendto(b"\x80" * 65_000, ("127.0.0.1", port))


async def test_noise_at_the_agent_port(site: LiveSite) -> None:
    noise = random.Random(4)
    async with undisturbed_call(site):
        for _ in range(20):
            peer = await LinePeer.connect(site.agent_port)
            peer.write(noise.randbytes(2000).replace(b"\n", b"") + b"\n")
            peer.write(b"\n".join(noise.randbytes(50).replace(b"\n", b"") for _ in range(5)))
            peer.write(b"\n" * 3)
            answers = await peer.rest()
            assert [answer["error"]["code"] for answer in answers if "error" in answer] == [
                -32700
            ] * 3
            await peer.close()


async def test_a_client_that_never_reads_and_one_that_leaves_in_a_line(site: LiveSite) -> None:
    async with undisturbed_call(site):
        deaf = await LinePeer.connect(site.agent_port)
        for number in range(20_000):
            deaf.send({"jsonrpc": "2.0", "id": number, "method": "session.ping"})
        rude = await LinePeer.connect(site.agent_port)
        rude.write(b'{"jsonrpc": "2.0", "id": 1, "meth')
        rude.writer.transport.abort()
        deaf.writer.transport.abort()


HELLO = b'{"jsonrpc": "2.0", "id": 1, "method": "session.hello", "params": {"protocol": 1}}'


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", -32700),
        (b"\xff\xfe", -32700),
        (b'{"jsonrpc": "2.0", "id": NaN}', -32700),
        (b"[" * 60_000, -32700),
        (b'{"a": "' + b"x" * 70_000 + b'"}', -32700),
        (b"[]", -32600),
        (b"1", -32600),
        (b'{"jsonrpc": "1.0", "id": 1, "method": "session.ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": {}, "method": "session.ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": 7}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "agent.dance"}', -32601),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "agent.login", "params": "x"}', -32602),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "agent.login", "params": {}}', -32602),
        (
            b'{"jsonrpc": "2.0", "id": 1, "method": "agent.login", "params":'
            b' {"agent_id": 1001, "password": [], "seat_no": "8001"}}',
            -32602,
        ),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "agent.set_idle"}', 1001),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else str(value),
)
async def test_what_is_wrong_with_a_line_is_told(site: LiveSite, line: bytes, code: int) -> None:
    peer = await LinePeer.connect(site.agent_port)
    peer.write(HELLO + b"\n")
    await peer.read()

    peer.write(line + b"\n")

    answer = await peer.read()
    assert answer["error"]["code"] == code
    assert answer["id"] == (1 if code in (-32601, -32602, 1001) else answer["id"])
    await peer.close()


async def test_the_third_unreadable_line_closes_and_nobody_else_notices(site: LiveSite) -> None:
    async with await AgentClient.connect("127.0.0.1", site.agent_port) as neighbour:
        peer = await LinePeer.connect(site.agent_port)
        peer.write(b"{\n[\n{\n" + HELLO + b"\n")

        answers = await peer.rest()

        closing = answers.pop()
        assert [answer["error"]["code"] for answer in answers] == [-32700] * 3
        assert closing["method"] == "session.closing", json.dumps(closing)
        assert closing["params"]["reason"] == "protocol_error"
        await neighbour.ping()
        await peer.close()
