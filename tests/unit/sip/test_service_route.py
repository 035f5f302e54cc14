"""Service-Route (RFC 3608): what is read of it, and how long it is kept."""

import pytest

from sip import Address, Credentials, Registration, RegistrationStatus
from sip.message import Request
from sip.registration_keeper import RegistrationKeeper
from sip.service_route import MAX_LENGTH, MAX_VALUES
from tests.support.sip_wire import CARRIER, Wire

ONE, TWO = "<sip:10.0.0.2;lr>", '"b, c" <sips:u@[2001:db8::1]:5061;lr=on>;x=y'


class Line:
    """A line of ours at a carrier played by hand."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.told: list[RegistrationStatus] = []
        self.registrar = CARRIER
        self.keeper: RegistrationKeeper = self.wire.endpoint.lines.keep(
            "telecom",
            Registration("sip:us@carrier", None, Credentials("us", "secret"), 100),
            lambda failures: self.registrar,
            self.told.append,
        )
        self.keeper.start()

    def answer(self, *service_route: str, code: int = 200) -> tuple[str, ...]:
        """Answer the REGISTER that waits; the service route that is kept then."""
        (register, *_) = self.wire.take()
        assert isinstance(register, Request)
        lines = "".join(f"Service-Route: {value}\r\n" for value in service_route)
        self.wire.answer(register, code, headers=lines)
        return self.keeper.service_route

    def refresh(self) -> None:
        self.wire.advance(91)


def test_the_values_are_kept_in_order_and_replaced_by_each_answer() -> None:
    line = Line()
    assert line.answer(f"{ONE},{TWO}") == (ONE, TWO)
    line.refresh()  # the old one holds until there is an answer
    assert line.keeper.service_route == (ONE, TWO)
    assert line.answer(TWO, ONE) == (TWO, ONE)
    line.refresh()
    assert line.answer() == ()
    assert [status.service_route for status in line.told[1:]] == [(ONE, TWO), (TWO, ONE), ()]
    assert {status.state for status in line.told[1:]} == {"registered"}


def test_it_is_gone_when_the_registration_is_lost() -> None:
    line = Line()
    line.answer(ONE)
    line.refresh()
    assert line.answer(ONE, code=403) == ()
    line.wire.advance(61)
    assert line.answer(ONE) == (ONE,)
    line.refresh()
    line.wire.advance(33)  # no answer
    assert line.told[-1] == RegistrationStatus("failed", 408)
    assert line.keeper.service_route == ()


def test_it_is_gone_when_the_registrar_cannot_be_reached() -> None:
    line = Line()
    line.answer(ONE)
    line.registrar = Address("tls", "192.0.2.1", 5061)  # which we do not speak
    line.refresh()
    assert line.told[-1] == RegistrationStatus("failed", 503)
    assert line.keeper.service_route == ()


def test_it_is_gone_when_the_registration_is_taken_back() -> None:
    line = Line()
    line.answer(ONE)
    line.keeper.stop()
    assert line.answer(ONE) == ()


@pytest.mark.parametrize(
    ("value", "objection"),
    [
        ("<sip:10.0.0.2>", "through a strict router"),
        (
            "sip:10.0.0.2;lr",
            "through a strict router",
        ),  # RFC 3261 §20.10: of the field, not the URI
        ("<tel:+8613800138000>", "not of SIP URIs"),
        ("<sip:höst;lr>", "not of SIP URIs"),
        ("<sip:10.0.0.2;lr", "cannot be read"),
        ("<sip:;lr>", "cannot be read"),
        ("<sip:10.0.0.2:99999;lr>", "cannot be read"),
        ("<sip:10.0.0.2;lr?Subject=x>", "with header fields in a URI"),
        (",".join([ONE] * (MAX_VALUES + 1)), "too long"),
        (f"<sip:{'a' * MAX_LENGTH};lr>", "too long"),
    ],
)
def test_one_that_cannot_be_followed_is_told_once_and_left_out_whole(
    value: str, objection: str
) -> None:
    line = Line()
    assert line.answer(ONE, value) == ()
    line.refresh()
    assert line.answer(ONE, value) == ()
    assert line.told[1:] == [RegistrationStatus("registered", 200, objection)]
    line.refresh()
    assert line.answer(ONE) == (ONE,)


def test_the_longest_that_is_allowed() -> None:
    assert Line().answer(*[ONE] * MAX_VALUES) == (ONE,) * MAX_VALUES
