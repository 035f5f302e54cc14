"""A carrier sends a call of ours elsewhere (3xx)."""

from pathlib import Path

import pytest

import sip
from tests.sim.test_outside_line import NUMBER, Owner
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

TRUNKS = """
[[trunk]]
name = "east"
hosts = ["10.0.2.1", "10.0.2.3"]
max_calls = 2
[[trunk]]
name = "west"
hosts = ["10.0.2.2"]
[[route]]
name = "all"
min_digits = 5
trunks = ["east"]
"""


async def redirected(site: SimSite, contact: str) -> Owner:
    """A call to the first address of `east`, which sends it to that contact."""
    first = await site.gateway("10.0.2.1")
    owner = Owner(site)
    await moment()
    call = first.call
    assert isinstance(call, sip.IncomingCall)
    call.reject(302, headers=[("Contact", contact)])
    await moment()
    return owner


@virtual_time
async def test_to_another_address_of_the_trunk(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=TRUNKS) as site:
        second = await site.gateway("10.0.2.3")
        owner = await redirected(site, f"<sip:{NUMBER};rn=1@10.0.2.3>")
        second.answer()
        await moment()
        assert owner.told[-1] == ("answered", "east")
        assert site.exchange.trunking.capacity.used("east") == 1
        owner.line.hang_up()


@pytest.mark.parametrize(
    "contact",
    [
        f"<sip:{NUMBER}@10.0.2.2>",
        f"<sip:{NUMBER}@10.0.9.9>",
        "<sip:0081312345678@10.0.2.3>",
        f"<sip:{NUMBER}@gateway.example>",
        "<mailto:a@b>",
    ],
)
@virtual_time
async def test_never_to_another_number_or_elsewhere(tmp_path: Path, contact: str) -> None:
    async with running_site(tmp_path, more=TRUNKS) as site:
        other = await site.gateway("10.0.2.2")
        owner = await redirected(site, contact)
        assert owner.told[-1][:2] == ("failed", 302)
        assert other.log == []
        assert site.exchange.trunking.capacity.used("east") == 0
