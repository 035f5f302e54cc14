"""Strangers are limited, then banned; trunks and phones that proved themselves are not."""

import logging
from collections.abc import Callable
from ipaddress import ip_network

import pytest

from sip.deadlines import NEVER
from sip.guard import Gate, GuardPolicy, Offence

TRUNK = "192.0.2.4"
STRANGER = "203.0.113.9"
NEIGHBOUR = "203.0.113.10"


def gate(**settings: object) -> Gate:
    """A gate with one trunk."""
    return Gate(GuardPolicy(**settings), TRUNK.__eq__)  # type: ignore[arg-type]


def admitted(gate: Gate, host: str, messages: int, now: float = 0.0) -> int:
    """How many of so many messages at once are read."""
    return sum(gate.admits(host, now) for _ in range(messages))


def offend(gate: Gate, host: str, times: int, offence: Offence, now: float = 0.0) -> list[bool]:
    """Which of so many offences are answered."""
    return [gate.offends(host, offence, now) for _ in range(times)]


def test_a_trunk_is_never_limited_nor_banned() -> None:
    one = gate(rate=1, burst=1)
    assert admitted(one, TRUNK, 10_000) == 10_000
    assert all(offend(one, TRUNK, 100, Offence.SCANNER))
    one.ban(TRUNK, "by hand", 0.0)
    assert one.admits(TRUNK, 0.0)
    assert one.counters.bans == 0


def test_a_stranger_has_a_burst_and_a_rate() -> None:
    one = gate(rate=10, burst=20)
    assert admitted(one, STRANGER, 50) == 20
    assert admitted(one, STRANGER, 50, now=1.0) == 10
    assert one.counters.dropped_rate == 70
    assert one.admits(NEIGHBOUR, 1.0)


def test_all_strangers_share_one_budget_that_does_not_touch_phones() -> None:
    one = gate(strangers_rate=100)
    one.trust(NEIGHBOUR, 100.0)
    hosts = [f"198.51.{n // 250}.{n % 250}" for n in range(1000)]
    assert sum(one.admits(host, 0.0) for host in hosts) == 200
    assert one.counters.dropped_strangers == 800
    assert one.admits(NEIGHBOUR, 0.0)
    assert one.admits(TRUNK, 0.0)


def test_a_phone_that_proved_itself_has_more_and_is_not_banned() -> None:
    one = gate(rate=10, burst=20, phone_rate=50)
    one.trust(STRANGER, 100.0)
    assert admitted(one, STRANGER, 200) == 100
    assert all(offend(one, STRANGER, 1000, Offence.WRONG_PASSWORD))
    assert one.admits(STRANGER, 2.0)
    assert not one.is_stranger(STRANGER, 99.0)
    assert one.is_stranger(STRANGER, 101.0)


def test_proof_forgives_what_was_held_against_a_source() -> None:
    one = gate()
    offend(one, STRANGER, 9, Offence.WRONG_PASSWORD)
    one.trust(STRANGER, 1.0)
    assert all(offend(one, STRANGER, 9, Offence.WRONG_PASSWORD, now=2.0))


def test_bans_come_expire_and_grow() -> None:
    one = gate(ban=300, ban_max=5000)
    now = 0.0
    for seconds in (300, 1200, 4800, 5000, 5000):
        assert offend(one, STRANGER, 11, Offence.WRONG_PASSWORD, now)[-1] is False
        (ban,) = one.bans(now)
        assert (ban.source, ban.cause, ban.until) == (STRANGER, "wrong password", now + seconds)
        assert not one.admits(STRANGER, ban.until - 1)
        now = ban.until
        assert one.bans(now) == []
        assert one.admits(STRANGER, now)
    now += 5001  # so long without another: begins anew
    offend(one, STRANGER, 11, Offence.WRONG_PASSWORD, now)
    assert one.bans(now)[0].until == now + 300


def test_a_scanner_is_banned_at_once_and_can_be_let_in_again() -> None:
    one = gate()
    assert offend(one, STRANGER, 1, Offence.SCANNER) == [False]
    assert not one.admits(STRANGER, 1.0)
    assert one.admits(NEIGHBOUR, 1.0)
    assert one.unban(STRANGER)
    assert one.admits(STRANGER, 1.0)
    assert not one.unban(STRANGER)


def test_failures_are_forgiven_with_time() -> None:
    one = gate()
    offend(one, STRANGER, 10, Offence.WRONG_PASSWORD, 0.0)
    assert all(offend(one, STRANGER, 10, Offence.WRONG_PASSWORD, 600.0))
    assert offend(one, STRANGER, 1, Offence.WRONG_PASSWORD, 601.0) == [False]


def test_after_the_first_refusals_a_strangers_calls_meet_silence() -> None:
    answered = offend(gate(), STRANGER, 12, Offence.CALL)
    assert answered == [True] * 3 + [False] * 9


def test_a_flood_beyond_the_rate_ends_in_a_ban() -> None:
    one = gate(strangers_rate=1e9)
    admitted(one, STRANGER, 5000)
    assert [ban.cause for ban in one.bans(0.0)] == ["too many messages"]
    before = one.counters.dropped_rate
    admitted(one, STRANGER, 100)
    assert one.counters.dropped_rate == before


