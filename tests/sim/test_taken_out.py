"""An operator takes a waiting caller out of the line and sends them elsewhere (IP-2.1.6a)."""

import asyncio
from pathlib import Path

import pytest

from callcenter import events
from callcenter.ops.methods import Questions
from callcenter.ops.registry import AskError, Registry
from callcenter.store.ledger import LedgerProjection
from callcenter.store.rows import QueueEntry, QueueVisit
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

SUPPORT = "4002"


async def waits(site: SimSite, number: str = "13800138000", dnis: str = "4001") -> str:
    """A caller waits; their call's id."""
    before = set(site.exchange.switchboard.calls)
    (await site.caller(number)).dial(dnis)
    await moment()
    [call_id] = set(site.exchange.switchboard.calls) - before
    return call_id


def ledger(site: SimSite) -> tuple[list[QueueEntry], list[QueueVisit]]:
    """What the store makes of the events so far."""
    book = LedgerProjection(site.exchange.clock.wall, iter(map(str, range(99))).__next__)
    rows = [row for event in site.events for row in book.handle(event)]
    entries = [row for row in rows if isinstance(row, QueueEntry)]
    return entries, [row for row in rows if isinstance(row, QueueVisit)]


def questions(site: SimSite) -> Registry:
    return Questions(site.exchange).registry()


@virtual_time
async def test_to_another_queue_with_the_time_that_they_have_waited(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        call_id = await waits(site)
        await asyncio.sleep(10)
        later = await waits(site, "13900139000", SUPPORT)
        [first, second] = await questions(site).answer("waiting", {})
        assert (first["queue"], first["number"]) == ("sales", "13800138000")
        assert first["waited_s"] == pytest.approx(10, abs=1)
        assert (second["queue"], second["call_id"]) == ("support", later)
        params = {"call_id": call_id, "target": "queue:support"}
        assert (await questions(site).answer("transfer", params))["queue"] == "sales"
        await moment()
        desk, _ = await site.agent("1002", "8002")
        await moment()
        assert desk.last("call.ringing")["ani"] == "13800138000"
        assert desk.last("call.ringing")["waited_s"] == pytest.approx(10, abs=1)
        entries, visits = ledger(site)
        assert [(row.queue, row.outcome, row.cause) for row in visits] == [
            ("sales", "transferred", "transferred")
        ]
        assert len(entries) == len(visits) + 2  # one rings, one waits


@virtual_time
async def test_to_a_voicemail_while_a_phone_rings(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        call_id = await waits(site)
        assert desk.state == "ringing"
        await questions(site).answer("transfer", {"call_id": call_id, "target": "voicemail"})
        await moment()
        assert (desk.state, phone.outcome) == ("idle", ("cancelled", 487))
        assert desk.last("call.offer_withdrawn")["cause"] == "caller_left"
        assert site.told(events.QueueLeft)[-1].outcome == "transferred"
        assert call_id in site.exchange.switchboard.calls
        [visit] = ledger(site)[1]
        assert (visit.outcome, visit.offers) == ("transferred", 1)


@virtual_time
async def test_only_who_waits_and_only_where_there_is_something(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        call_id = await waits(site)
        for target, complaint in (
            ("queue:suport", "there is no queue 'suport'; did you mean 'support'"),
            ("flow:nowhere", "there is no flow 'nowhere'"),
            ("queue:sales", "they wait in sales already"),
            ("hangup", "write queue:NAME"),
            ("somewhere", "is not a target"),
        ):
            with pytest.raises(AskError, match=complaint):
                await questions(site).answer("transfer", {"call_id": call_id, "target": target})
        _, phone = await site.agent("1001", "8001")
        phone.answer()
        await moment()
        assert await questions(site).answer("waiting", {}) == []
        for gone in (call_id, "unknown"):
            with pytest.raises(AskError, match="nobody waits whose call is"):
                await questions(site).answer("transfer", {"call_id": gone, "target": "voicemail"})
        assert site.told(events.QueueLeft)[-1].outcome == "answered"
