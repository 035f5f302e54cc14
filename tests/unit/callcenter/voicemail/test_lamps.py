"""Which lamps are lit when."""

from collections.abc import Iterator

from callcenter import events
from callcenter.settings import SeatSettings
from callcenter.voicemail.lamps import RETRY_S, Lamps
from sip import Mailbox
from tests.support.virtual_loop import elapsed, virtual_time


def lamps() -> tuple[Lamps, list[str]]:
    """Seats 8001 and 8002 watch `sales`, 8003 nothing; the seats whose phones were told."""
    shown: list[str] = []
    seats = [
        SeatSettings.model_validate({"seat_no": seat_no, "password": "x"} | more)
        for seat_no, more in (
            ("8001", {"mailbox": "sales"}),
            ("8002", {"mailbox": "sales"}),
            ("8003", {}),
        )
    ]
    return Lamps(seats, shown.append), shown


def left(box: str) -> events.VoicemailLeft:
    return events.VoicemailLeft(1.0, "c", box, "c.wav", "138", 3.0)


def test_a_message_lights_the_lamps_of_who_watches_the_box() -> None:
    lit, shown = lamps()
    lit.message_left(left("sales"))
    lit.message_left(left("support"))
    assert shown == ["8001", "8002"]
    assert (lit.mailbox("8001"), lit.mailbox("8003")) == (Mailbox(1), None)


@virtual_time
async def test_what_was_left_before_the_start_is_counted_when_the_records_can_be_read() -> None:
    lit, shown = lamps()
    answers: Iterator[Mailbox | None] = iter((None, Mailbox(2, 5)))

    async def count(box: str) -> Mailbox | None:
        return next(answers)

    await lit.count(count)
    assert elapsed() == RETRY_S
    assert (lit.mailbox("8001"), shown) == (Mailbox(2, 5), ["8001", "8002"])


@virtual_time
async def test_a_message_that_is_not_in_the_records_yet_is_not_forgotten() -> None:
    lit, _ = lamps()
    lit.message_left(left("sales"))

    async def count(box: str) -> Mailbox | None:
        return Mailbox(0)

    await lit.count(count)
    assert lit.mailbox("8002") == Mailbox(1)
