"""Two softphones that call each other directly: the tools must be right before they judge."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from callcenter.demo.g711 import Law
from callcenter.demo.softphone import CallFailedError, NotHeardError, PhoneCall, Softphone
from sip.outgoing_call import OutgoingCall

_NOBODY = "127.0.0.1:9"


@asynccontextmanager
async def _phones(
    transport: str = "udp", *, auto_answer: bool = True, lines: int = 8, laws: tuple[Law, ...] = ()
) -> AsyncIterator[tuple[Softphone, Softphone]]:
    """A caller, and a phone that it takes for its exchange."""
    called = Softphone(
        f"{transport}:{_NOBODY}",
        "8001",
        auto_answer=auto_answer,
        lines=lines,
        laws=laws or ("PCMA", "PCMU"),
    )
    async with called, Softphone(str(called.address), "13800001234", name="Zoë") as caller:
        yield caller, called


async def _connect(caller: Softphone, called: Softphone) -> tuple[PhoneCall, PhoneCall]:
    ours = await caller.call("8001")
    theirs = await called.incoming()
    theirs.answer()
    await ours.answered()
    await theirs.answered()
    return ours, theirs


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_call_is_made_talked_on_and_ended(transport: str) -> None:
    async with _phones(transport) as (caller, called):
        ours = await caller.call("8001")
        theirs = await called.incoming()
        assert theirs.caller == "13800001234"
        theirs.ring()
        await ours.ringing()
        theirs.answer()
        await asyncio.gather(ours.answered(), theirs.answered())
        ours.say(tone=440)
        theirs.say(tone=620)
        await asyncio.gather(ours.hears(tone=620), theirs.hears(tone=440))
        await ours.press("1#")
        assert theirs.hearing.keys == "1#"
        theirs.say()
        await ours.hears("silence")
        ours.hang_up()
        end = await theirs.ended()
        assert (end.cause, end.by) == ("bye", "remote")
        assert (ours.hearing.lost, theirs.hearing.lost, theirs.hearing.streams) == (0, 0, 1)
    assert caller.calls == called.calls == []


async def test_the_law_is_the_one_that_both_speak() -> None:
    async with _phones(laws=("PCMU",)) as (caller, called):
        ours, theirs = await _connect(caller, called)
        assert ours.remote is not None
        assert ours.remote.law == "PCMU"
        theirs.say(tone=997)
        await ours.hears(tone=997)


async def test_a_refusal_reaches_the_caller() -> None:
    async with _phones() as (caller, called):
        ours = await caller.call("8001")
        (await called.incoming()).reject(486)
        with pytest.raises(CallFailedError) as failed:
            await ours.answered()
        assert failed.value.end.code == 486


async def test_a_caller_who_gives_up_stops_the_ringing() -> None:
    async with _phones() as (caller, called):
        ours = await caller.call("8001")
        theirs = await called.incoming()
        theirs.ring()
        await ours.ringing()
        ours.hang_up()
        assert (await theirs.ended()).cause == "cancelled"
        theirs.answer()  # too late, and harmless
        assert not theirs.is_answered


async def test_a_phone_without_a_free_line_is_busy() -> None:
    async with _phones(lines=1) as (caller, called):
        await _connect(caller, called)
        second = await caller.call("8001")
        with pytest.raises(CallFailedError, match="486"):
            await second.answered()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Call-Info", "<sip:127.0.0.1>;answer-after=0"),
        ("Alert-Info", "<http://127.0.0.1>;info=alert-autoanswer"),
    ],
)
async def test_a_phone_answers_by_itself_when_told_to(name: str, value: str) -> None:
    async with _phones() as (caller, called):
        ours = await caller.call("8001", [(name, value)])
        await ours.answered()
    async with _phones(auto_answer=False) as (caller, called):
        ours = await caller.call("8001", [(name, value)])
        theirs = await called.incoming()
        theirs.ring()
        await ours.ringing()
        assert not theirs.is_answered


async def test_a_ringing_phone_picks_up_on_notify_talk() -> None:
    async with _phones() as (caller, called):
        ours = await caller.call("8001")
        theirs = await called.incoming()
        theirs.ring()
        await ours.ringing()
        assert isinstance(ours.session, OutgoingCall)
        assert ours.session.notify("hold")
        assert ours.session.notify("talk")
        await ours.answered()


async def test_an_offer_that_does_not_fit_is_refused() -> None:
    async with (
        _phones(laws=("PCMU",)) as (_, called),
        Softphone(str(called.address), "1", laws=("PCMA",)) as caller,
    ):
        ours = await caller.call("8001")
        (await called.incoming()).answer()
        with pytest.raises(CallFailedError, match="488"):
            await ours.answered()


async def test_one_who_holds_is_sent_nothing_until_the_call_is_retrieved() -> None:
    async with _phones() as (caller, called):
        ours, theirs = await _connect(caller, called)
        theirs.say(tone=620)
        await ours.hears(tone=620)
        assert await _reinvite(ours, ours.offer().replace(b"sendrecv", b"sendonly")) == 200
        with pytest.raises(NotHeardError, match="heard nothing"):
            await ours.hears(tone=620, within=0.5)
        assert await _reinvite(ours, ours.offer()) == 200
        await ours.hears(tone=620)


async def _reinvite(call: PhoneCall, offer: bytes) -> int:
    code = asyncio.get_running_loop().create_future()
    assert call.session.reinvite(offer, lambda status, _: code.set_result(status))
    return int(await code)


async def test_what_is_heard_instead_is_told() -> None:
    async with _phones() as (caller, called):
        ours, theirs = await _connect(caller, called)
        theirs.say(tone=620)
        with pytest.raises(NotHeardError, match=r"expected a tone of 440 Hz .* tone of 620 Hz"):
            await ours.hears(tone=440, within=0.6)
        waiting = asyncio.create_task(ours.hears("music", within=60))
        await ours.listen(0.1)
        theirs.hang_up()
        with pytest.raises(NotHeardError, match="before the call ended"):
            await waiting


async def test_nobody_calls_in_vain_for_ever() -> None:
    async with _phones() as (_, called):
        with pytest.raises(TimeoutError):
            await called.incoming(within=0.01)


async def test_a_header_that_cannot_be_written_leaves_no_call_behind() -> None:
    async with _phones() as (caller, _):
        with pytest.raises(ValueError, match=r"line break|control"):
            await caller.call("8001", [("X-Evil", "a\r\nBye: b")])
        assert caller.calls == []


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_phone_that_is_switched_off_hangs_up(transport: str) -> None:
    async with _phones(transport) as (_, called):
        async with Softphone(str(called.address), "2") as other:
            ours, theirs = await _connect(other, called)
        assert (await theirs.ended()).by == "remote"
        assert ours.end is not None
