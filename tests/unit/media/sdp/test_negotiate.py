"""Offer and answer, RFC 3264, as seen from each end."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.sdp import (
    Codec,
    NotAcceptable,
    SdpError,
    Stream,
    accept,
    answer,
    offer,
    parse,
    preferring,
)

HEAD = "v=0\r\no=phone 17 3 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"


def offered(*lines: str, head: str = HEAD) -> bytes:
    return (head + "".join(f"{line}\r\n" for line in lines)).encode()


def answered_lines(body: bytes, *, session_id: int = 5, version: int = 0) -> list[str]:
    answer_body = answer(body, "10.0.0.1", 30000, session_id=session_id, version=version).body
    return answer_body.decode().split("\r\n")


def agreed(*lines: str, head: str = HEAD) -> Stream:
    return answer(offered(*lines, head=head), "10.0.0.1", 30000, session_id=5).stream


def test_an_offer_reads_like_this() -> None:
    assert offer("10.0.0.1", 30000, session_id=5).decode() == (
        "v=0\r\n"
        "o=- 5 0 IN IP4 10.0.0.1\r\n"
        "s=-\r\n"
        "c=IN IP4 10.0.0.1\r\n"
        "t=0 0\r\n"
        "m=audio 30000 RTP/AVP 8 0 101\r\n"
        "a=rtpmap:8 PCMA/8000\r\n"
        "a=rtpmap:0 PCMU/8000\r\n"
        "a=rtpmap:101 telephone-event/8000\r\n"
        "a=fmtp:101 0-16\r\n"
        "a=ptime:20\r\n"
        "a=sendrecv\r\n"
    )


def test_an_ipv6_address_is_spelled_ip6() -> None:
    lines = offer("2001:db8::1", 30000, session_id=5).decode().split("\r\n")

    assert "o=- 5 0 IN IP6 2001:db8::1" in lines
    assert "c=IN IP6 2001:db8::1" in lines


def test_every_codec_is_offered_by_its_payload_type() -> None:
    body = offer("10.0.0.1", 30000, session_id=5, codecs=["G722", "L16", "opus"]).decode()

    assert "m=audio 30000 RTP/AVP 9 96 111 101\r\na=rtpmap:9 G722/8000\r\n" in body
    assert "a=rtpmap:96 L16/8000\r\n" in body
    assert "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1\r\n" in body


@pytest.mark.parametrize(
    ("formats", "maps", "codec", "payload_type"),
    [
        ("9 8", (), "G722", 9),
        ("105 8", ("a=rtpmap:105 g722/8000",), "G722", 105),
        ("9 8", ("a=rtpmap:9 G722/16000",), "PCMA", 8),
        ("97 8", ("a=rtpmap:97 L16/8000/1",), "L16", 97),
        ("97 8", ("a=rtpmap:97 L16/16000",), "PCMA", 8),
        ("97 8", ("a=rtpmap:97 L16/8000/2",), "PCMA", 8),
        ("98 8", ("a=rtpmap:98 OPUS/48000/2",), "opus", 98),
        ("98 8", ("a=rtpmap:98 opus/48000",), "PCMA", 8),
        ("96 8", (), "PCMA", 8),
        ("8 9", (), "PCMA", 8),
    ],
)
def test_the_offerers_first_codec_that_is_allowed_is_taken(
    formats: str, maps: tuple[str, ...], codec: Codec, payload_type: int
) -> None:
    body = offered(f"m=audio 40000 RTP/AVP {formats}", *maps)
    allowed: list[Codec] = ["PCMA", "G722", "L16", "opus"]

    stream = answer(body, "10.0.0.1", 30000, session_id=5, codecs=allowed).stream

    assert (stream.codec, stream.payload_type) == (codec, payload_type)


@pytest.mark.parametrize(
    ("codec", "wishes", "packet_ms"),
    [
        ("opus", ("a=ptime:60",), 60),
        ("opus", ("a=ptime:30",), 20),
        ("opus", ("a=ptime:60", "a=maxptime:50"), 40),
        ("opus", ("a=maxptime:5",), 10),
        ("PCMA", ("a=ptime:60", "a=maxptime:50"), 50),
    ],
)
def test_packets_have_lengths_that_the_codec_can_fill(
    codec: Codec, wishes: tuple[str, ...], packet_ms: int
) -> None:
    body = offered("m=audio 40000 RTP/AVP 111 8", "a=rtpmap:111 opus/48000/2", *wishes)

    stream = answer(body, "10.0.0.1", 30000, session_id=5, codecs=[codec]).stream

    assert (stream.codec, stream.packet_ms) == (codec, packet_ms)


@pytest.mark.parametrize(
    ("formats", "codec", "noise"),
    [("8 13", "PCMA", True), ("8", "PCMA", False), ("111 13", "opus", False)],
)
def test_comfort_noise_is_agreed_where_the_peer_offers_it_for_its_clock(
    formats: str, codec: Codec, noise: bool
) -> None:
    body = offered(f"m=audio 40000 RTP/AVP {formats}", "a=rtpmap:111 opus/48000/2")

    reply = answer(body, "10.0.0.1", 30000, session_id=5, codecs=["PCMA", "opus"])

    assert (reply.stream.codec, reply.stream.comfort_noise) == (codec, noise)
    assert (b"a=rtpmap:13 CN/8000" in reply.body) is noise


@pytest.mark.parametrize(
    ("codecs", "formats"),
    [(["PCMA", "opus"], "8 111 13 101"), (["G722"], "9 13 101"), (["opus"], "111 101")],
)
def test_comfort_noise_is_offered_beside_codecs_of_its_clock(
    codecs: list[Codec], formats: str
) -> None:
    ours = offer("10.0.0.1", 30000, session_id=5, codecs=codecs, comfort_noise=True)

    assert f"m=audio 30000 RTP/AVP {formats}\r\n" in ours.decode()
    assert (b"a=rtpmap:13 CN/8000\r\n" in ours) is ("13" in formats)


@pytest.mark.parametrize(("formats", "noise"), [("8 13", True), ("8", False)])
def test_a_peer_may_take_comfort_noise_or_not(formats: str, noise: bool) -> None:
    ours = offer("10.0.0.1", 30000, session_id=5, comfort_noise=True)

    assert accept(ours, offered(f"m=audio 40000 RTP/AVP {formats}")).comfort_noise is noise


def test_an_answer_may_leave_out_what_our_offer_said() -> None:
    ours = offer("10.0.0.1", 30000, session_id=5, codecs=["L16", "G722"])

    assert accept(ours, offered("m=audio 40000 RTP/AVP 96")).codec == "L16"
    assert accept(ours, offered("m=audio 40000 RTP/AVP 9")).codec == "G722"


def test_who_talks_with_somebody_is_offered_their_codec_first() -> None:
    assert preferring(None) == ("PCMA", "PCMU")
    assert preferring("PCMU") == ("PCMU", "PCMA")
    assert preferring("G722") == ("G722", "PCMA", "PCMU")


def test_an_offer_may_be_restricted_to_what_the_other_leg_speaks() -> None:
    body = offer("10.0.0.1", 30000, session_id=5, restrict_to="PCMU")

    assert parse(body).media[0].formats == ("0", "101")


def test_a_restriction_to_a_codec_that_is_not_allowed_is_an_error() -> None:
    with pytest.raises(NotAcceptable, match="PCMU is not allowed"):
        offer("10.0.0.1", 30000, session_id=5, codecs=["PCMA"], restrict_to="PCMU")


def test_an_answer_mirrors_the_offer() -> None:
    body = offered(
        "m=audio 40000 RTP/AVP 0 8 96",
        "a=rtpmap:96 telephone-event/8000",
        "a=fmtp:96 0-15",
        "a=ptime:30",
    )

    reply = answer(body, "10.0.0.1", 30000, session_id=5, version=2)

    assert reply.body.decode() == (
        "v=0\r\n"
        "o=- 5 2 IN IP4 10.0.0.1\r\n"
        "s=-\r\n"
        "c=IN IP4 10.0.0.1\r\n"
        "t=0 0\r\n"
        "m=audio 30000 RTP/AVP 0 96\r\n"
        "a=rtpmap:0 PCMU/8000\r\n"
        "a=rtpmap:96 telephone-event/8000\r\n"
        "a=fmtp:96 0-16\r\n"
        "a=ptime:30\r\n"
        "a=sendrecv\r\n"
    )
    assert reply.stream == Stream("192.0.2.7", 40000, "PCMU", 0, 96, 30, "sendrecv")


@pytest.mark.parametrize(
    ("formats", "codecs", "chosen"),
    [
        ("8 0", ("PCMA", "PCMU"), ("PCMA", 8)),
        ("0 8", ("PCMA", "PCMU"), ("PCMU", 0)),
        ("0 8", ("PCMA",), ("PCMA", 8)),
        ("9 18 3 0", ("PCMA", "PCMU"), ("PCMU", 0)),
    ],
)
def test_the_offerer_s_preference_decides_among_the_allowed_codecs(
    formats: str, codecs: tuple[Codec, ...], chosen: tuple[Codec, int]
) -> None:
    body = offered(f"m=audio 40000 RTP/AVP {formats}")

    stream = answer(body, "10.0.0.1", 30000, session_id=5, codecs=codecs).stream

    assert (stream.codec, stream.payload_type) == chosen


def test_a_dynamic_payload_type_keeps_the_offerer_s_number() -> None:
    stream = agreed("m=audio 40000 RTP/AVP 97", "a=rtpmap:97 pcma/8000")

    assert (stream.codec, stream.payload_type) == ("PCMA", 97)


def test_other_media_are_refused_in_their_place() -> None:
    lines = answered_lines(
        offered(
            "m=video 40002 RTP/AVP 96 97",
            "a=rtpmap:96 H264/90000",
            "m=audio 40000 RTP/AVP 8",
            "m=audio 40004 RTP/AVP 8",
            "m=image 40006 udptl t38",
        )
    )

    assert [line for line in lines if line.startswith("m=")] == [
        "m=video 0 RTP/AVP 96 97",
        "m=audio 30000 RTP/AVP 8",
        "m=audio 0 RTP/AVP 8",
        "m=image 0 udptl t38",
    ]


def test_the_first_audio_line_that_can_be_spoken_is_taken() -> None:
    stream = agreed("m=audio 40000 RTP/SAVP 8", "m=audio 0 RTP/AVP 8", "m=audio 40004 RTP/AVP 8")

    assert stream.remote_port == 40004


@pytest.mark.parametrize(
    ("lines", "answered", "ours"),
    [
        (["a=sendrecv"], "a=sendrecv", "sendrecv"),
        (["a=sendonly"], "a=recvonly", "recvonly"),
        (["a=recvonly"], "a=sendonly", "sendonly"),
        (["a=inactive"], "a=inactive", "inactive"),
        (["c=IN IP4 0.0.0.0"], "a=recvonly", "recvonly"),
        (["c=IN IP4 0.0.0.0", "a=recvonly"], "a=inactive", "inactive"),
        (["c=IN IP6 ::"], "a=recvonly", "recvonly"),
    ],
)
def test_the_direction_is_answered_by_its_mirror_image(
    lines: list[str], answered: str, ours: str
) -> None:
    body = offered("m=audio 40000 RTP/AVP 8", *lines)

    assert answered in answered_lines(body)
    assert answer(body, "10.0.0.1", 30000, session_id=5).stream.direction == ours


def test_we_may_hold_the_peer_in_our_answer() -> None:
    body = offered("m=audio 40000 RTP/AVP 8")

    held = answer(body, "10.0.0.1", 30000, session_id=5, direction="sendonly")

    assert held.stream.direction == "sendonly"
    assert b"a=sendonly\r\n" in held.body


@pytest.mark.parametrize(
    ("lines", "packet_ms"),
    [
        ([], 20),
        (["a=ptime:40"], 40),
        (["a=ptime:0"], 20),
        (["a=ptime:25"], 20),
        (["a=ptime:200"], 20),
        (["a=ptime:60", "a=maxptime:40"], 40),
        (["a=maxptime:15"], 10),
        (["a=maxptime:5"], 10),
    ],
)
def test_the_packet_length_is_what_the_peer_wants_within_reason(
    lines: list[str], packet_ms: int
) -> None:
    assert agreed("m=audio 40000 RTP/AVP 8", *lines).packet_ms == packet_ms


@pytest.mark.parametrize(
    "lines",
    [
        ["m=audio 40000 RTP/AVP 8"],
        ["m=audio 40000 RTP/AVP 8 101"],
        ["m=audio 40000 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/48000"],
    ],
)
def test_a_phone_without_usable_telephone_events_gets_none(lines: list[str]) -> None:
    assert agreed(*lines).event_payload_type is None


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "no audio"),
        (["m=video 40000 RTP/AVP 96"], "no audio"),
        (["m=audio 0 RTP/AVP 8"], "no audio"),
        (["m=audio 40000 RTP/SAVP 8"], "SRTP is switched off"),
        (["m=audio 40000 RTP/AVP 9 18 101"], "codecs PCMA, PCMU"),
        (["m=audio 40000 RTP/AVP 8", "a=rtpmap:8 PCMA/8000/2"], "codecs"),
        (["m=audio 40000 RTP/AVP 128 pcma +8 08x"], "codecs"),
        (["m=audio 40000 RTP/AVP 8", "c=IN IP4 phone.example.com"], "not an IP address"),
        (["m=audio 40000 RTP/AVP 8", "c=IN IP4 224.2.1.1/127"], "not one host's"),
        (["m=audio 40000 RTP/AVP 8", "c=IN IP4 224.2.1.1"], "not one host's"),
        (["m=audio 40000 RTP/AVP 8", "c=IN IP4 255.255.255.255"], "not one host's"),
        (["m=audio 40000 RTP/AVP 8", "c=IN IP6 fe80::1%eth0"], "not one host's"),
        (["m=audio 40000 RTP/AVP 8", "c=IN IP6 2001:db8::1"], "cannot be reached from 10.0.0.1"),
    ],
)
def test_what_cannot_be_spoken_is_not_acceptable(lines: list[str], message: str) -> None:
    with pytest.raises(NotAcceptable, match=message):
        agreed(*lines)


def test_an_offer_without_an_address_is_not_acceptable() -> None:
    with pytest.raises(NotAcceptable, match="not an IP address"):
        agreed("m=audio 40000 RTP/AVP 8", head="v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\n")


def test_the_offer_s_timing_is_repeated() -> None:
    head = HEAD.replace("t=0 0", "t=2873397496 2873404696")

    assert "t=2873397496 2873404696" in answered_lines(
        offered("m=audio 40000 RTP/AVP 8", head=head)
    )


OUR_OFFER = offer("10.0.0.1", 30000, session_id=5)


def test_an_answer_to_our_offer_is_the_stream() -> None:
    body = offered("m=audio 40000 RTP/AVP 0 96", "a=rtpmap:96 telephone-event/8000")

    assert accept(OUR_OFFER, body) == Stream("192.0.2.7", 40000, "PCMU", 0, 96, 20, "sendrecv")


def test_formats_that_an_answer_does_not_map_mean_what_the_offer_said() -> None:
    assert accept(OUR_OFFER, offered("m=audio 40000 RTP/AVP 8 101")).event_payload_type == 101


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "refuses"),
        (["m=audio 0 RTP/AVP 8"], "refuses"),
        (["m=video 4000 RTP/AVP 8"], "refuses"),
        (["m=audio 4000 RTP/AVP 9"], "codecs"),
    ],
)
def test_an_answer_that_refuses_is_not_acceptable(lines: list[str], message: str) -> None:
    with pytest.raises(NotAcceptable, match=message):
        accept(OUR_OFFER, offered(*lines))


def test_an_answer_may_hold_us() -> None:
    body = offered("m=audio 40000 RTP/AVP 8", "a=sendonly")

    assert accept(OUR_OFFER, body).direction == "recvonly"


def _hosts(version: Literal[4, 6]) -> st.SearchStrategy[str]:
    return (
        st.ip_addresses(v=version)
        .filter(lambda address: not (address.is_multicast or address.is_unspecified))
        .map(str)
        .filter("255.255.255.255".__ne__)
    )


HOST_PAIRS = st.one_of(st.tuples(_hosts(4), _hosts(4)), st.tuples(_hosts(6), _hosts(6)))
CODEC_ORDERS: st.SearchStrategy[tuple[Codec, ...]] = st.sampled_from(
    [("PCMA",), ("PCMU",), ("PCMA", "PCMU"), ("PCMU", "PCMA")]
)


@given(
    HOST_PAIRS,
    st.integers(1, 65535),
    CODEC_ORDERS,
    st.sampled_from([10, 20, 30, 40, 60]),
    st.integers(1, 65535),
)
def test_two_of_our_own_always_agree(
    hosts: tuple[str, str],
    caller_port: int,
    codecs: tuple[Codec, ...],
    packet_ms: int,
    callee_port: int,
) -> None:
    caller, callee = hosts
    body = offer(caller, caller_port, codecs=codecs, session_id=1, packet_ms=packet_ms)

    theirs = answer(body, callee, callee_port, session_id=2)
    ours = accept(body, theirs.body)

    assert theirs.stream == Stream(
        caller, caller_port, codecs[0], ours.payload_type, 101, packet_ms, "sendrecv"
    )
    assert (ours.remote_ip, ours.remote_port, ours.codec) == (callee, callee_port, codecs[0])


PIECES = st.sampled_from(
    [
        "m=audio 4000 RTP/AVP 8 0 101",
        "m=audio 0 RTP/AVP 8",
        "m=video 4000 RTP/AVP 96",
        "m=audio 4000 RTP/AVP ",
        "c=IN IP4 ",
        "c=IN IP6 ",
        "a=rtpmap:8 ",
        "a=rtpmap:101 telephone-event/8000",
        "a=ptime:",
        "a=maxptime:",
        "a=inactive",
    ]
)


@given(st.lists(st.tuples(PIECES, st.text(max_size=10)), max_size=12))
def test_no_offer_raises_anything_but_an_sdp_error(pieces: list[tuple[str, str]]) -> None:
    body = offered(*(piece + extra for piece, extra in pieces)).decode().encode()
    for use in (
        lambda: answer(body, "10.0.0.1", 30000, session_id=5).body,
        lambda: accept(OUR_OFFER, body),
    ):
        try:
            result = use()
        except SdpError:
            continue
        if isinstance(result, bytes):
            assert len(parse(result).media) == len(parse(body).media)
