"""Trunks by address."""

from sip import Trunk, TrunkPeer
from sip.trunk import TrunkTable

TRUNKS = [Trunk("a", ("192.0.2.1:5070", "192.0.2.2")), Trunk("b", ("192.0.2.2", "[2001:db8::1]"))]


def test_the_first_trunk_that_names_an_address_owns_it() -> None:
    table = TrunkTable(TRUNKS)
    assert table.match("192.0.2.1") == table.match("192.0.2.2") == TrunkPeer("a")
    assert table.match("2001:db8::1") == TrunkPeer("b")
    assert table.match("192.0.2.3") is None


def test_what_a_name_leads_to_is_learnt_and_forgotten() -> None:
    table = TrunkTable(TRUNKS)
    table.learn("b", ["192.0.2.7", "192.0.2.8"])
    assert table.match("192.0.2.7") == TrunkPeer("b")

    table.learn("b", ["192.0.2.8", "192.0.2.9"])
    assert table.match("192.0.2.7") is None
    assert table.match("192.0.2.8") == table.match("192.0.2.9") == TrunkPeer("b")

    table.learn("b", [])
    assert table.match("192.0.2.8") is None


def test_nobody_s_address_is_taken_by_a_name() -> None:
    table = TrunkTable(TRUNKS)
    table.learn("b", ["192.0.2.1", "192.0.2.7"])
    table.learn("a", ["192.0.2.7", "192.0.2.8"])
    assert table.match("192.0.2.1") == TrunkPeer("a")
    assert table.match("192.0.2.7") == TrunkPeer("b")

    table.learn("a", [])
    table.learn("b", [])
    assert table.match("192.0.2.1") == TrunkPeer("a")
    assert table.match("192.0.2.7") is None
