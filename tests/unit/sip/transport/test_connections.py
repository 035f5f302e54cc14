import pytest

from sip.address import Address
from sip.transport.connections import ConnectionLimits, Connections, host_key


class Conn:
    """A connection without anything behind it."""

    def __init__(self, host: str, port: int = 1) -> None:
        self.remote = Address("tcp", host, port)
        self.closed = ""

    def close(self, reason: str) -> None:
        self.closed = reason

    def send(self, data: bytes) -> None:
        raise AssertionError("nothing is sent here")


def test_one_host_has_its_share() -> None:
    table = Connections(ConnectionLimits(per_host=2))
    first = [Conn("192.0.2.1", port) for port in range(3)]
    assert [table.admit(each, stranger=True) for each in first] == [True, True, False]
    assert table.admit(Conn("192.0.2.2"), stranger=True)
    table.forget(first[0])
    assert table.admit(first[2], stranger=True)


def test_what_we_open_counts_but_is_not_refused_to_a_host() -> None:
    table = Connections(ConnectionLimits(per_host=1))
    assert table.admit(Conn("192.0.2.1", 1), stranger=False)
    assert table.admit(Conn("192.0.2.1", 2), stranger=False)
    assert not table.admit(Conn("192.0.2.1", 3), stranger=True)


def test_the_oldest_that_has_shown_nothing_gives_way() -> None:
    table = Connections(ConnectionLimits(connections=3))
    proven, idler, later, newcomer = (Conn(f"192.0.2.{n}") for n in range(4))
    for each in (proven, idler, later):
        assert table.admit(each, stranger=True)
    table.proven(proven)
    assert table.admit(newcomer, stranger=True)
    assert (proven.closed, idler.closed, later.closed) == ("", "gave way to a newcomer", "")
    assert len(table) == 3
    assert not table.room()


def test_a_table_of_proven_connections_is_full() -> None:
    table = Connections(ConnectionLimits(connections=1))
    first = Conn("192.0.2.1")
    assert table.admit(first, stranger=True)
    table.proven(first)
    assert not table.admit(Conn("192.0.2.2"), stranger=True)


def test_strangers_who_sent_a_message_give_way_to_phones() -> None:
    """Ten hosts with 200 connections each would keep everybody out else."""
    table = Connections(ConnectionLimits(connections=3))
    phone, stranger, other = (Conn(f"192.0.2.{n}") for n in range(3))
    for each in (phone, stranger, other):
        assert table.admit(each, stranger=True)
        table.proven(each)
        table.ready(each)
    is_known = phone.remote.host.__eq__
    assert table.admit(Conn("192.0.2.8"), stranger=True, is_known=is_known)
    assert (phone.closed, stranger.closed, other.closed) == ("", "gave way to a newcomer", "")
    assert table.forget(stranger), "what stood on it is told"
    for last in (9, 10, 11):  # who connects and says nothing gives way first
        assert table.admit(Conn(f"192.0.2.{last}"), stranger=True, is_known=is_known)
    assert (phone.closed, other.closed) == ("", "")
    assert len(table) == 3


def test_only_the_way_to_an_address_is_missed() -> None:
    table = Connections(ConnectionLimits())
    first, again = Conn("192.0.2.1"), Conn("192.0.2.1")
    for each in (first, again):
        table.admit(each, stranger=False)
        table.ready(each)
    assert table.get(first.remote) is again
    assert not table.forget(first)
    assert table.forget(again)
    assert not table.forget(again)
    assert table.get(first.remote) is None


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::"),
        ("not:an:address", "not:an:address"),
    ],
)
def test_what_counts_as_one_host(host: str, key: str) -> None:
    assert host_key(host) == key
