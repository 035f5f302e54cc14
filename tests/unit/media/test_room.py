"""A hearing matrix becomes the fewest commands."""

from media.room import Room
from tests.support.fake_media import FakePlane, FakePort


class LoggedPort(FakePort):
    """Writes down what it is told to hear."""

    commands: list[tuple[str, str | None]]

    def hear(self, speaker: object) -> None:
        self.commands.append((self.address, None if speaker is None else speaker.address))  # type: ignore[attr-defined]


def ports(*names: str) -> tuple[list[LoggedPort], list[tuple[str, str | None]]]:
    commands: list[tuple[str, str | None]] = []
    made = [LoggedPort(FakePlane(), number, name, 0) for number, name in enumerate(names)]
    for port in made:
        port.commands = commands
    return made, commands


def test_two_ports_hear_each_other() -> None:
    (caller, agent), commands = ports("caller", "agent")

    Room().apply({caller: agent, agent: caller})

    assert commands == [("caller", "agent"), ("agent", "caller")]


def test_only_differences_are_commanded() -> None:
    (caller, agent, second), commands = ports("caller", "agent", "second")
    room = Room()
    room.apply({caller: agent, agent: caller})
    commands.clear()

    room.apply({caller: agent, agent: caller})
    assert commands == []

    room.apply({caller: second, second: caller})
    assert commands == [("agent", None), ("caller", "second"), ("second", "caller")]


def test_none_is_the_same_as_missing() -> None:
    (caller, agent), commands = ports("caller", "agent")
    room = Room()
    room.apply({caller: None, agent: None})
    assert commands == []

    room.apply({caller: agent})
    room.apply({caller: None})
    room.apply({})
    assert commands == [("caller", "agent"), ("caller", None)]


def test_closing_silences_once() -> None:
    (caller, agent), commands = ports("caller", "agent")
    room = Room()
    room.apply({caller: agent, agent: caller})
    commands.clear()

    room.close()
    room.close()

    assert commands == [("caller", None), ("agent", None)]
