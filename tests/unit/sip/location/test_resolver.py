"""The resolver against a name server on loopback."""

import asyncio
import time

import pytest

from sip.location import Answer, LocationError, Locator, Naptr, Srv
from sip.location.resolver import ABSENCE, DnsRecords
from tests.support.dns_zone import Zone, serving

ZONE = {
    ("carrier.example", "NAPTR"): ['50 60 "s" "SIP+D2U" "" _sip._udp.Carrier.example.'],
    ("_sip._udp.carrier.example", "SRV"): ["1 2 5080 a.carrier.example."],
    ("a.carrier.example", "A"): ["192.0.2.1", "192.0.2.2"],
    ("a.carrier.example", "AAAA"): ["2001:0db8:0::1"],
}


async def test_records_are_read() -> None:
    async with serving(Zone(ZONE)) as server:
        records = DnsRecords([server])
        naptr = await records.naptr("carrier.example")
        srv = await records.srv("_sip._udp.carrier.example")
        ipv4 = await records.addresses("a.carrier.example", ipv6=False)
        ipv6 = await records.addresses("a.carrier.example", ipv6=True)

    assert naptr.records == [Naptr(50, 60, "s", "SIP+D2U", "_sip._udp.carrier.example")]
    assert srv.records == [Srv(1, 2, 5080, "a.carrier.example")]
    assert sorted(ipv4.records) == ["192.0.2.1", "192.0.2.2"]
    assert ipv6.records == ["2001:db8::1"]
    assert 200 < naptr.ttl <= 300


async def test_the_whole_way_from_a_name_to_addresses() -> None:
    async with serving(Zone(ZONE)) as server:
        location = await Locator(DnsRecords([server]), ["udp"], ipv6=True).locate("carrier.example")

    assert sorted(str(target.address) for target in location.targets) == [
        "udp:192.0.2.1:5080",
        "udp:192.0.2.2:5080",
        "udp:[2001:db8::1]:5080",
    ]


async def test_what_is_not_there_is_an_empty_answer_and_remembered() -> None:
    zone = Zone(ZONE)
    async with serving(zone) as server:
        records = DnsRecords([server])
        for _ in range(3):
            nothing: Answer[Srv] = await records.srv("a.carrier.example")
            assert nothing.records == ()
            assert (await records.addresses("a.carrier.example", ipv6=False)).records
    assert zone.asked["a.carrier.example", "A"] == 1

    async with serving(zone) as server:
        assert (await DnsRecords([server]).srv("nobody.example")).records == ()


async def test_absence_is_not_believed_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    zone = Zone({("carrier.example", "A"): ["192.0.2.1"]})
    async with serving(zone) as server:
        records = DnsRecords([server], patience=30)
        assert not (await records.srv("carrier.example")).records  # no such record
        assert not (await records.srv("new.example")).records  # no such name
        zone.records["carrier.example", "SRV"] = ["1 1 5060 a.example."]
        zone.records["new.example", "SRV"] = ["1 1 5060 a.example."]
        later = time.time() + ABSENCE + 1
        monkeypatch.setattr(time, "time", lambda: later)
        assert (await records.srv("carrier.example")).records
        assert (await records.srv("new.example")).records


async def test_a_silent_server_costs_patience_and_is_an_error() -> None:
    zone = Zone(ZONE)
    zone.silent = True
    async with serving(zone) as server:
        with pytest.raises(LocationError, match=r"carrier\.example A"):
            await DnsRecords([server], patience=0.2).addresses("carrier.example", ipv6=False)


async def test_the_second_server_is_asked_when_the_first_is_silent() -> None:
    silent, good = Zone(ZONE), Zone(ZONE)
    silent.silent = True
    async with serving(silent) as first, serving(good) as second:
        records = DnsRecords([first, second], patience=4.0)
        answer = await asyncio.wait_for(records.srv("_sip._udp.carrier.example"), 30)
    assert answer.records


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".example", "\udc80.example"])
async def test_a_name_that_is_none_is_an_error(name: str) -> None:
    async with serving(Zone(ZONE)) as server:
        with pytest.raises(LocationError):
            await DnsRecords([server]).addresses(name, ipv6=False)
