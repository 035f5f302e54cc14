"""What RFC 4475 tries a parser with, each against a whole endpoint.

The one long message stands as in the RFC; of the others only the tortured line, put into an
otherwise plain request from the trunk.
"""

import pytest

from sip.message import Request, parse
from tests.support.sip_messages import request
from tests.support.sip_wire import Wire

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


def swap(old: str, new: str, method: str = "INVITE") -> bytes:
    """A plain request with one piece of text exchanged."""
    data = request(method)
    assert old.encode() in data
    return data.replace(old.encode(), new.encode("utf-8", "surrogateescape"), 1)


URI = "sip:4001@10.0.0.1 "
FROM = '"Ann" <sip:100@10.0.0.2>;tag=f1'
CASES: dict[str, tuple[bytes, list[str]]] = {
    "3.1.1.2 odd but legal method": (
        swap("OPTIONS", "!interesting-Method0123456789_*+`.%indeed'~", "OPTIONS").replace(
            b"CSeq: 1 OPTIONS", b"CSeq: 1 !interesting-Method0123456789_*+`.%indeed'~"
        ),
        ["501 !interesting-Method0123456789_*+`.%indeed'~"],
    ),
    "3.1.1.3 escapes in the Request-URI": (swap(URI, "sip:%34001%20x@10.0.0.1 "), ["100 INVITE"]),
    "3.1.1.4 escaped nulls": (swap(URI, "sip:null-%00-null@10.0.0.1 "), ["100 INVITE"]),
    "3.1.1.5 a percent that escapes nothing": (
        swap("OPTIONS", "RE%47IST%45R", "OPTIONS").replace(b"1 OPTIONS", b"1 RE%47IST%45R"),
        ["501 RE%47IST%45R"],
    ),
    "3.1.1.6 no white space before the bracket": (
        swap(FROM, "caller<sip:c@h>;tag=3"),
        ["100 INVITE"],
    ),
    "3.1.1.7 long values": (
        swap(FROM, f'"{"A" * 9000}" <sip:c@h>;tag={"t" * 9000}'),
        ["100 INVITE"],
    ),
    "3.1.1.8 garbage after the body": (request() + b"INVITE again\r\n\r\n", ["100 INVITE"]),
    "3.1.1.9 semicolon in the user part": (
        swap(URI, "sip:user;par=u%40h@10.0.0.1 "),
        ["100 INVITE"],
    ),
    "3.1.1.10 many transports": (
        swap("SIP/2.0/UDP", "SIP/2.0/UNKNOWN"),
        ["100 INVITE"],
    ),
    "3.1.2.1 separators run wild": (swap("tag=f1", "tag=f1;;,;,,"), ["100 INVITE"]),
    "3.1.2.2 Content-Length too large": (swap("Length: 0", "Length: 9999"), ["400 INVITE"]),
    "3.1.2.3 negative Content-Length": (swap("Length: 0", "Length: -999"), ["400 INVITE"]),
    "3.1.2.4 overlarge scalars": (swap("CSeq: 1", "CSeq: 36893488147419103232"), ["400 INVITE"]),
    "3.1.2.6 unterminated quote": (swap(FROM, '"Mr. J. User <sip:c@h>;tag=1'), ["400 INVITE"]),
    "3.1.2.7 Request-URI in brackets": (swap(URI, "<sip:4001@10.0.0.1> "), ["400 INVITE"]),
    "3.1.2.8 space inside the Request-URI": (swap(URI, "sip:4001@10.0.0.1; lr "), ["400 INVITE"]),
    "3.1.2.9 too many spaces in the first line": (
        swap("INVITE sip", "INVITE  sip"),
        ["400 INVITE"],
    ),
    "3.1.2.10 trailing space in the first line": (
        swap("SIP/2.0\r\n", "SIP/2.0  \r\n"),
        ["400 INVITE"],
    ),
    "3.1.2.11 headers in the Request-URI": (
        swap(URI, "sip:4001@10.0.0.1?Route=%3Csip:x%3E "),
        ["100 INVITE"],
    ),
    "3.1.2.16 unknown protocol version": (swap(" SIP/2.0\r", " SIP/7.0\r"), ["505 INVITE"]),
    "3.1.2.17 methods that do not match": (
        swap("CSeq: 1 INVITE", "CSeq: 1 OPTIONS"),
        ["400 OPTIONS"],
    ),
    "3.1.2.18 unknown methods that do not match": (
        swap("INVITE sip", "NEWMETHOD sip"),
        ["400 INVITE"],
    ),
    "3.1.2.19 response code out of range": (
        request().replace(b"INVITE sip:4001@10.0.0.1 SIP/2.0", b"SIP/2.0 4294967301 better"),
        [],
    ),
    "3.2.1 branch without rest": (swap("branch=z9hG4bKa", "branch=z9hG4bK"), ["100 INVITE"]),
    "3.3.1 missing required fields": (swap("Call-ID: call-1\r\n", ""), ["400 INVITE"]),
    "3.3.2 unknown scheme": (swap(URI, "nobodyKnowsThisScheme:totallyopaque "), ["416 INVITE"]),
    "3.3.3 known but wrong scheme": (swap(URI, "soap.beep://192.0.2.103:3002 "), ["416 INVITE"]),
    "3.3.4 unknown scheme in From": (swap(FROM, "<isbn:2983792873>;tag=1"), ["100 INVITE"]),
    "3.3.5 unknown Require": (
        swap("Contact", "Require: nothingSupports\r\nContact"),
        ["420 INVITE"],
    ),
    "3.3.7 Max-Forwards is zero": (swap("Forwards: 70", "Forwards: 0", "OPTIONS"), ["200 OPTIONS"]),
    "3.3.8 two of what must be one": (swap("CSeq: 1", "CSeq: 8 INVITE\r\nCSeq: 1"), ["400 INVITE"]),
    "3.3.9 several Content-Lengths": (
        swap("Length: 0", "Length: 0\r\nContent-Length: 5"),
        ["400 INVITE"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_tortured_line(name: str) -> None:
    data, expected = CASES[name]
    wire = Wire()
    assert wire.receive(data) == expected
    assert wire.endpoint.counters.internal_errors == 0


def test_3_1_1_4_null_characters_do_not_reach_the_application() -> None:
    wire = Wire()
    wire.receive(CASES["3.1.1.4 escaped nulls"][0])
    assert wire.app.calls[0].to_user == "null-\ufffd-null"
