"""What an agent is shown of their seat (GX-B3)."""

from pathlib import Path

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
        assert set((await desk.ask("seat.get"))["quality"]) == {"received", "lost", "jitter_ms"}
        caller.hang_up()
        await moment()

        await phone.register(expires=0)
        seat = await desk.ask("seat.get")
        assert (seat["registered"], seat["contacts"]) == (False, [])
        assert "quality" not in seat
        assert desk.state == "busy(device_failed)"
