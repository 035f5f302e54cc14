"""A trunk's registration over time: one bench, a carrier that answers as told."""

import pytest

from sip import Address, Credentials, Registration, RegistrationStatus, TrunkPeer
from sip.message import parse
from sip.registration_keeper import LONGEST_S
from tests.support.sip_bench import CARRIER, PBX, Bench
from tests.support.sip_messages import SDP, request
from tests.support.sip_wire import Wire

DAY = 86_400.0
ELSEWHERE = Address("udp", "198.51.100.7", 5060)


class Rig:
    """We at PBX keep registered at CARRIER, which knows us as `us`."""

    def __init__(self, password: str = "secret", expires: int = 600) -> None:
        self.bench = Bench()
        self.carrier = self.bench.add(CARRIER)
        self.carrier.app.passwords["us"] = "secret"
        self.pbx = self.bench.add(PBX)
        self.told: list[RegistrationStatus] = []
        self.located: list[Address | None] = []
        self.keeper = self.pbx.endpoint.lines.keep(
            "telecom",
            Registration("sip:us@carrier", None, Credentials("us", password), expires),
            self._locate,
            self.told.append,
        )

    def _locate(self, failures: int) -> Address | None:
        return self.located.pop(0) if self.located else CARRIER

    @property
    def states(self) -> list[tuple[str, int]]:
        return [(status.state, status.code) for status in self.told]

    def start(self, seconds: float = 0.0) -> None:
        self.keeper.start()
        self.bench.run(seconds)

    def attempts(self) -> list[float]:
        """How many REGISTERs went out so far."""
        return [0.0 for line in self.bench.first_lines() if line == "REGISTER"]

    def contact(self) -> str:
        binding = self.carrier.endpoint.registrar.lookup("us", self.bench.now)
        assert binding is not None
        return binding.contact_uri


def test_it_registers_stays_so_and_tells_it_once() -> None:
    rig = Rig()
    rig.start()
    for _ in range(144):
        rig.bench.run(600)
        assert rig.contact()
    assert rig.states == [("registering", 0), ("registered", 200)]
    assert 144 <= len(rig.attempts()) < 144 * 2.6  # a stale nonce costs a second one


def test_refreshes_carry_credentials_at_once() -> None:
    rig = Rig(expires=200)
    rig.start(250)
    assert rig.bench.first_lines() == [
        "REGISTER",
        "401 REGISTER",
        "REGISTER",
        "200 REGISTER",
        "REGISTER",
        "200 REGISTER",
    ]


def test_unregistering_is_told_when_it_is_answered() -> None:
    rig = Rig()
    rig.start()
    rig.keeper.stop()
    assert rig.states[-1] == ("registered", 200)
    rig.bench.run(DAY)
    assert rig.states[-1] == ("unregistered", 200)
    assert rig.carrier.endpoint.registrar.lookup("us", rig.bench.now) is None
    assert rig.pbx.endpoint.next_deadline() is None or rig.states[-1][0] == "unregistered"


def test_stopping_what_is_not_registered_is_done_at_once() -> None:
    rig = Rig(password="wrong")
    rig.start()
    rig.keeper.stop()
    assert rig.states == [("registering", 0), ("failed", 403), ("unregistered", 0)]


def test_a_wrong_password_is_not_hammered() -> None:
    rig = Rig(password="wrong")
    rig.start(DAY)
    assert rig.states == [("registering", 0), ("failed", 403)]
    assert len(rig.attempts()) < 2 * DAY / (LONGEST_S / 2)


def test_a_silent_carrier_is_found_again() -> None:
    rig = Rig()
    rig.bench.lose = lambda send: True
    rig.start(300)
    assert rig.states == [("registering", 0), ("failed", 408)]
    rig.bench.lose = lambda send: False
    rig.bench.run(600)
    assert rig.states[-1] == ("registered", 200)


