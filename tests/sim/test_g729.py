"""G.729 is passed on from one who speaks nothing else to one who does, too; nothing else is done
with it, and what would need more is refused."""

import asyncio
from pathlib import Path

import pytest

import sip
from callcenter import events
from tests.sim.test_replaces import replacing
from tests.sim.test_supervision import supervisor
from tests.sim.test_transfers import Transfer
from tests.support.sim_phone import SimPhone, sdp
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

ALONE, BESIDE, OTHER = "18 101", "18 8 101", "8 101"
CARRIER = "10.0.0.9"
NUMBER = "01062345678"
DIRECT = """
[pbx]
dial = "all"
[[number]]
dnis = "4100"
extension = "8012"
answer = "at_once"
[[route]]
name = "all"
trunks = ["carrier"]
progress = true
"""
WIDE, THIN = "10.0.2.1", "10.0.2.2"
TWO_CARRIERS = f"""
[pbx]
dial = "all"
[[trunk]]
name = "wide"
hosts = ["{WIDE}"]
group = "two"
[[trunk]]
name = "thin"
hosts = ["{THIN}"]
group = "two"
priority = 1
[[route]]
name = "all"
trunks = ["two"]
"""
MISFIT = "the called phone takes no G729, and the caller nothing else"


def speaks(phone: SimPhone, payloads: str) -> SimPhone:
    """From now on the phone offers and answers these."""
    phone.media = lambda: sdp(phone.host, payloads=payloads)
    return phone


async def talking(site: SimSite) -> tuple[SimPhone, SimPhone]:
    """8011 has called 8012, and both speak G.729 alone."""
    caller = speaks(await site.phone("8011"), ALONE)
    called = speaks(await site.phone("8012"), ALONE)
    called.answer_calls()
    caller.dial("8012")
    await moment()
    assert (caller.hears, called.hears) == ("8012", "8011")
    return caller, called


def codecs(site: SimSite) -> list[str]:
    """What is spoken at the ports that are open."""
    streams = [port.stream for port in site.plane.ports if not port.closed]
    return [stream.codec for stream in streams if stream is not None]


def offered(site: SimSite) -> str:
    """The formats of the newest offer of ours."""
    invite = [text for text in site.network.sent("INVITE") if "IN IP4 10.0.0.1\r\nt=" in text][-1]
    return invite.partition("RTP/AVP ")[2].partition("\r\n")[0]


@pytest.mark.parametrize(
    ("caller_speaks", "called_speaks", "offer", "outcome"),
    [
        (ALONE, ALONE, "18 101", ["G729", "G729"]),
        (ALONE, BESIDE, "18 101", ["G729", "G729"]),
        (ALONE, OTHER, "18 101", 488),
        (BESIDE, ALONE, "8 0 101", 480),
        (BESIDE, BESIDE, "8 0 101", ["PCMA", "PCMA"]),
        (OTHER, ALONE, "8 0 101", 480),
    ],
)
@virtual_time
async def test_the_codec_of_both_is_agreed_on_before_either_is_answered(
    tmp_path: Path, caller_speaks: str, called_speaks: str, offer: str, outcome: object
) -> None:
    async with running_site(tmp_path) as site:
        caller = speaks(await site.phone("8011"), caller_speaks)
        called = speaks(await site.phone("8012"), called_speaks)
        called.answer_calls(after=1)
        caller.dial("8012")
        await asyncio.sleep(2)

        assert offered(site) == offer
        if isinstance(outcome, list):
            assert codecs(site) == outcome
            assert (caller.hears, called.hears) == ("8012", "8011")
            called.press("7")
            caller.hang_up()
            await moment()
            assert called.outcome == ("bye", 200)
        else:
            assert caller.outcome == ("rejected", outcome)
            told = [each.get("reason") for each in site.logged("info")]
            assert (MISFIT in told) is (outcome == 488)


@pytest.mark.parametrize("code", [415, 488, 606])
@virtual_time
async def test_a_phone_that_refuses_the_voice_is_why_the_call_is(tmp_path: Path, code: int) -> None:
    async with running_site(tmp_path) as site:
        caller, called = speaks(await site.phone("8011"), ALONE), await site.phone("8012")
        called.on_call = lambda call: call.reject(code)
        caller.dial("8012")
        await moment()
        assert caller.outcome == ("rejected", 488)
        caller.media = lambda: sdp(caller.host)
        caller.dial("8012")
        await moment()
        assert caller.outcome == ("rejected", 480), "another call is refused as ever"


