"""What agents do at their phones instead of at the desk: hook flash, REFER, and the key that takes
a call at an outside telephone. SIPp's phones, by INFO and REFER; a flash by telephone event, too.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import sip
from agent_proto import AgentClient
from callcenter.demo.phone_call import PhoneCall
from callcenter.demo.softphone import Softphone
from tests.support.daemon import serving
from tests.support.live_desk import desk
from tests.support.live_site import LiveSite, write_site
from tests.support.ports import free_port
from tests.support.sipp import Sipp, registered_phone

CALLER_HZ, AGENT_HZ, HELPER_HZ = 440, 620, 880
MOBILES = "127.0.0.4"
MORE = """
[[seat]]
seat_no = "8021"
password = "phone-8021"
answer_mode = "nailed_up"
[[seat]]
seat_no = "8031"
kind = "number"
number = "13900000001"
[[trunk]]
name = "mobiles"
hosts = ["127.0.0.4:{}"]
[[route]]
name = "mobile"
prefix = "139"
trunks = ["mobiles"]
[[queue]]
name = "hasty"
skills = {{ support = 1 }}
ring_timeout = 3
[[number]]
dnis = "4010"
queue = "hasty"
"""


@pytest.fixture(scope="module")
def mobile_port() -> int:
    """Where the mobile network's gateway is."""
    return free_port()


@pytest.fixture(scope="module")
def site(
    speech_cache: Path, tmp_path_factory: pytest.TempPathFactory, mobile_port: int
) -> Iterator[LiveSite]:
    """One daemon for all."""
    folder, more = tmp_path_factory.mktemp("keys"), MORE.format(mobile_port)
    with serving(write_site(folder, speech_cache, more=more)) as daemon:
        yield daemon.site


@asynccontextmanager
async def calling(site: LiveSite, number: str = "4001") -> AsyncIterator[PhoneCall]:
    """A caller who says their tone."""
    async with Softphone(site.exchange(), "13800000001") as phone:
        call = await phone.call(number)
        yield call
        call.hang_up()


def colleague(site: LiveSite) -> Softphone:
    return Softphone(site.exchange(), "8012", password="phone-8012")


async def taken(phone: Softphone) -> PhoneCall:
    """The colleague picks up and says their tone."""
    call = await phone.incoming()
    call.answer()
    await call.answered()
    call.say(HELPER_HZ)
    return call


async def test_a_flash_and_keys_by_info(site: LiveSite) -> None:
    async with (
        registered_phone(site, "phone_flashes_by_info") as phone,
        colleague(site) as other,
        desk(site) as agent,
        calling(site) as call,
    ):
        call_id = (await agent.wait_for("call.answered")).call_id
        call.say(CALLER_HZ)
        phone.go_on()
        asked = await taken(other)
        await agent.wait_for("call.participant_joined", call_id=call_id)
        await call.hears("music", within=6)
        phone.go_on()
        await agent.wait_for("call.conferenced", call_id=call_id)
        await asyncio.gather(call.hears(tone=HELPER_HZ), asked.hears(tone=CALLER_HZ))
        phone.go_on()
        await phone.passed()
        left = await agent.wait_for("call.ended", call_id=call_id)
        assert left.params["cause"] == "transferred"
        await asyncio.gather(call.hears(tone=HELPER_HZ), asked.hears(tone=CALLER_HZ))


async def test_a_flash_and_keys_by_telephone_events(site: LiveSite) -> None:
    async with (
        Softphone(site.exchange(), "8001", password="phone-8001") as phone,
        colleague(site) as other,
        desk(site) as agent,
        calling(site) as call,
    ):
        handset = await phone.incoming()
        handset.answer()
        await call.answered()
        call.say(CALLER_HZ)
        handset.say(AGENT_HZ)
        await asyncio.gather(call.hears(tone=AGENT_HZ), handset.hears(tone=CALLER_HZ))
        await handset.press(sip.FLASH + "8012*")
        asked = await taken(other)
        await asyncio.gather(call.hears("music", within=6), handset.hears(tone=HELPER_HZ))
        await handset.press(sip.FLASH)
        await asked.ended()
        await asyncio.gather(call.hears(tone=AGENT_HZ), handset.hears(tone=CALLER_HZ))
        await handset.press(sip.FLASH + "8012*")
        asked = await taken(other)
        await handset.hears(tone=HELPER_HZ)
        handset.hang_up()
        await asyncio.gather(call.hears(tone=HELPER_HZ), asked.hears(tone=CALLER_HZ))
        await agent.wait_for("call.transferred")
        call.hang_up()
        await asked.ended()

        own = await phone.call("8012*")  # off the hook, number and star (WZ-T11)
        asked = await taken(other)
        await own.hears(tone=HELPER_HZ)
        own.hang_up()


