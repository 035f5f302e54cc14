"""Comfort noise (RFC 3389) is offered to who is called for somebody who takes it."""

from pathlib import Path

import pytest

from tests.sim.test_g729 import offered, speaks
from tests.support.sim_site import moment, running_site
from tests.support.virtual_loop import virtual_time

PLAIN, NOISY = "8 101", "8 13 101"
OUTSIDE = "01062345678"
MORE = """
[pbx]
dial = "all"
[[route]]
name = "all"
trunks = ["carrier"]
"""


@pytest.mark.parametrize(
    ("is_wanted", "caller_speaks", "expected"),
    [(True, NOISY, "8 0 13 101"), (True, PLAIN, "8 0 101"), (False, NOISY, "8 0 101")],
)
@pytest.mark.parametrize("number", ["8012", OUTSIDE, "4001"])
@virtual_time
async def test_it_is_offered_where_both_the_site_and_the_caller_want_it(
    tmp_path: Path, is_wanted: bool, caller_speaks: str, expected: str, number: str
) -> None:
    async with running_site(tmp_path, more=MORE) as site:
        site.settings.media.__dict__["comfort_noise"] = is_wanted
        caller = speaks(await site.phone("8011"), caller_speaks)
        gateway = await site.gateway("10.0.0.9")
        _, agent = await site.agent("1001", "8001")
        called = {"8012": await site.phone("8012"), "4001": agent}.get(number, gateway)
        speaks(called, NOISY if "13" in expected else PLAIN).answer_calls()
        caller.dial(number)
        await moment()
        assert offered(site) == expected
        streams = [port.stream for port in site.plane.ports if not port.closed]
        assert [stream.comfort_noise for stream in streams if stream is not None] == [
            caller_speaks == NOISY,
            "13" in expected,
        ]
