"""G.729: passed on between two legs that speak it, and never beside a codec that we speak."""

import pytest

from media.sdp import OPAQUE, Codec, NotAcceptable, OnlyOpaque, SdpSession, parse, preferring

PASSING: tuple[Codec, ...] = ("PCMA", "PCMU", OPAQUE)


def described(formats: str, *lines: str) -> bytes:
    """A phone's description: its `m=` line's formats, and attributes."""
    written = "".join(f"{line}\r\n" for line in lines)
    return (
        "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
        f"m=audio 40000 RTP/AVP {formats}\r\n{written}"
    ).encode()


def session(codecs: tuple[Codec, ...] = PASSING) -> SdpSession:
    return SdpSession("10.0.0.1", 30000, session_id=5, codecs=codecs)


@pytest.mark.parametrize(
    ("formats", "lines", "payload_type"),
    [
        ("18", (), 18),
        ("18", ("a=rtpmap:18 G729/8000",), 18),
        ("18", ("a=rtpmap:18 G729/8000/1", "a=fmtp:18 annexb=no"), 18),
        ("18", ("a=rtpmap:18 g729/8000", "a=fmtp:18 annexb=yes"), 18),
        ("18", ("a=fmtp:18 annexb = no",), 18),
        ("18", ("a=fmtp:18 AnnexB=NO;bitrate=8",), 18),
        ("18", ("a=fmtp:18",), 18),
        ("18 101", ("a=rtpmap:18 G729A/8000", "a=rtpmap:101 telephone-event/8000"), 18),
        ("13 101 98", ("a=rtpmap:98 G729AB/8000", "a=rtpmap:101 telephone-event/8000"), 98),
        ("4 18", ("a=rtpmap:4 G723/8000", "a=ptime:30"), 18),
    ],
)
def test_whatever_is_said_of_it_is_answered_without_annex_b(
    formats: str, lines: tuple[str, ...], payload_type: int
) -> None:
    """RFC 7261 §3.2: `no` may answer both, and is the only answer to `no`."""
    leg = session()
    body = leg.answer(described(formats, *lines)).decode()

    assert leg.stream is not None
    assert (leg.stream.codec, leg.stream.payload_type) == ("G729", payload_type)
    assert leg.stream.event_payload_type == (101 if "101" in formats else None)
    assert f"a=rtpmap:{payload_type} G729/8000\r\na=fmtp:{payload_type} annexb=no\r\n" in body
    assert leg.opaque


@pytest.mark.parametrize("formats", ["18 8", "8 18", "18 0 101"])
def test_a_codec_of_ours_goes_before_it(formats: str) -> None:
    leg = session()
    leg.answer(described(formats))

    assert leg.stream is not None
    assert leg.stream.codec in ("PCMA", "PCMU")
    assert not leg.opaque


@pytest.mark.parametrize("name", ["G729D", "G729E", "G7291", "G723"])
def test_its_relatives_are_other_codecs(name: str) -> None:
    with pytest.raises(NotAcceptable, match="none of the codecs"):
        session().answer(described("97", f"a=rtpmap:97 {name}/8000"))


def test_where_it_is_not_passed_on_an_offer_of_it_alone_is_told_from_others() -> None:
    with pytest.raises(OnlyOpaque, match="only G729"):
        session(("PCMA", "PCMU")).answer(described("18 101"))
    with pytest.raises(NotAcceptable) as refused:
        session(("PCMA", "PCMU")).answer(described("4"))
    assert not isinstance(refused.value, OnlyOpaque)


def test_who_is_called_is_offered_it_alone_and_must_take_it() -> None:
    assert preferring(OPAQUE, ("PCMA", "PCMU")) == (OPAQUE,)
    leg = session(preferring(OPAQUE))
    [media] = parse(leg.offer()).media
    assert media.formats == ("18", "101")
    with pytest.raises(NotAcceptable, match="none of the codecs G729"):
        leg.accept(described("8 101"))
    assert leg.accept(described("18")).codec == "G729"


def test_an_offer_of_ours_never_names_it_beside_others() -> None:
    leg = session()
    [media] = parse(leg.offer()).media
    assert media.formats == ("8", "0", "101")
    with pytest.raises(OnlyOpaque):
        leg.accept(described("18"))


def test_what_was_agreed_on_stays_of_its_kind() -> None:
    """The leg at the other end could not follow."""
    passed, spoken = session(), session()
    passed.answer(described("18"))
    spoken.answer(described("8"))

    for leg, other in ((passed, "8"), (spoken, "18")):
        before = leg.stream
        with pytest.raises(NotAcceptable):
            leg.answer(described(other))
        assert leg.stream == before
    passed.answer(described("8 18"))
    assert passed.stream is not None
    assert passed.stream.codec == "G729"
    assert parse(passed.offer()).media[0].formats == ("18", "101")
