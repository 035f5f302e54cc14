import time
from collections.abc import Callable

import pytest
from sipmessage.via import VIA_EXCEPTION

from sip import fields
from sip.fields import NameAddr, Uri, Via


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("SIP/2.0/UDP a.b:5061;branch=z9hG4bK1", Via("UDP", "a.b:5061", "z9hG4bK1", False)),
        ("SIP/2.0/udp A.B;rport;branch=z9hG4bK1", Via("UDP", "a.b", "z9hG4bK1", True)),
        ("SIP/2.0/UDP a;rport=5 ; Branch = x", Via("UDP", "a", "x", False)),
        ("SIP/2.0/TCP [2001:db8::1]:5060;branch=x", Via("TCP", "[2001:db8::1]:5060", "x", False)),
        ("SIP/2.0/UDP a;branch=1, SIP/2.0/TCP b;branch=2", Via("UDP", "a", "1", False)),
        ("SIP / 2.0 / UDP  a.b:5060 ;branch=x;rport", Via("UDP", "a.b:5060", "x", True)),
    ],
)
def test_via_spellings(value: str, expected: Via) -> None:
    assert fields.parse_via(value) == expected


@pytest.mark.parametrize("value", ["", "SIP/2.0/UDP", "HTTP/1.1 a", "SIP/2.0/UDP a b c"])
def test_what_is_no_via_is_an_error(value: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        fields.parse_via(value)


@pytest.mark.parametrize(
    ("value", "stamped"),
    [
        ("SIP/2.0/UDP 1.2.3.4:99;branch=x", "SIP/2.0/UDP 1.2.3.4:99;branch=x"),
        ("SIP/2.0/UDP h:99;branch=x", "SIP/2.0/UDP h:99;branch=x;received=1.2.3.4"),
        (
            "SIP/2.0/UDP h;rport;branch=x",
            "SIP/2.0/UDP h;branch=x;rport=7;received=1.2.3.4",
        ),
        (
            "SIP/2.0/UDP h;received=6.6.6.6;branch=x, SIP/2.0/UDP k;rport",
            "SIP/2.0/UDP h;branch=x;received=1.2.3.4, SIP/2.0/UDP k;rport",
        ),
    ],
)
def test_the_true_source_is_written_into_the_top_via_only(value: str, stamped: str) -> None:
    assert fields.stamp_via(value, "1.2.3.4", 7) == stamped


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<sip:a@b>;tag=x", NameAddr("", "sip:a@b", ";tag=x")),
        ("Ann Lee <sip:a@b>", NameAddr("Ann Lee", "sip:a@b", "")),
        (r'"Ann \"<x>\" Lee" <sip:a@b;lr>;q=1', NameAddr('Ann "<x>" Lee', "sip:a@b;lr", ";q=1")),
        ("sip:a@b;tag=x", NameAddr("", "sip:a@b", ";tag=x")),
        ("foo:whatever;tag=y", NameAddr("", "foo:whatever", ";tag=y")),
    ],
)
def test_the_three_forms_of_an_address(value: str, expected: NameAddr) -> None:
    assert fields.parse_name_addr(value) == expected


@pytest.mark.parametrize("value", ['"open <sip:a@b>', "<sip:a@b", "", '"name"', "two words"])
def test_broken_addresses_are_errors(value: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        fields.parse_name_addr(value)


@pytest.mark.parametrize(
    ("value", "tag"),
    [
        ("<sip:a@b>;tag=x1", "x1"),
        ("<sip:a@b>; x=y ; TAG = x2", "x2"),
        ('"n;tag=no" <sip:a@b;tag=no>', ""),
        ('<sip:a@b>;text=";tag=no";tag=yes', "yes"),
        ("sip:a@b;tag=x3;y", "x3"),
        ("<sip:a@b>", ""),
    ],
)
def test_tags(value: str, tag: str) -> None:
    assert fields.tag_of(value) == tag


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sip:100@10.0.0.1:5070", Uri("sip", "100", "10.0.0.1", 5070, "")),
        ("SIP:ann:pw@Example.COM;lr", Uri("sip", "ann", "example.com", None, ";lr")),
        ("sips:[2001:db8::1]:5061", Uri("sips", "", "2001:db8::1", 5061, "")),
        ("sip:%61nn@host", Uri("sip", "ann", "host", None, "")),
        ("sip:ann@host?Subject=x", Uri("sip", "ann", "host", None, "")),
        ("tel:+86-10-1234", Uri("tel", "+86-10-1234", "", None, "")),
    ],
)
def test_uris(text: str, expected: Uri) -> None:
    assert fields.parse_uri(text) == expected


