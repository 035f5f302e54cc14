import asyncio
import dataclasses

import pytest

from sip import (
    Address,
    Call,
    Credentials,
    EndpointConfig,
    IncomingCall,
    OutgoingInvite,
    Registration,
    SeatPeer,
    Trunk,
)
from sip.guard import GuardPolicy
from sip.stack import SipStack
from sip.transaction.timers import TimerConfig
from sip.transport import ConnectionLimits, StreamTransport, TransportOptions
from tests.support.ports import free_port
from tests.support.sim_network import SimNetwork
from tests.support.sip_bench import Application, Recorder
from tests.support.stream_end import Inbox
from tests.support.virtual_loop import virtual_time

PBX = "udp:10.0.0.1:5060"
PHONE = "udp:10.0.0.3:5060"


def config(*trunk_hosts: str) -> EndpointConfig:
    return EndpointConfig(realm="pbx", trunks=(Trunk("carrier", trunk_hosts),))


def invite_to(address: Address) -> OutgoingInvite:
    uri = f"sip:4001@{address.host_port}"
    return OutgoingInvite(uri, address, "sip:100@x", uri, b"offer")


class Ended(Recorder):
    """A recorder that can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.over = asyncio.Event()

    def on_ended(self, call: Call, end: object) -> None:
        self.over.set()


class Answering(Application):
    """Answers every call and can be waited for until one is over."""

    def __init__(self) -> None:
        super().__init__()
        self.handler = Ended()
        self.over = self.handler.over

    def on_call(self, call: IncomingCall) -> None:
        self.calls.append(call)
        call.handler = self.handler
        call.answer(b"answer")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_call_over_real_sockets(transport: str) -> None:
    caller = SipStack([f"{transport}:127.0.0.1:0"], Application(), config())
    app = Answering()
    called = SipStack([f"{transport}:127.0.0.1:0"], app, config("127.0.0.1"))
    await caller.start()
    await called.start()
    ended = Ended()
    ended.on_answer = lambda call: call.hangup()
    call = caller.endpoint.invite(invite_to(called.addresses[0]), ended)
    await asyncio.wait_for(ended.over.wait(), 30)
    assert call.remote_body == b"answer"
    await asyncio.wait_for(app.over.wait(), 30)
    await caller.stop()
    await called.stop()


async def test_a_host_s_share_of_connections_is_one_over_all_listeners() -> None:
    options = TransportOptions(limits=ConnectionLimits(per_host=2))
    stack = SipStack(["tcp:127.0.0.1:0"] * 3, Application(), config(), options=options)
    await stack.start()
    ends = [await asyncio.open_connection(a.host, a.port) for a in stack.addresses]
    last, _ = ends[-1]
    assert await last.read() == b""
    for _, writer in ends:
        writer.close()
    await stack.stop()


@pytest.mark.parametrize("has_tcp", [True, False])
async def test_a_large_offer_arrives_over_tcp_or_else_over_udp(has_tcp: bool) -> None:
    """RFC 3261 §18.1.1: where TCP is refused, UDP has to do."""
    port = free_port()
    caller = SipStack(["udp:127.0.0.1:0", "tcp:127.0.0.1:0"], Application(), config())
    app = Answering()
    listen = [f"udp:127.0.0.1:{port}", *([f"tcp:127.0.0.1:{port}"] if has_tcp else [])]
    called = SipStack(listen, app, config("127.0.0.1"))
    await caller.start()
    await called.start()
    ended = Ended()
    ended.on_answer = lambda call: call.hangup()
    offer = dataclasses.replace(invite_to(called.addresses[0]), body=b"v" * 1300)
    caller.endpoint.invite(offer, ended)
    await asyncio.wait_for(ended.over.wait(), 30)
    await asyncio.wait_for(app.over.wait(), 30)
    assert app.calls[0].source.transport == ("tcp" if has_tcp else "udp")
    assert app.calls[0].body == offer.body
    await caller.stop()
    await called.stop()


class SlowTcp(StreamTransport):
    """Connects only when it is let."""

    def __init__(self) -> None:
        super().__init__(Address("tcp", "127.0.0.1", 0))
        self.let = asyncio.Event()

    async def _open(self, destination: Address) -> None:
        await self.let.wait()
        await super()._open(destination)


async def test_a_connection_that_comes_too_late_does_not_bring_the_request_again() -> None:
    port, slow, app = free_port(), SlowTcp(), Answering()
    hasty = dataclasses.replace(config(), timers=TimerConfig(t1=0.1))
    caller = SipStack(["udp:127.0.0.1:0", slow], Application(), hasty)
    called = SipStack([f"udp:127.0.0.1:{port}"], app, config("127.0.0.1"))
    inbox = Inbox()
    late = StreamTransport(Address("tcp", "127.0.0.1", port))
    await late.start(inbox)
    await caller.start()
    await called.start()
    ended = Ended()
    ended.on_answer = lambda call: call.hangup()
    offer = dataclasses.replace(invite_to(called.addresses[0]), body=b"v" * 1300)
    caller.endpoint.invite(offer, ended)
    await asyncio.wait_for(app.over.wait(), 30)
    assert app.calls[0].source.transport == "udp"
    slow.send(b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n", late.local)
    slow.let.set()
    data, _, _ = await asyncio.wait_for(inbox.messages.get(), 30)
    assert data.startswith(b"OPTIONS ")
    for each in (caller, called, late):
        await each.stop()


async def test_a_call_that_is_given_up_before_there_is_a_connection_is_never_sent() -> None:
    slow, inbox = SlowTcp(), Inbox()
    caller = SipStack([slow], Application(), config())
    called = StreamTransport(Address("tcp", "127.0.0.1", 0))
    await called.start(inbox)
    await caller.start()
    caller.endpoint.invite(invite_to(called.local), Ended()).hangup()
    slow.send(b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n", called.local)
    slow.let.set()
    data, _, _ = await asyncio.wait_for(inbox.messages.get(), 30)
    assert data.startswith(b"OPTIONS ")
    for each in (caller, called):
        await each.stop()


@pytest.mark.parametrize("loss", [0.0, 0.2])
@virtual_time
async def test_a_registered_phone_is_called(loss: float) -> None:
    network = SimNetwork(delay=0.03, jitter=0.02, loss=loss, seed=7)
    phone_app = Application(react=lambda call: call.answer(b"answer"))
    pbx = SipStack([network.transport(PBX)], Application(passwords={"8001": "secret"}), config())
    phone = SipStack([network.transport(PHONE)], phone_app, config("10.0.0.1"))
    await pbx.start()
    await phone.start()
    loop = asyncio.get_running_loop()
    registered: asyncio.Future[tuple[int, int]] = loop.create_future()
    phone.endpoint.register(
        Registration("sip:8001@10.0.0.1", pbx.addresses[0], Credentials("8001", "secret")),
        lambda code, seconds: registered.set_result((code, seconds)),
    )
    assert await registered == (200, 300)
    binding = pbx.endpoint.registrar.lookup("8001", loop.time())
    assert binding is not None
    ear = Ended()
    pbx.endpoint.invite(
        OutgoingInvite(binding.contact_uri, binding.source, "sip:100@x", "sip:8001@x", b"o"), ear
    )
    await asyncio.sleep(60)
    assert ("answered", b"answer") in ear.log
    phone_app.calls[0].hangup()
    await ear.over.wait()
    await asyncio.sleep(200)
    assert (pbx.endpoint.call_count, phone.endpoint.next_deadline()) == (0, None)
    assert (network.lost > 0) is (loss > 0)
    await pbx.stop()
    await phone.stop()


@virtual_time
async def test_a_phone_calls_with_its_password() -> None:
    network = SimNetwork(delay=0.02)
    app = Application(passwords={"8001": "secret"}, react=lambda call: call.reject(404))
    anywhere = dataclasses.replace(config(), guard=GuardPolicy(roaming=True))
    pbx = SipStack([network.transport(PBX)], app, anywhere)
    phone = SipStack([network.transport(PHONE)], Application(), config())
    await pbx.start()
    await phone.start()
    ear = Ended()
    invite = dataclasses.replace(
        invite_to(pbx.addresses[0]),
        from_uri="sip:8001@10.0.0.1",
        credentials=Credentials("8001", "secret"),
    )
    phone.endpoint.invite(invite, ear)
    await ear.over.wait()
    assert app.calls[0].peer == SeatPeer("8001")
    await pbx.stop()
    await phone.stop()


@virtual_time
async def test_a_stack_that_was_stopped_has_its_timer_when_it_is_started_again() -> None:
    network = SimNetwork()
    stack = SipStack([network.transport(PBX)], Application(), config())
    nobody = Address.parse(PHONE)
    await stack.start()
    stack.endpoint.invite(invite_to(nobody), Ended())
    await stack.stop()
    await stack.start()
    ear = Ended()
    stack.endpoint.invite(invite_to(nobody), ear)
    await asyncio.wait_for(ear.over.wait(), 60)
    await stack.stop()


async def test_when_one_address_cannot_be_bound_none_stays_bound() -> None:
    taken = SipStack(["udp:127.0.0.1:0"], Application(), config())
    await taken.start()
    stack = SipStack(["tcp:127.0.0.1:0", str(taken.addresses[0])], Application(), config())
    with pytest.raises(OSError, match=str(taken.addresses[0])):
        await stack.start()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(stack.addresses[0].host, stack.addresses[0].port)
    await taken.stop()


@pytest.mark.parametrize("listen", ["5060", "sctp:1.2.3.4:1", "udp:host:port"])
def test_a_bad_address_is_refused_at_once(listen: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        SipStack([listen], Application(), config())
