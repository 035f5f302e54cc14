"""SIPp as carriers, strangers and phones that are refused, each with the answer that is due."""

import re

import pytest

from tests.support.daemon import Daemon
from tests.support.live_site import NARROW_CARRIER, STRANGER, LiveSite
from tests.support.sipp import Sipp, Transport, run


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("scenario", "number"),
    [
        ("refused_404", "4999"),
        ("refused_420", "4001"),
        ("refused_488_wrong_codec", "4001"),
        ("refused_488_unreadable_sdp", "4001"),
        ("options_200", "4001"),
    ],
)
async def test_a_carrier_gets_the_answer_that_is_due(
    site: LiveSite, transport: Transport, scenario: str, number: str
) -> None:
    await run(site, scenario, number=number, transport=transport)


async def test_a_stranger_is_refused(site: LiveSite) -> None:
    await run(site, "refused_403", host=STRANGER)


async def test_a_full_trunk_refuses_and_says_when_to_come_back(
    daemon: Daemon, site: LiveSite
) -> None:
    before = daemon.count("CallStarted")
    async with Sipp(
        site, "caller_hangs_up", number="4000", host=NARROW_CARRIER, pause_ms=1000
    ) as first:
        await daemon.logged_more("CallStarted", before)
        await run(site, "refused_503_retry_after", number="4000", host=NARROW_CARRIER)
        await first.passed()

    await run(site, "caller_hangs_up", number="4000", host=NARROW_CARRIER)


async def test_a_phone_where_nobody_is_signed_in_may_register_but_not_call(site: LiveSite) -> None:
    phone = {"user": "8002", "password": "phone-8002"}
    await run(site, "registered", **phone)

    await run(site, "phone_call_refused_403", number="4001", **phone)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_wrong_password_and_an_unknown_user_look_the_same(
    site: LiveSite, transport: Transport
) -> None:
    wrong = {"password": "guessed", "transport": transport}
    known = await run(site, "registration_refused_403", user="8001", **wrong)
    unknown = await run(site, "registration_refused_403", user="8066", **wrong)

    assert answers(known, "8001") == answers(unknown, "8066")


def answers(messages: str, user: str) -> list[str]:
    """The exchange's answers without what is different in every dialog."""
    received = re.findall(r"message received .*?\n\n(.*?)(?=\n-{10}|\Z)", messages, re.DOTALL)
    assert len(received) == 2
    varies = r'nonce="[^"]*"|branch=\S+|tag=\w+|\d+-\d+@|:\d{4,5}\b|rport=\d+'
    return [re.sub(varies, "…", answer.replace(user, "USER")) for answer in received]
