"""All messages of RFC 4475 against a whole endpoint, with the treatment that the RFC asks for.

They come from the trunk; REGISTERs are repeated with the right password, for what is asked of a
registrar is told only to who may register.
"""

import pytest

from sip import CallState, Credentials
from sip.digest import Challenge
from sip.message import MessageError, Request, Response, parse
from tests.support.sip_wire import Wire
from tests.support.torture import torture

MESSAGES = torture("rfc4475")

WSINV = b"""\
INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0
TO :
 sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n
from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>
  ;
  tag = 98asjd8
MaX-fOrWaRdS: 0068
Call-ID: wsinv.ndaksdj@192.0.2.1
Content-Length   : 150
cseq: 0009
  INVITE
Via  : SIP  /   2.0
 /UDP
    192.0.2.2;branch=390skdjuw
s :
NewFangledHeader:   newfangled value
 continued newfangled value
UnknownHeaderWithUnusualValue: ;;,,;;,;
Content-Type: application/sdp
Route:
 <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
v:  SIP  / 2.0  / TCP     spindle.example.com   ;
  branch  =   z9hG4bK9ikj8  ,
 SIP  /    2.0   / UDP  192.168.255.111   ; branch=
 z9hG4bK30239
m:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =
      newvalue ;
  secondparam ; q = 0.33

v=0
o=mhandley 29739 7272939 IN IP4 192.0.2.3
s=-
c=IN IP4 192.0.2.4
t=0 0
m=audio 49217 RTP/AVP 0 12
m=video 3227 RTP/AVP 31
a=rtpmap:31 LPC
""".replace(b"\n", b"\r\n")


def test_3_1_1_1_a_short_tortuous_invite() -> None:
    invite = parse(WSINV)
    assert isinstance(invite, Request)
    assert (invite.from_tag, invite.to_tag) == ("98asjd8", "1918181833n")
    assert (invite.cseq, invite.cseq_method, invite.number("max-forwards")) == (9, "INVITE", 68)
    assert (invite.via.branch, invite.via.sent_by) == ("390skdjuw", "192.0.2.2")
    assert len(invite.items("via")) == 3
    assert invite.from_.name == 'J Rosenberg \\"'
    assert invite.contact is not None
    assert (invite.contact.name, invite.contact.uri) == (
        'Quoted string ""',
        "sip:jdrosen@example.com",
    )
    assert invite.header("subject") == ""
    assert invite.header("newfangledheader") == "newfangled value continued newfangled value"
    assert len(invite.body) == 150
    assert Wire().receive(WSINV) == ["481 INVITE"]  # its To tag names no dialog of ours


TREATMENT: dict[str, list[str]] = {
    "intmeth": ["501 !interesting-Method0123456789_*+`.%indeed'~"],
    "esc01": ["100 INVITE"],
    "escnull": ["401 REGISTER"],
    "esc02": ["501 RE%47IST%45R"],  # not another way to write REGISTER
    "lwsdisp": ["200 OPTIONS"],
    "longreq": ["100 INVITE"],
    "dblreq": ["401 REGISTER"],  # what follows the first message in a datagram is ignored
    "semiuri": ["200 OPTIONS"],
    "transports": ["200 OPTIONS"],
    "unreason": [],
    "noreason": [],
    "badinv01": ["400 INVITE"],
    "clerr": ["400 INVITE"],
    "ncl": ["400 INVITE"],
    "scalar02": ["400 REGISTER"],
    "scalarlg": [],
    "quotbal": ["400 INVITE"],
    "ltgtruri": ["400 INVITE"],
    "lwsruri": ["400 INVITE"],
    "lwsstart": ["400 INVITE"],
    "trws": ["400 OPTIONS"],
    "escruri": ["400 INVITE"],
    "baddate": ["100 INVITE"],  # a Date that nobody needs is no reason to refuse
    "regbadct": ["401 REGISTER"],
    "badvers": ["505 OPTIONS"],
    "mismatch01": ["400 INVITE"],
    "mismatch02": ["501 INVITE"],
    "bigcode": [],
    "badbranch": ["200 OPTIONS"],
    "insuf": ["400 INVITE"],
    "unkscm": ["416 OPTIONS"],
    "novelsc": ["416 OPTIONS"],
    "unksm2": ["401 REGISTER"],
    "bext01": ["420 OPTIONS"],
    "invut": ["415 INVITE"],
    "regaut01": ["401 REGISTER"],
    "multi01": ["400 INVITE"],
    "mcl01": ["400 OPTIONS"],
    "bcast": [],
    "zeromf": ["200 OPTIONS"],
    "cparam01": ["401 REGISTER"],
    "cparam02": ["401 REGISTER"],
    "regescrt": ["401 REGISTER"],
    "sdp01": ["406 INVITE"],
    "inv2543": ["100 INVITE"],
}
EITHER = {
    "badaspec": {"200 OPTIONS", "400 OPTIONS"},
    "baddn": {"200 OPTIONS", "400 OPTIONS"},
    "mpart01": {"481 MESSAGE", "405 MESSAGE", "202 MESSAGE", "403 MESSAGE", "401 MESSAGE"},
}
"""Where the RFC lets a liberal element go on; for MESSAGE, anything but a syntax error."""


def test_all_49_are_here() -> None:
    assert len(MESSAGES) == 48
    assert {*MESSAGES} == {*TREATMENT} | {*EITHER}  # and wsinv above


@pytest.mark.parametrize("name", TREATMENT)
def test_treatment(name: str) -> None:
    wire = Wire()
    lines = wire.receive(MESSAGES[name])
    assert lines == TREATMENT[name]
    assert wire.endpoint.counters.internal_errors == 0


