"""Who calls, as trunks state it and as people see it."""

from pathlib import Path

import pytest

import sip
from callcenter import events
from tests.support.sim_site import moment, running_site
from tests.support.virtual_loop import virtual_time

TRUNKS = """
[[trunk]]
name = "trusted"
hosts = ["10.0.2.1"]
trusted = true
[[trunk]]
name = "plain"
hosts = ["10.0.2.2"]
[[trunk]]
name = "writes"
hosts = ["10.0.2.3"]
trusted = true
called_in = [{ prefix = "+865718888", strip = 10 }]
caller_in = [{ prefix = "9", strip = 1 }]
ani_format = "e164"
[pbx]
blacklist = ["02199990000"]
"""
TRUSTED, PLAIN, WRITES = "10.0.2.1", "10.0.2.2", "10.0.2.3"
STATED, REAL = "gateway", "057112345678"
PAI = ("P-Asserted-Identity", f'"Wang" <sip:{REAL}@carrier.example>')


@pytest.mark.parametrize(
    ("host", "headers", "ani"),
    [
        (PLAIN, [], STATED),
        (PLAIN, [PAI], STATED),
        (PLAIN, [("Privacy", "id")], ""),
        (TRUSTED, [], STATED),
        (TRUSTED, [PAI], REAL),
        (TRUSTED, [("P-Asserted-Identity", f"<tel:{REAL}>, <sip:x@y>")], REAL),
        (TRUSTED, [("P-Asserted-Identity", "<<<"), ("P-Asserted-Identity", f"<tel:{REAL}>")], REAL),
        (TRUSTED, [("P-Asserted-Identity", "nonsense")], STATED),
        (TRUSTED, [("Remote-Party-ID", f"<sip:{REAL}@carrier.example>;party=calling")], REAL),
        (TRUSTED, [("P-Asserted-Identity", "<tel:+86-571-1;cpc=ordinary>")], "+865711"),
        (TRUSTED, [PAI, ("Privacy", "none")], REAL),
        (TRUSTED, [PAI, ("Privacy", "critical; id")], ""),
        (TRUSTED, [PAI, ("Privacy", "header;user")], ""),
        (WRITES, [("P-Asserted-Identity", f"<sip:9{REAL}@c.example>")], f"+86{REAL[1:]}"),
    ],
)
@virtual_time
async def test_the_calling_number(
    tmp_path: Path, host: str, headers: list[tuple[str, str]], ani: str
) -> None:
    async with running_site(tmp_path, more=TRUNKS) as site:
        gateway = await site.gateway(host)
        gateway.dial("4000", headers=headers)
        await moment()

        [started] = site.told(events.CallStarted)
        assert (started.ani, started.dnis) == (ani, "4000")
        gateway.hang_up()


@virtual_time
async def test_a_called_number_is_rewritten_before_it_is_looked_up(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=TRUNKS) as site:
        gateway = await site.gateway(WRITES)
        gateway.dial("+8657188884000")
        await moment()

        assert [started.dnis for started in site.told(events.CallStarted)] == ["4000"]
        assert gateway.up
        gateway.hang_up()


@virtual_time
async def test_who_hides_from_people_does_not_hide_from_the_blacklist(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=TRUNKS) as site:
        gateway = await site.gateway(TRUSTED)
        pai = ("P-Asserted-Identity", "<sip:02199990000@carrier.example>")
        gateway.dial("4000", headers=[pai, ("Privacy", "id")])
        await moment()

        assert gateway.outcome == ("rejected", 603)
        [refused] = site.told(events.CallRefused)
        assert refused.cause == "blacklist"


@virtual_time
async def test_numbers_come_without_what_carriers_hang_on_them(tmp_path: Path) -> None:
    """Parameters of a telephone number stand in the user part of a SIP URI (RFC 3966, 4904)."""
    async with running_site(tmp_path, more=TRUNKS) as site:
        gateway = await site.gateway(PLAIN)
        gateway.dial("4000;phone-context=+86", from_user="13800138000;noa=national;cpc=ordinary")
        await moment()

        assert [(call.ani, call.dnis) for call in site.told(events.CallStarted)] == [
            ("13800138000", "4000")
        ]
        gateway.hang_up()


@virtual_time
async def test_a_carrier_that_challenges_us_in_its_own_call_is_answered(tmp_path: Path) -> None:
    """Else it would go on, and be charged, until the carrier's session timer finds out."""
    trunk = '[[trunk]]\nname = "t"\nhosts = ["10.0.2.1"]\nuser = "centre"\npassword = "secret"\n'
    async with running_site(tmp_path, more=trunk) as site:
        gateway = await site.gateway("10.0.2.1")
        gateway.dial("4001")
        await moment()
        [call] = site.exchange.switchboard.calls.values()
        session = call.leg.session
        assert session is not None
        assert session.credentials == sip.Credentials("centre", "secret")
        gateway.hang_up()
