"""Filters of callers, one after the other."""

from callcenter.routing.call_filter import Blacklist, Filters
from callcenter.settings import PbxSettings


class Table:
    """As a table of the store will be: its own reason."""

    def blocks(self, ani: str, dnis: str, trunk: str) -> str:
        return "enterprise blacklist" if (ani, dnis, trunk) == ("777", "4001", "carrier") else ""


def test_the_first_that_blocks_gives_the_reason() -> None:
    filters = Filters(Blacklist(PbxSettings(blacklist=("555", "1390*"))), Table())
    assert filters.blocks("555", "4001", "carrier") == "blacklist"
    assert filters.blocks("13900000000", "4002", "") == "blacklist"
    assert filters.blocks("777", "4001", "carrier") == "enterprise blacklist"
    assert filters.blocks("777", "4002", "carrier") == ""
    assert filters.blocks("", "4001", "carrier") == ""


def test_without_a_list_nobody_is_blocked() -> None:
    assert Filters(Blacklist(PbxSettings())).blocks("555", "4001", "carrier") == ""
    assert Filters().blocks("555", "4001", "carrier") == ""