@pytest.mark.parametrize("name", EITHER)
def test_treatment_that_is_left_to_the_element(name: str) -> None:
    wire = Wire()
    (line,) = wire.receive(MESSAGES[name])
    assert line in EITHER[name]
    assert wire.endpoint.counters.internal_errors == 0


def test_refusals_say_what_would_do() -> None:
    wire = Wire()
    wire.receive(MESSAGES["bext01"])
    unsupported = wire.take_response().items("unsupported")
    assert unsupported == ["nothingSupportsThis", "nothingSupportsThisEither"]
    wire.receive(MESSAGES["intmeth"])
    assert "INVITE" in wire.take_response().items("allow")
    wire.receive(MESSAGES["invut"])
    assert "application/sdp" in wire.take_response().items("accept")


def test_3_1_1_3_escapes_are_undone_where_they_count() -> None:
    wire = Wire()
    wire.receive(MESSAGES["esc01"])
    call = wire.app.calls[0]
    assert call.to_user == "sips:user@example.com"
    assert call.from_user == "I have spaces"


def test_3_1_1_7_everything_long_is_carried_back() -> None:
    wire = Wire()
    wire.receive(MESSAGES["longreq"])
    answer = wire.take_response()
    assert len(answer.headers["via"]) == 34
    assert len(answer.call_id) > 130


def test_3_1_1_11_a_binary_body_is_whole() -> None:
    message = parse(MESSAGES["mpart01"])
    assert b"\x00" in message.body
    assert message.content_type == "multipart/mixed"


def test_3_1_1_12_and_13_reason_phrases_are_free() -> None:
    unreason = parse(MESSAGES["unreason"])
    assert isinstance(unreason, Response)
    assert (unreason.code, unreason.phrase) == (
        200,
        "= 2**3 * 5**2 но сто девяносто девять - простое",
    )
    noreason = parse(MESSAGES["noreason"])
    assert isinstance(noreason, Response)
    assert (noreason.code, noreason.phrase) == (100, "")


@pytest.mark.parametrize("name", ["scalarlg", "bigcode"])
def test_responses_beyond_all_numbers_are_dropped(name: str) -> None:
    with pytest.raises(MessageError):
        parse(MESSAGES[name])


def registered(name: str, user: str) -> tuple[int, list[str]]:
    """The answer to a REGISTER with the right password: its code, and the Contacts in it."""
    wire = Wire()
    wire.app.passwords[user] = "secret"
    data = MESSAGES[name]
    wire.receive(data)
    asked = wire.take_response().headers["www-authenticate"][0]
    value = Challenge.parse(asked).answer(
        "REGISTER", "sip:example.com", Credentials(user, "secret"), "c"
    )
    again = data.replace(b"branch=", b"branch=z9hG4bKagain").replace(
        b"Max-Forwards", f"Authorization: {value}\r\nMax-Forwards".encode()
    )
    wire.receive(again)
    answer = wire.take_response()
    return answer.code, answer.items("contact")


def test_3_1_1_4_two_contacts_of_nulls_are_two() -> None:
    code, contacts = registered("escnull", "null-\ufffd-null")
    assert code == 200
    assert [contact.partition(";")[0] for contact in contacts] == [
        "<sip:%00@host5.example.com>",
        "<sip:%00%00@host5.example.com>",
    ]


def test_3_1_2_13_a_contact_with_headers_has_to_stand_in_brackets() -> None:
    assert registered("regbadct", "user")[0] == 400


def test_3_3_4_a_registration_for_what_is_no_sip_uri() -> None:
    assert registered("unksm2", "user")[0] in (400, 403, 404)


@pytest.mark.parametrize(
    ("name", "contact"),
    [
        ("cparam01", "<sip:+19725552222@gw1.example.net>"),  # the parameter is the header's
        ("cparam02", "<sip:+19725552222@gw1.example.net;unknownparam>"),  # and here the URI's
    ],
)
def test_3_3_12_and_13_whose_parameter_it_is(name: str, contact: str) -> None:
    code, contacts = registered(name, "watson")
    assert code == 200
    assert len(contacts) == 1
    assert contacts[0].startswith(contact)


def test_3_3_14_headers_in_a_contact_are_kept() -> None:
    code, contacts = registered("regescrt", "user")
    assert code == 200
    assert contacts[0].startswith("<sip:user@example.com?Route=%3Csip:sip.example.com%3E>")


def test_3_4_1_a_caller_of_rfc_2543_is_talked_with() -> None:
    """Without Contact the From URI is the target; without From tag the dialog has none."""
    wire = Wire()
    wire.receive(MESSAGES["inv2543"])
    call = wire.app.calls[0]
    call.answer(b"answer")
    ack = MESSAGES["inv2543"].partition(b"\r\n\r\n")[0].replace(b"INVITE", b"ACK")
    answered = wire.take()[-1]
    assert answered.from_tag == ""
    tag = f";tag={answered.to_tag}\r\nCall-ID".encode()
    wire.receive(ack.replace(b"\r\nCall-ID", tag) + b"\r\n\r\n")
    assert call.state is CallState.CONFIRMED
    call.hangup()
    (sent,) = wire.endpoint.outgoing
    assert sent.destination == wire.peer
    bye = wire.take_request()
    assert bye.uri == "sip:UserB@example.com;maddr=ss1.example.com", "a strict router"
    assert bye.items("route") == ["<sip:+13035551111@ift.client.example.net;user=phone>"]


def test_a_caller_of_rfc_3261_must_name_a_contact() -> None:
    wire = Wire()
    newer = MESSAGES["inv2543"].replace(b"gw.example.com", b"gw.example.com;branch=z9hG4bK1", 1)
    assert wire.receive(newer) == ["400 INVITE"]
