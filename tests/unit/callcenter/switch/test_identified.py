"""Numbers from outside."""

import random

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from callcenter.routing.trunking import Trunking
from callcenter.settings import loads
from callcenter.switch.identified import MAX_NUMBER, identify, legible
from sip import Trunk
from tests.support.sip_wire import CARRIER, Wire

SITE = """
[sip]
listen = ["udp:10.0.0.1:5060"]
domain = "10.0.0.1"
[media]
address = "10.0.0.1"
[[trunk]]
name = "carrier"
hosts = ["10.0.0.2"]
trusted = true
ani_format = "e164"
caller_in = [{ prefix = "9", strip = 1 }]
"""
TRUNKING = Trunking(loads(SITE, "site.toml", {}), random.random, structlog.get_logger())
ONE_LINE = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"))
FIELD = ONE_LINE | st.sampled_from(
    ['"a" <sip:', ">", "<tel:+1>", "sip:1@x", "id", "user;", ",", '"', "%", "<sip:9@x>"]
)
VALUE = st.lists(FIELD, max_size=6).map("".join)


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        ("+86 138-0013", "+86 138-0013"),
        ("", ""),
        ("1\r\nVia: evil\x00", "1Via: evil"),
        ("王", "王"),
        ("9" * 1000, "9" * MAX_NUMBER),
    ],
)
def test_numbers_keep_what_people_can_read(number: str, kept: str) -> None:
    assert legible(number) == kept


@given(st.lists(VALUE, max_size=3), st.none() | VALUE, st.none() | VALUE)
def test_whatever_a_carrier_asserts_is_read_or_let_be(
    asserted: list[str], party: str | None, privacy: str | None
) -> None:
    lines = [f"P-Asserted-Identity: {value}\r\n" for value in asserted]
    lines += [f"Remote-Party-ID: {party}\r\n"] if party is not None else []
    lines += [f"Privacy: {privacy}\r\n"] if privacy is not None else []
    wire = Wire(trunks=(Trunk("carrier", (CARRIER.host,)),))
    wire.get("INVITE", headers="".join(lines))
    [incoming] = wire.app.calls

    who = identify(incoming, TRUNKING)

    assert max(map(len, (who.ani, who.name, who.dnis, who.asserted))) <= MAX_NUMBER
    assert all(map(str.isprintable, (who.ani, who.name, who.dnis, who.asserted)))
    assert not (who.withheld and (who.ani or who.name))