@pytest.mark.parametrize(
    "text", ["", "sip:", "sip:a@", "sip:a@h:port", "sip:a@h:99999", "foo:bar", "sip:a b@h"]
)
def test_what_is_no_uri_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        fields.parse_uri(text)


@pytest.mark.parametrize(
    ("uri", "user"),
    [
        ("sip:4001@h", "4001"),
        ("sip:4001;phone-context=+86@h;user=phone", "4001"),
        ("sip:13800138000;noa=national;srvattri=national@h", "13800138000"),
        ("sip:+861012345678;npdi;rn=+8610@h", "+861012345678"),
        ("tel:+86-10-1234-5678;cpc=ordinary", "+861012345678"),
        ("tel:(010)12.34-56", "010123456"),
        ("sip:%2B86-10-1234@h", "+86101234"),
        ("sip:10-86@h;user=phone", "1086"),
        ("sip:*21%23;isub=1@h", "*21#"),
        # No telephone numbers.
        ("sip:10-86@h", "10-86"),
        ("sip:ann;mood=good@h", "ann;mood=good"),
        ("sip:ann.b-c@h;user=phone", "ann.b-c"),
        ("sip:+-()@h", "+-()"),
        ("sip:@h", ""),
        ("sip:h", ""),
        ("foo:4001", ""),
    ],
)
def test_whom_a_uri_names(uri: str, user: str) -> None:
    assert fields.user_of(uri) == user


def test_lists_split_at_commas_outside_quotes_and_brackets() -> None:
    value = '<sip:a@b,c>;x="1,2" , "D, E" <sip:d@e>,sip:f@g,'
    assert fields.split_list(value) == ['<sip:a@b,c>;x="1,2"', '"D, E" <sip:d@e>', "sip:f@g"]


def test_authentication_fields_keep_commas_inside_quotes() -> None:
    scheme, parameters = fields.parse_auth(r'Digest realm="a \"b\", c", qop="auth,auth-int", NC=1')
    assert scheme == "digest"
    assert parameters == {"realm": 'a "b", c', "qop": "auth,auth-int", "nc": "1"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1 INVITE", (1, "INVITE")), ("4294967295   BYE", (4294967295, "BYE"))],
)
def test_cseq(value: str, expected: tuple[int, str]) -> None:
    assert fields.parse_cseq(value) == expected


@pytest.mark.parametrize(
    "value", ["", "INVITE", "-1 INVITE", "4294967296 INVITE", "9" * 5000 + " A"]
)
def test_bad_cseq_is_an_error(value: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        fields.parse_cseq(value)


_QUOTES_THAT_NEVER_CLOSE = '"' + '\\"' * 32_000


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (fields.tag_of, f"<sip:a@b>;x={_QUOTES_THAT_NEVER_CLOSE}"),
        (fields.split_list, f",{_QUOTES_THAT_NEVER_CLOSE}"),
        (fields.split_list, "," + "<" * 64_000),
        (fields.parse_auth, "Digest x=1 " + "a" * 64_000),
        (fields.parse_auth, f"Digest a={_QUOTES_THAT_NEVER_CLOSE}"),
    ],
    ids=["tag", "list of quotes", "list of brackets", "words", "quoted parameter"],
)
def test_the_longest_field_costs_milliseconds(read: Callable[[str], object], value: str) -> None:
    """A search that begins anew at each character takes many seconds of processor time."""
    begun = time.thread_time()
    read(value)
    assert time.thread_time() - begun < 1


def test_a_quote_that_never_closes_reaches_to_the_end() -> None:
    assert fields.parameter(';x="a;b;tag=1', "tag") is None
    assert fields.split_list('a,"b,c') == ["a", '"b,c']
    assert fields.split_list("a,<b,c") == ["a", "<b,c"]


def test_undecodable_text_becomes_readable() -> None:
    assert fields.readable(b"J\xf6rg".decode("utf-8", "surrogateescape")) == "Jörg"
    assert fields.readable("小李") == "小李"
    assert fields.readable("a\0b\x1bc d") == "a\ufffdb\ufffdc d"


def test_a_stranger_cannot_make_us_keep_the_malformed_fields_it_sends() -> None:
    """sipmessage's exceptions live as long as the process, and with them their tracebacks."""
    for _ in range(10):
        with pytest.raises(ValueError, match="Via is not valid"):
            fields.parse_via("nonsense")
    assert VIA_EXCEPTION.__traceback__ is None
    assert VIA_EXCEPTION.__context__ is None