@pytest.mark.parametrize(
    ("lists", "admitted_hosts"),
    [
        ({"deny": ["203.0.113.0/24"]}, {TRUNK, "198.51.100.1", "2001:db8::1"}),
        ({"allow": ["203.0.113.8/29"]}, {TRUNK, STRANGER}),
        ({"allow": ["203.0.113.8/29"], "deny": ["203.0.113.9/32"]}, {TRUNK}),
        ({"deny": ["0.0.0.0/0"], "exempt": ["203.0.113.9/32"]}, {TRUNK, STRANGER, "2001:db8::1"}),
        ({"deny": ["2001:db8::/32"]}, {TRUNK, STRANGER, "198.51.100.1"}),
    ],
)
def test_access_lists(lists: dict[str, list[str]], admitted_hosts: set[str]) -> None:
    one = gate(**{name: tuple(map(ip_network, nets)) for name, nets in lists.items()})
    hosts = {TRUNK, STRANGER, "198.51.100.1", "2001:db8::1"}
    for _ in range(2):
        assert {host for host in hosts if one.admits(host, 0.0)} == admitted_hosts
    assert one.bans(0.0) == []  # a denied address is no ban that one could lift


@pytest.mark.parametrize(
    ("lists", "listed", "neighbour"),
    [("allow", True, False), ("exempt", True, False), ("deny", False, True)],
)
@pytest.mark.parametrize("listed_first", [False, True])
def test_an_ipv6_address_is_listed_without_its_neighbours(
    lists: str, listed: bool, neighbour: bool, listed_first: bool
) -> None:
    """Whichever of a /64 is seen first."""
    one = gate(**{lists: (ip_network("2001:db8:0:1::5/128"),)}, rate=1, burst=1)
    found = {}
    hosts = ["2001:db8:0:1::5", "2001:db8:0:1::6"]
    for host in hosts if listed_first else hosts[::-1]:
        admitted(one, host, 2)
        if lists == "exempt":
            offend(one, host, 1, Offence.SCANNER)
        found[host] = one.admits(host, 10.0)
    assert found == dict(zip(hosts, (listed, neighbour), strict=True))
    one.ban(hosts[1], "by hand", 20.0)
    assert one.admits(hosts[0], 20.0) is listed
    one.unban(hosts[1])


def test_an_exempt_address_is_not_limited_nor_banned() -> None:
    one = gate(exempt=(ip_network(f"{STRANGER}/32"),), rate=1, burst=1, phone_rate=1)
    assert admitted(one, STRANGER, 1000) == 1000
    assert all(offend(one, STRANGER, 100, Offence.CALL))


def test_ipv6_is_limited_by_the_network_that_one_customer_has() -> None:
    one = gate(burst=20)
    hosts = [f"2001:db8:0:1::{n:x}" for n in range(1, 31)]
    assert sum(one.admits(host, 0.0) for host in hosts) == 20
    assert one.admits("2001:db8:0:2::1", 0.0)
    offend(one, hosts[0], 1, Offence.SCANNER)
    assert not one.admits(hosts[1], 0.0)
    assert one.bans(0.0)[0].source == "2001:db8:0:1::/64"


@pytest.mark.parametrize("vouch", [Gate.trust, Gate.lead])
def test_nobodys_word_stands_above_the_sites_lists(vouch: Callable[..., None]) -> None:
    """A binding restored, or a Contact, may name an address before it is first heard."""
    denies = gate(deny=(ip_network("203.0.113.0/24"),))
    allows = gate(allow=(ip_network("192.0.2.0/24"),))
    exempts = gate(exempt=(ip_network("203.0.113.0/24"),), rate=1, burst=1, phone_rate=1)
    for one, heard in ((denies, 0), (allows, 0), (exempts, 100)):
        vouch(one, STRANGER, 100.0)
        assert admitted(one, STRANGER, 100) == heard


def test_a_neighbours_flood_is_not_held_against_who_is_listed() -> None:
    one = gate(deny=(ip_network("2001:db8::/80"),), rate=1, burst=1)
    admitted(one, "2001:db8::1:0:0:1", 5_000)
    assert [ban.source for ban in one.bans(0.0)] == ["2001:db8::/64"]


def test_tables_stay_within_their_limit() -> None:
    one = gate(remembered=50, strangers_rate=1e9)
    for n in range(1000):
        host = f"198.51.{n // 250}.{n % 250}"
        one.admits(host, 0.0)
        one.offends(host, Offence.MALFORMED, 0.0)
        one.trust(f"10.0.{n // 250}.{n % 250}", 1.0)
        one.lead(f"10.1.{n // 250}.{n % 250}", 1.0)
        one.ban(f"172.16.{n // 250}.{n % 250}", "test", 0.0)
    tables = (one._bans, one._known, one._led, one._rates, one._failures)
    assert [len(table) for table in tables] == [50] * 5


def test_a_flood_of_refusals_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    one = gate(strangers_rate=1e9)
    with caplog.at_level(logging.INFO, "sip"):
        for n in range(10_000):
            one.offends(f"198.51.{n % 100}.{n % 250}", Offence.MALFORMED, 0.0)
        assert len(caplog.messages) == 20
        one.journal.advance(one.journal.due_at)
        assert 20 < len(caplog.messages) <= 41
        assert "too many to name" in caplog.messages[-1]
        while one.journal.due_at < NEVER:
            one.journal.advance(one.journal.due_at)
        assert len(caplog.messages) <= 42


def test_each_refusal_is_logged_once_and_then_summed_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    one = gate()
    with caplog.at_level(logging.INFO, "sip"):
        for _ in range(5):
            one.offends(STRANGER, Offence.CALL, 0.0, "13\n800")
        one.journal.advance(60.0)
    assert caplog.messages == [
        f"refused {STRANGER}: call of a stranger ('13\\n800')",
        f"refused {STRANGER}: call of a stranger, 4 more",
    ]