@virtual_time
async def test_a_carrier_that_does_not_speak_it_has_the_next_one_tried(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=TWO_CARRIERS) as site:
        thin, wide = await site.gateway(THIN), await site.gateway(WIDE)
        wide.on_call = lambda call: call.reject(488)
        speaks(thin, ALONE).answer_calls()
        phone = speaks(await site.phone("8012"), ALONE)
        phone.dial(NUMBER)
        await moment()
        assert wide.outcome == ("rejected", 488)
        assert (phone.hears, thin.hears) == ("gateway", "8012")
        phone.hang_up()
        await moment()

        thin.on_call = wide.on_call
        phone.dial(NUMBER)
        await moment()
        assert phone.outcome == ("rejected", 488), "neither takes it"
        assert (len(wide.calls), len(thin.calls)) == (2, 2)


@pytest.mark.parametrize("number", ["4001", "4000"])
@virtual_time
async def test_a_call_that_something_is_played_to_is_refused(tmp_path: Path, number: str) -> None:
    async with running_site(tmp_path) as site:
        caller = speaks(await site.caller(), ALONE)
        caller.dial(number)
        await moment()
        assert caller.outcome == ("rejected", 488)
        [refused] = site.told(events.CallRefused)
        assert refused.cause == "G729 alone"


@virtual_time
async def test_it_can_be_switched_off(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        site.settings.media.__dict__["g729"] = "refuse"
        caller = speaks(await site.phone("8011"), ALONE)
        speaks(await site.phone("8012"), ALONE)
        caller.dial("8012")
        await moment()
        assert caller.outcome == ("rejected", 488)
        assert site.told(events.CallRefused)[0].cause == "G729 alone"


@virtual_time
async def test_to_the_outside_and_from_there(tmp_path: Path) -> None:
    """A number that is answered at once waits for the phone; what is to be recorded and is not, is
    told."""
    async with running_site(tmp_path, more=DIRECT) as site:
        gateway = speaks(await site.gateway(CARRIER), ALONE)
        gateway.answer_calls(after=1)
        phone = speaks(await site.phone("8012"), ALONE)
        phone.dial(NUMBER)
        await asyncio.sleep(2)
        assert (phone.hears, gateway.hears) == ("gateway", "8012")
        assert offered(site) == "18 101"
        assert gateway.port.ears == frozenset(), "there is nothing to be heard on the line"
        phone.hang_up()
        await moment()

        phone.answer_calls(after=2)
        gateway.dial("4100", from_user="13800138000")
        await asyncio.sleep(1)
        assert gateway.call.state is not sip.CallState.CONFIRMED
        await asyncio.sleep(2)
        assert (phone.hears, gateway.hears) == ("gateway", "8012")
        assert not site.plane.recordings
        failed = site.told(events.RecordingFailed)
        assert [each.error for each in failed] == ["G729 is passed on, not decoded"] * 2
        gateway.hang_up()
        await moment()

        speaks(gateway, OTHER)
        phone.dial(NUMBER)
        await asyncio.sleep(2)
        assert phone.outcome == ("rejected", 488)


@virtual_time
async def test_a_forward_to_a_flow_or_a_device_that_is_asked_first_is_refused(
    tmp_path: Path,
) -> None:
    more = """
[[seat]]
seat_no = "8021"
password = "phone-8021"
pbx = true
forward_no_answer = "voicemail:sales"
[[seat]]
seat_no = "8022"
kind = "number"
number = "13900139000"
pbx = true
"""
    async with running_site(tmp_path, more=more) as site:
        caller = speaks(await site.phone("8011"), ALONE)
        for number in ("8021", "8022"):
            caller.dial(number)
            await moment()
            assert caller.outcome == ("rejected", 488), number


@virtual_time
async def test_what_was_agreed_on_stays_of_its_kind(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, called = await talking(site)
        assert caller.call.reinvite(sdp(caller.host))
        assert called.call.reinvite(sdp(called.host, "sendonly", ALONE))
        await moment()
        assert codecs(site) == ["G729", "G729"]
        assert (caller.hears, called.hears) == ("", ""), "who is held hears no music"
        assert called.call.reinvite(sdp(called.host, payloads=ALONE))
        await moment()
        assert (caller.hears, called.hears) == ("8012", "8011")


@pytest.mark.parametrize(
    ("third_speaks", "told", "hears"), [(ALONE, 200, "8013"), (OTHER, 488, "8011")]
)
@virtual_time
async def test_it_is_given_on_to_who_speaks_it(
    tmp_path: Path, third_speaks: str, told: int, hears: str
) -> None:
    async with running_site(tmp_path) as site:
        gives, stays = await talking(site)
        third = speaks(await site.phone("8013"), third_speaks)
        third.answer_calls()
        transfer = Transfer(gives.call, "8013")
        await moment()
        assert transfer.told[-1] == told
        assert stays.hears == hears


@virtual_time
async def test_a_talk_is_not_joined_with_one_of_another_kind(tmp_path: Path) -> None:
    """Nor given on to a queue."""
    async with running_site(tmp_path) as site:
        gives, stays = await talking(site)
        third = await site.phone("8013")
        third.answer_calls()
        first = gives.call
        speaks(gives, OTHER).dial("8013")
        await moment()
        assert third.hears == "8011"
        refused = Transfer(first, "8013", gives.call)
        await moment()
        assert refused.told == [488]
        queue = Transfer(first, "4001")
        await moment()
        assert queue.told[-1] == 488
        assert stays.hears == "8011"


@virtual_time
async def test_what_an_agent_may_not_do_with_it(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=DIRECT) as site:
        gateway = speaks(await site.gateway(CARRIER), ALONE)
        gateway.answer_calls()
        desk, phone = await site.agent("1001", "8001")
        boss, _ = await supervisor(site)
        speaks(phone, ALONE).dial(NUMBER)
        await moment()
        assert (phone.hears, gateway.hears) == ("gateway", "8001")
        media_failed = (1401, "media_failed")
        call = {"call_id": desk.last("call.answered")["call_id"]}
        assert await desk.refusal("call.start_recording", **call, name="x") == media_failed
        assert await desk.refusal("call.play", **call, text="Hello", then="return") == media_failed
        flow = {"target": {"queue": "support"}}
        assert await desk.refusal("call.transfer", **call, **flow) == (1103, "no_such_target")
        third = {"target": {"number": "8011"}}
        assert await desk.refusal("call.conference", **call, **third) == (1101, "wrong_state")
        for method in ("monitor", "whisper", "barge", "intercept"):
            refused = await boss.refusal(f"supervisor.{method}", target="1001")
            assert refused == media_failed, method
        refused = await boss.refusal("supervisor.record", target="1001", name="x")
        assert refused == media_failed

        await desk.ask("call.send_digits", **call, digits="12")
        assert gateway.port.keys_heard == "12"
        assert gateway.call.reinvite(sdp(gateway.host, payloads="18"))
        await moment()
        refused = await desk.refusal("call.send_digits", **call, digits="3")
        assert refused == (1101, "wrong_state")

        await desk.ask("call.hold", **call)
        await moment()
        assert (phone.hears, gateway.hears) == ("", "")
        await desk.ask("call.retrieve", **call)
        await moment()
        assert (phone.hears, gateway.hears) == ("gateway", "8001")


@virtual_time
async def test_somebody_may_be_asked_but_all_three_hear_nothing_of_each_other(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path) as site:
        asks, stays = await talking(site)
        third = speaks(await site.phone("8013"), ALONE)
        third.answer_calls()
        asks.press(sip.FLASH)
        for key in "8013*":
            asks.press(key)
        await asyncio.sleep(1)
        assert (asks.hears, third.hears, stays.hears) == ("8013", "8011", "")
        asks.press("*")
        await moment()
        assert (asks.hears, third.hears, stays.hears) == ("8013", "8011", "")
        assert [each["by"] for each in site.logged("info") if each["event"] == "no conference"] == [
            "8011"
        ]
        asks.press(sip.FLASH)
        await moment()
        assert (asks.hears, stays.hears) == ("8012", "8011")


@virtual_time
async def test_who_takes_a_phones_place_has_to_speak_it(tmp_path: Path) -> None:
    """RFC 3891: another phone of the seat."""
    async with running_site(tmp_path) as site:
        caller, called = await talking(site)
        other, named = await site.phone("8012", host="10.0.5.2"), replacing(called.call)
        speaks(other, OTHER).dial("8011", headers=named)
        await moment()
        assert other.outcome == ("rejected", 488)
        assert caller.hears == "8012"
        speaks(other, BESIDE).dial("8011", headers=named)
        await moment()
        assert called.outcome == ("bye", 200)
        assert codecs(site) == ["G729", "G729"]
        assert (caller.hears, other.hears) == ("8012", "8011")
