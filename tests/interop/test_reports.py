"""Reports of quality (RTCP) between us and real phones: the way there and back is measured."""

import asyncio
import json
from typing import Any

import pytest

from tests.interop.test_secret_voice import Secret, secret
from tests.support.baresip import Baresip, Secrecy
from tests.support.daemon import run_command
from tests.support.linphone import Linphone
from tests.support.live_site import LiveSite

__all__ = ["secret"]
WITHIN_S = 25.0
"""A phone reports every 5 s or so, we every 2 to 6; and each must have had the other's first."""


async def _reported(site: LiveSite, *parties: str) -> None:
    """Until each has told how our voice came, and when it had our report; all is well there."""
    ports: dict[str, Any] = {}
    try:
        async with asyncio.timeout(WITHIN_S):
            while not all(party in ports for party in parties):
                code, told, why = await asyncio.to_thread(
                    run_command, "media", "--json", cwd=site.folder
                )
                assert code == 0, why
                measured = (p for p in json.loads(told)["ports"] if p["round_trip_ms"] is not None)
                ports = {port["party"]: port for port in measured}
    except TimeoutError:
        pytest.fail(f"measured are only {ports}")
    for party in parties:
        assert ports[party]["round_trip_ms"] < 1000
        assert ports[party]["remote_lost"] == 0
        assert ports[party]["mos"] > 3


async def test_baresip_and_linphone_report_and_are_reported_to(site: LiveSite) -> None:
    async with Baresip(site, "8012", 620), Linphone(site, "8011", 440) as linphone:
        linphone.command("call 8012")
        await linphone.shows("connected")
        await _reported(site, "seat 8011", "seat 8012")
        linphone.command("terminate")
        await linphone.shows("ended (No error)")


@pytest.mark.proof
@pytest.mark.parametrize(("secrecy", "rtcp_mux"), [("required", False), ("dtls", True)])
async def test_secret_reports_are_understood_both_ways(
    secret: Secret, secrecy: Secrecy, rtcp_mux: bool
) -> None:
    """SRTCP, beside the voice at ports of its own, and with it."""
    async with (
        secret.baresip("8011", secrecy, rtcp_mux=rtcp_mux) as phone,
        secret.softphone("8012") as plain,
    ):
        await phone.dial("8012")
        call = await plain.incoming()
        call.answer()
        await call.answered()
        call.say(440)
        await _reported(secret.site, "seat 8011")
        call.hang_up()
        await phone.told("CALL_CLOSED")
