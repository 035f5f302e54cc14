"""What a running exchange answers to its operators."""

import asyncio
from pathlib import Path

import pytest

from callcenter.ops.methods import Questions
from callcenter.ops.prometheus import exposition
from callcenter.ops.registry import AskError
from tests.support.sim_site import moment, running_site
from tests.support.virtual_loop import virtual_time


@virtual_time
async def test_status_and_counters_follow_a_call(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        questions = Questions(site.exchange, lambda: {"written": 3}, lambda: {"lost": 2}).registry()
        _, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(2)
        phone.answer()
        await asyncio.sleep(10)

        status = await questions.answer("status", {})
        assert (status["calls"], status["sip_calls"]) == (1, {"confirmed": 2})
        assert status["seats"] == {"all": len(site.settings.seats), "registered": 1}
        assert status["agents"] == {"all": len(site.settings.agents), "signed_in": 1, "unstuck": 0}
        assert status["sip"] == ["udp:10.0.0.1:5060"]
        sales = status["queues"][0]
        assert (sales["name"], sales["talking"]) == ("sales", 1)
        trunk = (await questions.answer("trunks", {}))[0]
        assert (trunk["name"], trunk["used"], trunk["max_calls"]) == ("carrier", 1, 3)
        assert [gateway["up"] for gateway in trunk["gateways"]] == [True]
        [registration] = await questions.answer("registrations", {})
        assert registration["seat_no"] == "8001"
        assert registration["source"] == "udp:10.0.1.1:5060"
        media = await questions.answer("media", {})
        assert (media["rooms"], media["recordings"], media["udp_ports"]["open"]) == (1, 1, 2)
        assert [port["party"] for port in media["ports"]] == ["trunk carrier", "seat 8001"]
        assert {port["call_id"] for port in media["ports"]} == {site.call.call_id}
        assert {port["codec"] for port in media["ports"]} == {"PCMA"}

        caller.hang_up()
        await moment()
        counters = await questions.answer("counters", {})
        assert counters["requests_received"]["INVITE"] == 1
        assert counters["requests_sent"]["INVITE"] == 1
        assert counters["responses_sent"][180] == 1
        assert (counters["calls"], counters["sip_calls"]) == (0, {})
        assert 'callcenter_trunk_channels_used{trunk="carrier"} 0' in exposition(counters)
        assert 'callcenter_sip_trace_total{event="written"} 3' in exposition(counters)
        assert 'callcenter_journal_total{event="lost"} 2' in exposition(counters)


@virtual_time
async def test_a_ban_is_seen_and_lifted(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        questions = Questions(site.exchange).registry()
        guard = site.exchange.sip.endpoint.guard
        guard.ban("192.0.2.7", "scanner", site.clock.now(), 60.0)

        [ban] = await questions.answer("bans", {})
        assert (ban["source"], ban["cause"], ban["expires_s"]) == ("192.0.2.7", "scanner", 60)
        assert await questions.answer("unban", {"host": "192.0.2.7"}) == {"unbanned": "192.0.2.7"}
        assert await questions.answer("bans", {}) == []
        with pytest.raises(AskError, match="not banned"):
            await questions.answer("unban", {"host": "192.0.2.7"})
        with pytest.raises(AskError, match="not an IP address"):
            await questions.answer("unban", {"host": "nonsense"})
