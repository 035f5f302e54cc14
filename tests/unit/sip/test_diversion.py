"""Diverted calls: Diversion (RFC 5806) and History-Info (RFC 7044), both ways."""

import pytest

from sip import Diversion, TooManyDiversionsError, diverted
from sip.diversion import MAX_KEPT, read_diversions
from tests.support.sip_messages import parsed_request
from tests.support.sip_wire import Wire


def read(headers: str) -> tuple[Diversion, ...]:
    return read_diversions(parsed_request(headers=headers))


def test_the_last_diversion_comes_first() -> None:
    found = read(
        'Diversion: "B, boss" <sip:2002@x>;reason=user-busy;counter=2;privacy=full\r\n'
        "Diversion: <tel:+8610123>;reason=no-answer, <sip:%32@x;user=phone>;reason=gone"
        ";counter=x\r\n"
    )
    assert found == (
        Diversion("sip:2002@x", "user-busy", 2, "B, boss", private=True),
        Diversion("tel:+8610123", "no-answer"),
        Diversion("sip:%32@x;user=phone"),
    )
    assert [it.user for it in found] == ["2002", "+8610123", "2"]


def test_history_is_read_where_there_is_no_diversion() -> None:
    """RFC 7044 §5: busy at 2001, then no answer at 2002."""
    found = read(
        "History-Info: <sip:2001@x?Reason=SIP%3Bcause%3D486>;index=1,"
        " <sip:2002@x;cause=486?Privacy=history>;index=1.1;mp=1,"
        " <sip:4000@x;cause=408>;index=1.1.1;mp=1.1\r\n"
    )
    assert found == (
        Diversion("sip:2002@x;cause=486", "no-answer", private=True),
        Diversion("sip:2001@x", "user-busy"),
    )


def test_history_of_a_call_that_nobody_diverted() -> None:
    assert read("History-Info: <sip:4000@a>;index=1, <sip:4000@b>;index=1.1;rc=1\r\n") == ()


@pytest.mark.parametrize(
    "headers",
    [
        "Diversion: \r\n",
        "Diversion: <sip:1@x\r\n",
        "Diversion: http://x\r\n",
        "History-Info: <sip:1@x>;index=1;mp=1\r\n",
        "History-Info: <sip:1@x>;index=1, <sip:2@x>;index=1.1;mp=7\r\n",
        "History-Info: nonsense with spaces\r\n",
    ],
)
def test_what_cannot_be_read_is_left_out(headers: str) -> None:
    assert read(headers) == ()


def test_no_more_are_read_than_are_kept() -> None:
    assert len(read("Diversion: " + ", ".join(["<sip:1@x>"] * 100) + "\r\n")) == MAX_KEPT
    assert read("Diversion: <sip:1@x>;counter=99999999\r\n")[0].count == 99


def test_what_is_written_is_read_back() -> None:
    by = Diversion("sip:2002@x", "no-answer", name='The "boss"')
    earlier = (Diversion("sip:2001@x", "user-busy", private=True),)
    headers = diverted(earlier, by, "sip:2003@x", limit=5)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    chain = (Diversion("sip:2002@x", "no-answer", name="The boss"), *earlier)
    assert read(lines) == chain
    history = "".join(f"{name}: {value}\r\n" for name, value in headers if name != "Diversion")
    assert [(it.user, it.reason, it.private) for it in read(history)] == [
        (it.user, it.reason, it.private) for it in chain
    ]


def test_a_call_that_goes_round_is_stopped() -> None:
    by = Diversion("sip:2@x")
    assert diverted((Diversion("sip:1@x", count=4),), by, "sip:3@x", limit=5)
    with pytest.raises(TooManyDiversionsError):
        diverted((Diversion("sip:1@x", count=5),), by, "sip:3@x", limit=5)


@pytest.mark.parametrize("uri", ["sip:1@x\r\nX: y", "sip:1@x>", "sip:1@x?Subject=y"])
def test_only_bare_uris_are_written(uri: str) -> None:
    with pytest.raises(ValueError, match=r"line break|bare URI"):
        diverted((), Diversion("sip:2@x"), uri, limit=5)


def test_the_application_sees_who_diverted_a_call() -> None:
    wire = Wire()
    wire.get("INVITE", body=b"offer", headers="Diversion: <sip:2002@x>;reason=away\r\n")
    wire.get("INVITE", body=b"offer", branch="z9hG4bKb", call_id="call-2")
    diverted_call, plain = wire.app.calls
    assert diverted_call.diversion == Diversion("sip:2002@x", "away")
    assert (plain.diversions, plain.diversion) == ((), None)
