"""Where names lead, by RFC 3263."""

import pytest

from sip.location import LocationError, Locator
from tests.support.dns_zone import Zone

NAME = "carrier.example"


async def found(
    zone: Zone, *, transports: str = "udp tcp tls", ipv6: bool = False, **wish: object
) -> list[str]:
    """`address` of each target in order of priority, with the name for certificates."""
    locator = Locator(zone, transports.split(), ipv6=ipv6)
    location = await locator.locate(NAME, **wish)  # type: ignore[arg-type]
    ordered = sorted(location.targets, key=lambda target: target.priority)
    return [f"{target.address} {target.address.name}".rstrip() for target in ordered]


FULL = {
    (NAME, "NAPTR"): [
        '50 50 "s" "SIPS+D2T" "" _sips._tcp.carrier.example.',
        '90 50 "s" "SIP+D2T" "" _sip._tcp.carrier.example.',
        '100 50 "s" "SIP+D2U" "" _sip._udp.carrier.example.',
        '10 50 "u" "E2U+sip" "!^.*$!sip:x@carrier.example!" .',
    ],
    ("_sips._tcp.carrier.example", "SRV"): ["0 1 5061 a.carrier.example."],
    ("_sip._tcp.carrier.example", "SRV"): ["0 1 5070 a.carrier.example."],
    ("_sip._udp.carrier.example", "SRV"): [
        "1 1 5060 b.carrier.example.",
        "0 1 5080 a.carrier.example.",
    ],
    ("a.carrier.example", "A"): ["192.0.2.1"],
    ("b.carrier.example", "A"): ["192.0.2.2", "192.0.2.3"],
    ("a.carrier.example", "AAAA"): ["2001:db8::1"],
    (NAME, "A"): ["192.0.2.9"],
}


async def test_naptr_orders_the_transports_and_srv_the_servers() -> None:
    assert await found(Zone(FULL)) == [
        "tls:192.0.2.1:5061 carrier.example",
        "tcp:192.0.2.1:5070",
        "udp:192.0.2.1:5080",
        "udp:192.0.2.2:5060",
        "udp:192.0.2.3:5060",
    ]


async def test_what_we_do_not_speak_is_passed_over() -> None:
    assert await found(Zone(FULL), transports="udp") == [
        "udp:192.0.2.1:5080",
        "udp:192.0.2.2:5060",
        "udp:192.0.2.3:5060",
    ]


async def test_ipv6_follows_ipv4_where_we_speak_it() -> None:
    assert await found(Zone(FULL), transports="tcp", ipv6=True) == [
        "tcp:192.0.2.1:5070",
        "tcp:[2001:db8::1]:5070",
    ]


async def test_a_known_transport_needs_no_naptr() -> None:
    zone = Zone(FULL)
    assert await found(zone, transport="tcp") == ["tcp:192.0.2.1:5070"]
    assert (NAME, "NAPTR") not in zone.asked


async def test_a_port_needs_neither_naptr_nor_srv() -> None:
    zone = Zone(FULL)
    assert await found(zone, port=5090) == ["udp:192.0.2.9:5090"]
    assert set(zone.asked) == {(NAME, "A")}


async def test_without_naptr_srv_is_asked_for_all_that_we_speak() -> None:
    zone = Zone({key: value for key, value in FULL.items() if key[1] != "NAPTR"})
    assert await found(zone, transports="udp tcp") == [
        "udp:192.0.2.1:5080",
        "udp:192.0.2.2:5060",
        "udp:192.0.2.3:5060",
        "tcp:192.0.2.1:5070",
    ]


async def test_without_any_record_of_sip_the_host_itself_is_meant() -> None:
    zone = Zone({(NAME, "A"): ["192.0.2.9"]})
    assert await found(zone) == ["udp:192.0.2.9:5060"]
    assert await found(zone, transport="tls") == ["tls:192.0.2.9:5061 carrier.example"]


async def test_a_service_that_is_said_not_to_be_there_is_not() -> None:
    zone = Zone({("_sip._udp.carrier.example", "SRV"): ["0 0 0 ."]})
    with pytest.raises(LocationError, match=r"carrier\.example has no address that we can reach"):
        await found(zone, transport="udp")


async def test_an_address_is_not_looked_up() -> None:
    zone = Zone({})
    location = await Locator(zone, ["udp"], ipv6=False).locate("192.0.2.7")
    assert [str(target.address) for target in location.targets] == ["udp:192.0.2.7:5060"]
    assert not zone.asked


async def test_the_weight_of_a_server_is_shared_by_its_addresses() -> None:
    zone = Zone(
        {
            ("_sip._udp.carrier.example", "SRV"): ["0 60 5060 a.example.", "0 40 5060 b.example."],
            ("a.example", "A"): ["192.0.2.1", "192.0.2.2"],
            ("b.example", "A"): ["192.0.2.3"],
        }
    )
    location = await Locator(zone, ["udp"], ipv6=False).locate(NAME)
    assert [target.weight for target in location.targets] == [30, 30, 40]


async def test_an_endless_record_set_is_cut() -> None:
    many = [f"192.0.2.{last}" for last in range(1, 200)]
    assert len(await found(Zone({(NAME, "A"): many}))) == 32


async def test_an_answer_is_good_for_as_long_as_its_shortest_record() -> None:
    locator = Locator(Zone(FULL, ttl=60), ["udp"], ipv6=False)
    assert (await locator.locate(NAME)).ttl == 60
    locator = Locator(Zone(FULL, ttl=1e9), ["udp"], ipv6=False)
    assert (await locator.locate(NAME)).ttl == 3600


async def test_dns_that_is_silent_is_no_answer() -> None:
    zone = Zone(FULL)
    zone.silent = True
    with pytest.raises(LocationError, match="silence"):
        await found(zone)


A4, A6 = "udp:192.0.2.1:5080", "udp:[2001:db8::1]:5080"
B4 = ["udp:192.0.2.2:5060", "udp:192.0.2.3:5060"]


@pytest.mark.parametrize(
    ("failing", "expected"),
    [
        ((NAME, "NAPTR"), [A4, A6, *B4]),
        (("b.carrier.example", "A"), [A4, A6]),
        (("a.carrier.example", "AAAA"), [A4, *B4]),
    ],
)
async def test_a_question_that_dns_fails_at_costs_what_it_was_about(
    failing: tuple[str, str], expected: list[str]
) -> None:
    zone = Zone(FULL)
    zone.failing = {failing}
    location = await Locator(zone, ["udp"], ipv6=True).locate(NAME)
    assert {str(target.address) for target in location.targets} == set(expected)
    assert (location.ttl, location.missing) == (30, f"{' '.join(failing)}: silence")
    zone.failing.clear()
    assert not (await Locator(zone, ["udp"], ipv6=True).locate(NAME)).missing


async def test_a_host_whose_servers_cannot_be_asked_for_is_not_taken_for_one() -> None:
    zone = Zone(FULL)
    zone.failing = {("_sip._udp.carrier.example", "SRV")}
    with pytest.raises(LocationError, match="silence"):
        await found(zone, transports="udp", transport="udp")
