"""A whole call centre in virtual time: the real exchange between simulated wires.

Real are the exchange, its SIP stack and the agent protocol's session core; simulated are the
network (`sim_network`), the media engine (`fake_media`), the prompts (each a second long) and the
TCP connection of the agents' clients.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import structlog

import sip
from callcenter import events
from callcenter.clock import Clock
from callcenter.exchange import Exchange, Outside
from callcenter.settings import Settings, loads
from callcenter.speech.prompt import File, Prompt, Silence, Text, Tone
from ivr import load_flows
from sip.stack import SipStack
from tests.support.fake_media import FakePlane, FakePort
from tests.support.sim_network import SimNetwork

HOST = "10.0.0.1"
CARRIER = "10.0.0.9"

SITE = """
[sip]
listen = ["udp:10.0.0.1:5060"]
domain = "10.0.0.1"
[media]
address = "10.0.0.1"
[store]
recordings = "{folder}/recordings"
voicemail = "{folder}/voicemail"
[[trunk]]
name = "carrier"
hosts = ["10.0.0.9:5060"]
max_calls = 3
[[queue]]
name = "sales"
skills = {{ sales = 1 }}
max_wait = 20
on_timeout = "voicemail"
[[queue]]
name = "support"
skills = {{ support = 1 }}
max_wait = 600
acw = 15
[[number]]
dnis = "4001"
queue = "sales"
[[number]]
dnis = "4002"
queue = "support"
[[number]]
dnis = "4000"
flow = "welcome"
[[seat]]
seat_no = "8001"
password = "phone-8001"
[[seat]]
seat_no = "8002"
password = "phone-8002"
[[seat]]
seat_no = "8004"
password = "phone-8004"
answer_mode = "protocol"
[[agent]]
agent_id = "1001"
name = "Ann"
password = "agent-1001"
skills = {{ sales = 5, support = 3 }}
[[agent]]
agent_id = "1002"
name = "Bo"
password = "agent-1002"
skills = {{ support = 5 }}
[[agent]]
agent_id = "1004"
name = "Dai"
password = "agent-1004"
skills = {{ sales = 1 }}
"""


@dataclass
class FakePrompts:
    """Every prompt lasts a second; its label says what it is."""

    plane: FakePlane
    loaded: dict[Prompt, int] = field(default_factory=dict)

    async def load(self, *prompts: Prompt) -> Sequence[int]:
        return [self._load(prompt) for prompt in prompts]

    def _load(self, prompt: Prompt) -> int:
        if prompt not in self.loaded:
            self.loaded[prompt] = audio = self.plane.load_audio(bytes(16_000))
            self.plane.labels[audio] = label(prompt)
        return self.loaded[prompt]


def label(prompt: Prompt) -> str:
    """How `FakePort.heard` names a prompt."""
    match prompt:
        case Text(text, _):
            return text
        case File(name):
            return name
        case Tone(name):
            return f"<{name}>"
        case Silence():
            return "<silence>"


class SimPhone(sip.CallHandler):
    """A phone or a carrier's gateway: one SIP stack on the simulated network."""

    def __init__(self, site: "SimSite", user: str, stack: SipStack) -> None:
        self.site = site
        self.user = user
        self.stack = stack
        self.calls: list[sip.Call] = []
        """Every call that came or was made, the newest last."""
        self.log: list[tuple[str, object]] = []
        """What happened, in order: ("ringing", 180), ("answered", …), ("ended", code)."""
        self.on_call: Callable[[sip.IncomingCall], None] = lambda call: call.ring()

    @property
    def call(self) -> sip.Call:
        """The newest call."""
        return self.calls[-1]

    @property
    def port(self) -> FakePort:
        """The exchange's port of the newest call."""
        body = self.call.remote_body
        rtp_port = int(body.split(b"m=audio ")[1].split()[0])
        return self.site.plane.port_at(rtp_port)

    def dial(self, number: str, body: bytes | None = None) -> None:
        """Places a call to the exchange."""
        self.calls.append(
            self.stack.endpoint.invite(
                sip.OutgoingInvite(
                    request_uri=f"sip:{number}@{HOST}",
                    destination=sip.Address("udp", HOST, 5060),
                    from_uri=f"sip:{self.user}@{self.stack.addresses[0].host}",
                    to_uri=f"sip:{number}@{HOST}",
                    body=sdp_offer(self) if body is None else body,
                    credentials=self.credentials,
                ),
                self,
            )
        )

    @property
    def credentials(self) -> sip.Credentials:
        return sip.Credentials(self.user, f"phone-{self.user}")

    async def register(self, expires: int = 300) -> int:
        """Registers; the status code of the answer."""
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.stack.endpoint.register(
            sip.Registration(
                aor=f"sip:{self.user}@{HOST}",
                registrar=sip.Address("udp", HOST, 5060),
                credentials=self.credentials,
                expires=expires,
            ),
            lambda code, _seconds: done.set_result(code),
        )
        return await done

    def answer(self) -> None:
        """Picks the newest call up."""
        call = self.call
        assert isinstance(call, sip.IncomingCall)
        call.answer(sdp_offer(self))

    def take(self, call: sip.IncomingCall) -> None:
        call.handler = self
        self.calls.append(call)
        self.log.append(("incoming", call.from_user))
        self.on_call(call)

    def on_ringing(self, call: sip.Call, code: int, body: bytes) -> None:
        self.log.append(("ringing", code))

    def on_answered(self, call: sip.Call, body: bytes) -> None:
        self.log.append(("answered", 200))

    def on_confirmed(self, call: sip.Call, body: bytes) -> None:
        self.log.append(("confirmed", 200))

    def on_offer(self, call: sip.Call, body: bytes) -> bytes | None:
        return sdp_offer(self)

    def on_ended(self, call: sip.Call, end: sip.CallEnd) -> None:
        self.log.append((end.cause, end.code))


