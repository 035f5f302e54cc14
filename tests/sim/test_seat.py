"""What an agent is shown of their seat (GX-B3)."""

from pathlib import Path

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