def mobile_phone(site: LiveSite, behaviour: str, port: int) -> Sipp:
    """Ann's, behind the mobile network's gateway."""
    return Sipp(site, behaviour, host=MOBILES, port=port, user="13900000001")


async def test_a_key_takes_the_call_at_an_outside_telephone(
    site: LiveSite, mobile_port: int
) -> None:
    async with (
        mobile_phone(site, "telephone_presses_one", mobile_port) as mobile,
        desk(site, seat_no="8031") as agent,
        calling(site) as call,
    ):
        ringing = await agent.wait_for("call.ringing")
        await mobile.received("ACK sip:")
        assert (await agent.get()).calls[0].state == "ringing", "not yet: it may be a mailbox"
        await call.hears("music", within=6)
        mobile.go_on()
        await agent.wait_for("call.answered", call_id=ringing.call_id)
        await agent.hangup(ringing.call_id)
        await mobile.passed()
        assert "INVITE sip:13900000001@" in mobile.messages


async def test_a_mailbox_does_not_take_it(site: LiveSite, mobile_port: int) -> None:
    async with (
        mobile_phone(site, "phone_answers", mobile_port) as mobile,
        desk(site, seat_no="8031") as agent,
        calling(site, "4010"),
    ):
        await agent.wait_for("call.ringing")
        await agent.wait_for("agent.state_changed", state="busy", reason="no_answer")
        await mobile.passed()
        assert "call.answered" not in [event.name for event in agent.history]


@asynccontextmanager
async def in_a_nailed_up_phone(
    site: LiveSite, scenario: str, calls: int = 1
) -> AsyncIterator[tuple[Sipp, AgentClient, str]]:
    """The phone, connected for the shift, the agent, and the call that is in it."""
    phone = registered_phone(site, scenario, "8021", password="phone-8021", calls=calls)
    async with phone as device, desk(site, seat_no="8021") as agent, calling(site) as call:
        ringing = await agent.wait_for("call.ringing")
        assert ringing.call_id is not None
        await agent.answer(ringing.call_id)
        await agent.wait_for("call.answered")
        await call.answered()
        call.say(CALLER_HZ)
        yield device, agent, ringing.call_id


async def test_a_nailed_up_phone_gives_its_call_on(site: LiveSite) -> None:
    """Its phone then hangs up, as phones do: it is called again, and the agent is idle."""
    async with (
        colleague(site) as other,
        in_a_nailed_up_phone(site, "nailed_up_phone_refers", 2) as (device, agent, call_id),
    ):
        device.go_on()
        given = await taken(other)
        told = await agent.wait_for("call.transferred", call_id=call_id)
        assert told.params["how"] == "blind"
        await given.hears(tone=CALLER_HZ)
        await device.received("ACK sip:", 2)
        assert (await agent.get()).state == "idle"


async def test_a_nailed_up_phone_joins_whom_it_asked(site: LiveSite) -> None:
    async with (
        colleague(site) as other,
        in_a_nailed_up_phone(site, "nailed_up_phone_asks") as (device, agent, call_id),
    ):
        device.go_on()
        asked = await taken(other)
        await device.received("CSeq: 2 ACK")
        device.go_on()
        told = await agent.wait_for("call.transferred", call_id=call_id)
        assert told.params["how"] == "attended"
        await asked.hears(tone=CALLER_HZ)
        await device.passed()
        assert (await agent.get()).state == "idle"