class _PhoneUser(sip.EndpointUser):
    def __init__(self) -> None:
        self.phone: SimPhone | None = None

    def on_call(self, call: sip.IncomingCall) -> None:
        assert self.phone is not None
        self.phone.take(call)

    def password(self, user: str) -> str | None:
        return None

    def on_binding_changed(self, user: str, binding: sip.Binding | None) -> None:
        return None


def sdp_offer(phone: SimPhone) -> bytes:
    """PCMA and telephone-event at the phone's address."""
    host = phone.stack.addresses[0].host
    return (
        f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        "m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
    ).encode()


class SimSite:
    """The exchange and everybody around it."""

    def __init__(self, folder: Path, text: str = SITE, **network: Any) -> None:
        loop = asyncio.get_running_loop()
        self.settings: Settings = loads(text.format(folder=folder), "site.toml", {})
        self.network = SimNetwork(**network)
        self.plane = FakePlane(address=HOST)
        self.prompts = FakePrompts(self.plane)
        self.events: list[events.Event] = []
        self.clock = Clock(loop.time)
        self._ids = count(1)
        self._stacks: list[SipStack] = []
        self.exchange = Exchange(
            self.settings,
            Outside(
                clock=self.clock,
                plane=self.plane,
                prompts=self.prompts,
                flows=load_flows(self.settings.ivr.flows_folder),
                listen=[self.network.transport(f"udp:{HOST}:5060")],
                count_unheard=self._count_unheard,
                logger=structlog.get_logger(),
            ),
        )
        self.exchange.stream.subscribe(self.events.append)

    async def phone(self, user: str, host: str) -> SimPhone:
        """A phone at `host`; not yet registered."""
        phone_user = _PhoneUser()
        realm = sip.EndpointConfig(trunks=(sip.Trunk("exchange", (HOST,)),))
        transport = self.network.transport(f"udp:{host}:5060")
        stack = SipStack([transport], phone_user, realm)
        await stack.start()
        self._stacks.append(stack)
        phone_user.phone = SimPhone(self, user, stack)
        return phone_user.phone

    async def close(self) -> None:
        for stack in self._stacks:
            await stack.stop()
        await self.plane.stop()

    async def _count_unheard(self, _sign_in: object) -> int:
        return 0


@contextlib.asynccontextmanager
async def running_site(folder: Path, text: str = SITE, **network: Any) -> AsyncIterator[SimSite]:
    """A started site; at the end it is drained and nothing may be left."""
    site = SimSite(folder, text, **network)
    stop = asyncio.Event()
    started = asyncio.Event()
    await site.exchange.sip.start()
    board = asyncio.create_task(site.exchange.switchboard.run(started.set, stop))
    await started.wait()
    try:
        yield site
    finally:
        stop.set()
        await board
        await site.exchange.sip.stop()
        site.exchange.dispatcher.close()
        await site.close()
