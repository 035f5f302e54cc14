"""What an agent is shown of their seat (GX-B3), and when its phone is another's (GX-B2)."""

from pathlib import Path

import pytest

from callcenter import events
from callcenter.desk.seats import misregistered
from tests.support.fake_media import FakeStatistics
from tests.support.sim_site import moment, running_site
from tests.support.virtual_loop import virtual_time


@virtual_time
async def test_the_registration_and_in_a_talk_the_quality_are_shown(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        seat = await desk.ask("seat.get")
        assert seat | {"contacts": []} == {
            "seat_no": "8001",
            "kind": "sip",
            "answer_mode": "phone",
            "registered": True,
            "contacts": [],
        }
        (contact,) = seat["contacts"]
        assert contact["address"] == "udp:10.0.1.1:5060"
        assert contact["user_agent"]

        phone.answer_calls()
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        quality = (await desk.ask("seat.get"))["quality"]
        assert set(quality) == {"received", "lost", "jitter_ms"}  # as long as nothing is measured
        phone.port.counted = FakeStatistics(
            lost=3, mos=4.4, recent_loss=0.0213, recent_mos=3.987, round_trip_ms=31.27
        )
        quality = (await desk.ask("seat.get"))["quality"]
        assert (quality["loss"], quality["mos"], quality["round_trip_ms"]) == (0.021, 3.99, 31.3)
        caller.hang_up()
        await moment()

        await phone.register(expires=0)
        seat = await desk.ask("seat.get")
        assert (seat["registered"], seat["contacts"]) == (False, [])
        assert "quality" not in seat
        assert desk.state == "busy(device_failed)"


@virtual_time
async def test_a_phone_that_calls_itself_by_another_seat_is_not_this_ones(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        phone = await site.phone("8001", register=False)
        await phone.register(contact_user="8002")
        desk = await site.links.connect()
        asked = {"agent_id": "1001", "password": "agent-1001", "seat_no": "8001"}
        assert await desk.refusal("agent.login", **asked) == (1006, "seat_mismatch")
        assert not site.told(events.AgentLoggedIn)
        await phone.register(expires=0, contact_user="8002")
        await phone.register(contact_user="line1")
        await desk.login("1001", "8001")
        await moment()
        assert desk.state == "idle", "a contact that names no seat is nobody else's"


@pytest.mark.parametrize(
    ("phones", "signed_in", "remote", "expected"),
    [
        (["8002"], False, "10.0.1.9:40000", "8002"),
        (["8002"], False, "::ffff:10.0.1.9:40000", "8002"),
        (["8002"], False, "10.0.1.8:40000", None),
        (["8002"], False, "127.0.0.1:40000", None),
        (["8002"], True, "10.0.1.9:40000", None),
        (["8002", "8004"], False, "10.0.1.9:40000", None),
        (["8001", "8002"], False, "10.0.1.9:40000", None),
        (["8011"], False, "10.0.1.9:40000", None),
    ],
)
@virtual_time
async def test_the_phone_beside_the_agents_program(
    tmp_path: Path, phones: list[str], signed_in: bool, remote: str, expected: str | None
) -> None:
    """Taken for the seat's where it is the only one there, nobody's, and the seat has no other."""
    async with running_site(tmp_path) as site:
        for seat_no in phones:
            await site.phone(seat_no, host="10.0.1.9")
        if signed_in:
            await site.desk("1004", "8002")
        services = site.exchange.services
        assert misregistered(services, services.roster.seats["8001"], remote) == expected
