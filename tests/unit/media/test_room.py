"""A hearing matrix becomes the fewest commands."""

from collections.abc import Mapping

from media.plane import Port
from media.room import Room
from tests.support.fake_media import FakePlane, FakePort


class LoggedPort(FakePort):
    """Writes down what it is told to hear."""

    commands: list[tuple[str, str]]

    def hear(self, speakers: Mapping[Port, float]) -> None:
        heard = " ".join(f"{port.address}*{gain:g}" for port, gain in speakers.items())
        self.commands.append((self.address, heard))


def ports(*names: str) -> tuple[list[LoggedPort], list[tuple[str, str]]]:
    commands: list[tuple[str, str]] = []
    made = [LoggedPort(FakePlane(), number, name, 0) for number, name in enumerate(names)]
    for port in made:
        port.commands = commands
    return made, commands


def test_two_ports_hear_each_other() -> None:
    (caller, agent), commands = ports("caller", "agent")

    Room().apply({caller: {agent: 1.0}, agent: {caller: 1.0}})

    assert commands == [("caller", "agent*1"), ("agent", "caller*1")]


def test_only_differences_are_commanded() -> None:
    (caller, agent, second), commands = ports("caller", "agent", "second")
    room = Room()
    room.apply({caller: {agent: 1.0}, agent: {caller: 1.0}})
    commands.clear()

    room.apply({caller: {agent: 1.0}, agent: {caller: 1.0}})
    assert commands == []

    room.apply({caller: {second: 1.0}, second: {caller: 1.0}})
    assert commands == [("agent", ""), ("caller", "second*1"), ("second", "caller*1")]


def test_an_empty_row_is_the_same_as_none() -> None:
    (caller, agent), commands = ports("caller", "agent")
    room = Room()
    room.apply({caller: {}, agent: {}})
    assert commands == []

    room.apply({caller: {agent: 1.0}})
    room.apply({caller: {}})
    room.apply({})
    assert commands == [("caller", "agent*1"), ("caller", "")]


def test_closing_silences_once() -> None:
    (caller, agent), commands = ports("caller", "agent")
    room = Room()
    room.apply({caller: {agent: 1.0}, agent: {caller: 1.0}})
    commands.clear()

    room.close()
    room.close()

    assert commands == [("caller", ""), ("agent", "")]


def test_a_gain_is_a_difference_and_so_is_one_more_speaker() -> None:
    (caller, agent, chief), commands = ports("caller", "agent", "chief")
    room = Room()
    room.apply({agent: {caller: 1.0}, caller: {agent: 1.0}})
    commands.clear()

    room.apply({agent: {caller: 1.0, chief: 0.5}, caller: {agent: 1.0}})
    room.apply({agent: {caller: 1.0, chief: 1.0}, caller: {agent: 1.0}})

    assert commands == [("agent", "caller*1 chief*0.5"), ("agent", "caller*1 chief*1")]
