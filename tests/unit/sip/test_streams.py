from sip.address import Address
from sip.streams import ByConnection

STREAM = Address("tcp", "192.0.2.1", 40000)


def test_what_hangs_on_a_connection_is_found_until_it_is_taken_off() -> None:
    table: ByConnection[str] = ByConnection()
    table.add(STREAM, "one")
    table.add(STREAM, "two")
    assert sorted(table.at(STREAM)) == ["one", "two"]
    assert table.at(STREAM._replace(port=1)) == []
    for thing in ("one", "two", "never"):
        table.discard(STREAM, thing)
    assert table.at(STREAM) == []
    assert len(table) == 0


def test_udp_keeps_nothing() -> None:
    table: ByConnection[str] = ByConnection()
    datagrams = STREAM._replace(transport="udp")
    table.add(datagrams, "one")
    table.discard(datagrams, "one")
    assert (table.at(datagrams), len(table)) == ([], 0)