def test_a_short_interval_is_lengthened_as_the_carrier_wants() -> None:
    rig = Rig(expires=5)
    rig.start(100)
    assert rig.states[-1] == ("registered", 200)


def test_an_address_that_is_not_known_yet_or_cannot_be_reached() -> None:
    rig = Rig()
    rig.located = [None, None, Address("tls", "192.0.2.1", 5061)]
    rig.start(3)
    assert rig.states == [("registering", 0)]
    rig.bench.run(100)
    assert rig.states == [("registering", 0), ("failed", 503), ("registered", 200)]


def test_a_lost_connection_means_to_register_anew() -> None:
    rig = Rig()
    rig.start()
    before = len(rig.attempts())
    rig.pbx.endpoint.connection_lost(CARRIER, rig.bench.now)
    rig.bench.run(3)
    assert len(rig.attempts()) > before
    assert rig.states[-1] == ("registered", 200)


@pytest.mark.parametrize("to", ["4001", "+8610123456"])
def test_a_call_to_the_line_is_the_trunk_s_wherever_it_comes_from(to: str) -> None:
    rig = Rig()
    rig.start()
    invite = request(uri=rig.contact(), to=f"<sip:{to}@carrier>", body=SDP)
    rig.pbx.endpoint.receive(invite, ELSEWHERE, PBX, rig.bench.now)
    call = rig.pbx.app.calls[0]
    assert (call.peer, call.to_user) == (TrunkPeer("telecom"), to)


def test_a_call_to_another_contact_is_a_stranger_s() -> None:
    rig = Rig()
    rig.start()
    invite = request(uri="sip:us@10.0.0.1", body=SDP)
    rig.pbx.endpoint.receive(invite, ELSEWHERE, PBX, rig.bench.now)
    assert rig.pbx.app.calls == []
    assert "us" not in rig.contact().partition("@")[0].removeprefix("sip:")


def test_a_seat_s_name_has_to_be_proved_on_a_line_too() -> None:
    rig = Rig()
    rig.pbx.app.passwords["8001"] = "secret"
    rig.start()
    invite = request(uri=rig.contact(), from_="<sip:8001@x>;tag=1", body=SDP)
    rig.pbx.endpoint.receive(invite, ELSEWHERE, PBX, rig.bench.now)
    assert rig.pbx.app.calls == []


def registering() -> tuple[Wire, str]:
    """A carrier played by hand that has got a REGISTER, which waits on the wire; our contact."""
    wire = Wire()
    credentials = Credentials("us", "secret")
    wire.endpoint.lines.keep(
        "telecom",
        Registration("sip:us@carrier", None, credentials, 3600),
        lambda failures: CARRIER,
        lambda status: None,
    ).start()
    contact = parse(wire.endpoint.outgoing[0].data).contact
    assert contact is not None
    return wire, contact.uri


@pytest.mark.parametrize("rewritten", [False, True])
def test_what_is_granted_counts_though_our_address_was_rewritten(rewritten: bool) -> None:
    """As border controllers do it for those behind address translation."""
    wire, contact = registering()
    shown = contact.partition("@")[0] + "@203.0.113.9:61000" if rewritten else contact
    others = "Contact: <sip:other@10.0.0.9>;expires=3000\r\n"
    gone = f"Contact: <{contact.partition('@')[0]}@203.0.113.8>;expires=0\r\n"
    granted = f"{others}{gone}Contact: <{shown}>;expires=20\r\n"
    wire.answer(wire.take_request(), 200, headers=granted)
    wire.advance(20)
    assert wire.lines()[:1] == ["REGISTER"]


def test_a_retry_after_with_a_comment_is_obeyed() -> None:
    wire, _ = registering()
    wire.answer(wire.take_request(), 503, headers="Retry-After: 1000 (maintenance)\r\n")
    wire.advance(990)
    assert wire.lines() == []
    wire.advance(20)
    assert wire.lines()[:1] == ["REGISTER"]
