"""Plays a table of (time, input, expected commands) against an engine, commands as short texts.

offer c1 to ann | withdraw c1 from ann: no_answer | overflow c1: max_wait | ann: idle>ringing
"""

from collections.abc import Iterable

from acd import AgentStateChanged, Command, Engine, Event, Offer, Overflow, StepTaken, Withdraw

ADVANCE = None
"""The input "time has come"."""

Row = tuple[float, Event | None, list[str]]


def text(command: Command) -> str:
    """One command in short."""
    match command:
        case Offer():
            return f"offer {command.contact_id} to {command.agent_id}"
        case Withdraw():
            return f"withdraw {command.contact_id} from {command.agent_id}: {command.cause}"
        case Overflow():
            return f"overflow {command.contact_id}: {command.cause}"
        case StepTaken():
            return f"{command.contact_id}: step {command.step}"
        case AgentStateChanged():
            reason = f"({command.reason})" if command.reason else ""
            return f"{command.agent_id}: {command.previous}>{command.state}{reason}"


def feed(engine: Engine, now: float, event: Event | None) -> list[Command]:
    """One input."""
    return engine.advance(now) if event is None else engine.handle(event, now)


def play(engine: Engine, rows: Iterable[Row]) -> None:
    """Feeds every row and compares what it yields."""
    for number, (now, event, expected) in enumerate(rows, 1):
        got = [text(command) for command in feed(engine, now, event)]
        assert got == expected, f"row {number} at {now}: {event}"


def quietly(engine: Engine, now: float, *inputs: Event | None) -> None:
    """Feeds inputs that only set the scene."""
    for event in inputs:
        feed(engine, now, event)
