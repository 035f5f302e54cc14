"""What carriers, phones and browsers write, in the manner of each, and what becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.sdp import (
    Codec,
    Fingerprint,
    Handshake,
    NotAcceptable,
    Policy,
    Sdes,
    SdpError,
    SdpSession,
    Stream,
    parse,
)

KEY = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
KEY_256 = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXI="
HASH = ":".join(["5C"] * 32)
SECRET = Policy(
    srtp="optional",
    sdes=True,
    fingerprint=lambda: Fingerprint("sha-256", bytes(32)),
    random=lambda count: bytes(count),
)
PLAIN = Policy()
CODECS: tuple[Codec, ...] = ("PCMA", "PCMU", "G722")


def sdp(*lines: str, end: str = "\r\n") -> bytes:
    return end.join([*lines, ""]).encode()


@dataclass(frozen=True)
class Sample:
    """One offer, and the facts of the stream and of the answer that are to come of it."""

    offer: bytes
    codec: str = "PCMA"
    remote: tuple[str, int] = ("198.51.100.7", 40000)
    direction: str = "sendrecv"
    event: int | None = 101
    packet_ms: int = 20
    secret: str = ""
    """The suite, or `dtls`."""
    answered: tuple[str, ...] = ()
    """Lines of the answer."""


SAMPLES: Mapping[str, Sample] = {
    "a carrier's session border controller": Sample(
        sdp(
            "v=0",
            "o=SBC 1720 1720 IN IP4 198.51.100.7",
            "s=SIP Call",
            "c=IN IP4 198.51.100.7",
            "t=0 0",
            "a=sendrecv",
            "m=audio 40000 RTP/AVP 8 0 18 101",
            "a=rtpmap:18 G729/8000",
            "a=fmtp:18 annexb=no",
            "a=rtpmap:101 telephone-event/8000",
            "a=fmtp:101 0-15",
            "a=ptime:20",
            "a=maxptime:40",
        ),
    ),
    "a softswitch that leaves static maps out and holds at the session level": Sample(
        sdp(
            "v=0",
            "o=HuaweiSoftX3000 1073741833 1073741833 IN IP4 198.51.100.7",
            "s=Sip Call",
            "c=IN IP4 198.51.100.7",
            "t=0 0",
            "a=sendonly",
            "m=audio 40000 RTP/AVP 0 8 97",
            "a=rtpmap:97 telephone-event/8000",
        ),
        codec="PCMU",
        event=97,
        direction="recvonly",
    ),
    "a gateway that prefers fax and brings a T.38 line": Sample(
        sdp(
            "v=0",
            "o=CiscoSystemsSIP-GW-UserAgent 6333 8304 IN IP4 198.51.100.7",
            "s=SIP Call",
            "c=IN IP4 198.51.100.7",
            "t=0 0",
            "m=audio 40000 RTP/AVP 8 100 101",
            "c=IN IP4 198.51.100.7",
            "a=rtpmap:8 PCMA/8000",
            "a=rtpmap:100 X-NSE/8000",
            "a=fmtp:100 192-194",
            "a=rtpmap:101 telephone-event/8000",
            "a=ptime:20",
            "m=image 40002 udptl t38",
            "c=IN IP4 198.51.100.7",
            "a=T38FaxVersion:0",
            "a=T38MaxBitRate:14400",
            "a=T38FaxRateManagement:transferredTCF",
        ),
        answered=("m=image 0 udptl t38",),
    ),
    "a desk phone with video, a beep for each codec, and bare line feeds": Sample(
        sdp(
            "v=0",
            "o=- 20047 20047 IN IP4 198.51.100.7",
            "s=SDP data",
            "c=IN IP4 198.51.100.7",
            "b=AS:512",
            "t=0 0",
            "m=audio 40000 RTP/AVP 9 8 0 18 101",
            "a=rtpmap:9 G722/8000",
            "a=rtpmap:8 PCMA/8000",
            "a=ptime:20",
            "a=rtpmap:101 telephone-event/8000",
            "a=sendrecv",
            "m=video 40002 RTP/AVP 99",
            "a=rtpmap:99 H264/90000",
            end="\n",
        ),
        codec="G722",
        answered=("m=video 0 RTP/AVP 99",),
    ),
    "a desk phone that offers a secret line first and a plain one after": Sample(
        sdp(
            "v=0",
            "o=root 1889335063 1889335063 IN IP4 198.51.100.7",
            "s=call",
            "c=IN IP4 198.51.100.7",
            "t=0 0",
            "m=audio 40000 RTP/SAVP 8 101",
            f"a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:{KEY}",
            f"a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:{KEY}",
            "a=rtpmap:101 telephone-event/8000",
            "m=audio 40002 RTP/AVP 8 101",
        ),
        secret="AES_CM_128_HMAC_SHA1_32",
        answered=("m=audio 0 RTP/AVP 8 101",),
    ),
    "a phone with lifetimes and master key identifiers, the last line without": Sample(
        sdp(
            "v=0",
            "o=user1 53655765 2353687637 IN IP4 198.51.100.7",
            "s=-",
            "c=IN IP4 198.51.100.7",
            "t=0 0",
            "m=audio 40000 RTP/SAVP 8",
            f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^31|1:4",
            f"a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:{KEY} UNENCRYPTED_SRTP",
            f"a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^31 WSH=128",
        ),
        secret="AES_CM_128_HMAC_SHA1_80",
        event=None,
        answered=(f"a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:{'A' * 40}",),
    ),
    "a softphone that offers keys in a plain line (RFC 8643), with ICE that we leave": Sample(
        sdp(
            "v=0",
            "o=alice 2890 1 IN IP4 198.51.100.7",
            "s=Talk",
            "c=IN IP4 198.51.100.7",
            "t=0 0",
            "a=ice-pwd:31ec21eb38b2ec6d36e8dc7b",
            "a=ice-ufrag:92e1c7fd",
            "a=rtcp-xr:rcvr-rtt=all:10000 stat-summary=loss,dup,jitt,TTL voip-metrics",
            "m=audio 40000 RTP/AVPF 8 101",
            "a=rtpmap:101 telephone-event/8000",
            f"a=crypto:1 AEAD_AES_256_GCM inline:{KEY_256}",
            "a=candidate:1 1 UDP 2130706303 198.51.100.7 40000 typ host",
            "a=rtcp-fb:* trr-int 1000",
        ),
        secret="AEAD_AES_256_GCM",
    ),
    "a phone with DTLS and no ICE": Sample(
        sdp(
            "v=0",
            "o=- 1 1 IN IP4 198.51.100.7",
            "s=-",
            "c=IN IP4 198.51.100.7",
            "t=0 0",
            f"a=fingerprint:SHA-256 {HASH}",
            "m=audio 40000 UDP/TLS/RTP/SAVP 8",
            "a=rtcp-mux",
            "a=setup:actpass",
        ),
        secret="dtls",
        event=None,
        answered=("a=setup:passive", "a=rtcp-mux", "m=audio 30000 UDP/TLS/RTP/SAVP 8"),
    ),
    "Chromium": Sample(
        sdp(
            "v=0",
            "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
            "s=-",
            "t=0 0",
            "a=group:BUNDLE 0 1",
            "a=extmap-allow-mixed",
            "a=msid-semantic: WMS stream",
            "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126",
            "c=IN IP4 0.0.0.0",
            "a=rtcp:9 IN IP4 0.0.0.0",
            "a=candidate:1 1 udp 2113937151 0a1b2c3d-1111-4222-8333.local 50000 typ host",
            "a=ice-ufrag:EsAw",
            "a=ice-pwd:bP+XJMM09aR8AiX1jdukzR6Y",
            "a=ice-options:trickle",
            f"a=fingerprint:sha-256 {HASH}",
            "a=setup:actpass",
            "a=mid:0",
            "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
            "a=sendrecv",
            "a=msid:stream track",
            "a=rtcp-mux",
            "a=rtcp-rsize",
            "a=rtpmap:111 opus/48000/2",
            "a=rtcp-fb:111 transport-cc",
            "a=fmtp:111 minptime=10;useinbandfec=1",
            "a=rtpmap:63 red/48000/2",
            "a=rtpmap:9 G722/8000",
            "a=rtpmap:0 PCMU/8000",
            "a=rtpmap:8 PCMA/8000",
            "a=rtpmap:13 CN/8000",
            "a=rtpmap:110 telephone-event/48000",
            "a=rtpmap:126 telephone-event/8000",
            "a=ssrc:3063731021 cname:hTc8xqYy",
            "m=video 9 UDP/TLS/RTP/SAVPF 96",
            "c=IN IP4 0.0.0.0",
            "a=mid:1",
            "a=rtpmap:96 VP8/90000",
        ),
        codec="G722",
        remote=("0.0.0.0", 9),
        event=126,
        secret="dtls",
        answered=(
            "a=ice-lite",
            "a=group:BUNDLE 0",
            "a=mid:0",
            "a=ice-ufrag:000000000000",
            "a=candidate:1 1 UDP 2130706431 192.0.2.1 30000 typ host",
            "a=end-of-candidates",
            "a=rtcp-mux",
            "m=video 0 UDP/TLS/RTP/SAVPF 96",
            "a=mid:1",
        ),
    ),
    "Firefox, which is active where it answers and names its hash in capitals": Sample(
        sdp(
            "v=0",
            "o=mozilla...THIS_IS_SDPARTA-99.0 3003 0 IN IP4 0.0.0.0",
            "s=-",
            "t=0 0",
            f"a=fingerprint:sha-256 {HASH}",
            "a=group:BUNDLE 0",
            "a=ice-options:trickle",
            "a=msid-semantic:WMS *",
            "m=audio 50000 UDP/TLS/RTP/SAVPF 109 9 0 8 101",
            "c=IN IP4 198.51.100.7",
            "a=candidate:0 1 UDP 2122252543 198.51.100.7 50000 typ host",
            "a=sendrecv",
            "a=end-of-candidates",
            "a=ice-pwd:3d9e1f0b8a7c6d5e4f3a2b1c0d9e8f7a",
            "a=ice-ufrag:1a2b3c4d",
            "a=mid:0",
            "a=rtcp-mux",
            "a=rtpmap:101 telephone-event/8000/1",
            "a=setup:passive",
        ),
        codec="G722",
        remote=("0.0.0.0", 50000),
        event=101,
        secret="dtls",
        answered=("a=setup:active",),
    ),
    "an old phone: tabs, no s= and t=, carriage returns alone, a port count": Sample(
        sdp(
            "v=0",
            "o=u 1 1 IN IP4 198.51.100.7",
            "c=IN IP4 198.51.100.7/127",
            "m=audio 40000/2 RTP/AVP\t8 101",
            "a=rtpmap:101 TELEPHONE-EVENT/8000",
            "a=ptime:20.0",
            end="\r",
        ),
    ),
    "RTCP elsewhere (RFC 3605)": Sample(
        sdp(
            "v=0",
            "o=- 1 1 IN IP4 198.51.100.7",
            "s=-",
            "c=IN IP4 198.51.100.7",
            "t=0 0",
            "m=audio 40000 RTP/AVP 8 101",
            "a=rtcp:41001 IN IP4 198.51.100.8",
            "a=rtpmap:101 telephone-event/8000",
        ),
    ),
}
"""By who writes so."""


def answered(offer: bytes, policy: Policy) -> tuple[bytes, Stream]:
    leg = SdpSession("192.0.2.1", 30000, session_id=5, codecs=CODECS, policy=policy)
    body = leg.answer(offer)
    assert leg.stream is not None
    return body, leg.stream


@pytest.mark.parametrize("who", SAMPLES)
def test_what_they_write_is_answered(who: str) -> None:
    sample = SAMPLES[who]
    body, stream = answered(sample.offer, SECRET)
    assert stream.codec == sample.codec
    assert (stream.remote_ip, stream.remote_port) == sample.remote
    assert (stream.direction, stream.packet_ms) == (sample.direction, sample.packet_ms)
    assert stream.event_payload_type == sample.event
    suite = stream.keys.suite if isinstance(stream.keys, Sdes) else ""
    assert ("dtls" if isinstance(stream.keys, Handshake) else suite) == sample.secret
    lines = body.decode().split("\r\n")
    assert [line for line in sample.answered if line not in lines] == []
    asked = [line for line in sample.offer.decode().splitlines() if line.startswith("m=")]
    assert len([line for line in lines if line.startswith("m=")]) == len(asked)
    parse(body)


@pytest.mark.parametrize("who", [who for who, sample in SAMPLES.items() if sample.secret])
def test_without_secrecy_they_are_answered_plainly_or_refused(who: str) -> None:
    offer = SAMPLES[who].offer
    if b"/AVP" not in offer:
        with pytest.raises(NotAcceptable, match="SRTP is switched off here"):
            answered(offer, PLAIN)
        return
    body, stream = answered(offer, PLAIN)
    assert stream.keys is None
    assert stream.checks is None
    assert not any(word in body for word in (b"crypto", b"fingerprint", b"ice-"))


@pytest.mark.parametrize("who", [who for who, sample in SAMPLES.items() if not sample.secret])
def test_where_secrecy_is_required_plain_offers_are_refused(who: str) -> None:
    required = Policy(srtp="required", sdes=True, fingerprint=SECRET.fingerprint)
    with pytest.raises(NotAcceptable, match="SRTP is required here"):
        answered(SAMPLES[who].offer, required)


def test_keys_are_not_taken_from_sdp_that_anybody_can_read() -> None:
    offer = SAMPLES[
        "a phone with lifetimes and master key identifiers, the last line without"
    ].offer
    with pytest.raises(NotAcceptable, match="keys in SDP need TLS"):
        answered(offer, Policy(srtp="optional"))
    body, stream = answered(
        SAMPLES["a desk phone that offers a secret line first and a plain one after"].offer,
        Policy(srtp="optional"),
    )
    assert stream.keys is None
    assert b"m=audio 0 RTP/SAVP 8 101\r\n" in body


def test_rtcp_is_where_it_was_said_to_be() -> None:
    _, stream = answered(SAMPLES["RTCP elsewhere (RFC 3605)"].offer, PLAIN)
    assert (stream.rtcp, stream.rtcp_mux) == (("198.51.100.8", 41001), False)
    _, stream = answered(SAMPLES["a phone with DTLS and no ICE"].offer, SECRET)
    assert (stream.rtcp, stream.rtcp_mux) == (None, True)


def test_secrets_are_not_shown() -> None:
    for sample in SAMPLES.values():
        _, stream = answered(sample.offer, SECRET)
        shown = repr(stream) + repr(parse(sample.offer))
        assert KEY not in shown
        assert "YS___sem" not in shown
        assert "bP+XJMM09aR8AiX1jdukzR6Y" not in shown


@pytest.mark.parametrize("srtp", ["optional", "required"])
def test_two_of_our_own_agree_on_keys_and_keep_them(srtp: str) -> None:
    policy = Policy(srtp="required" if srtp == "required" else "optional", sdes=True)
    caller = SdpSession("192.0.2.1", 30000, 1, policy=policy)
    called = SdpSession("192.0.2.2", 30002, 2, policy=policy)
    for _ in range(2):
        called_answer = called.answer(caller.offer())
        caller.accept(called_answer)
        assert caller.stream is not None
        assert called.stream is not None
        ours, theirs = caller.stream.keys, called.stream.keys
        assert isinstance(ours, Sdes)
        assert isinstance(theirs, Sdes)
        assert (ours.suite, ours.ours, ours.theirs) == (theirs.suite, theirs.theirs, theirs.ours)
    assert b"o=- 1 0 " in caller.offer(), "nothing has changed"


def test_two_of_our_own_agree_on_a_handshake_with_ice() -> None:
    ours = Fingerprint("sha-256", bytes(32))
    browser = SdpSession(
        "192.0.2.1", 30000, 1, policy=Policy("optional", web=True, fingerprint=lambda: ours)
    )
    offer = browser.offer().replace(b"a=ice-lite\r\n", b"")
    body, stream = answered(offer, SECRET)
    assert stream.keys == Handshake((ours,), begins=False)
    assert stream.checks is not None
    with pytest.raises(NotAcceptable, match="no fingerprint"):
        browser.accept(body.replace(b"a=fingerprint", b"a=x"))


def test_an_ice_restart_gets_new_credentials_and_a_repeat_the_same() -> None:
    chromium = SAMPLES["Chromium"].offer
    leg = SdpSession(
        "192.0.2.1",
        30000,
        5,
        codecs=CODECS,
        policy=Policy("optional", fingerprint=SECRET.fingerprint),
    )
    first = leg.answer(chromium)
    assert leg.answer(chromium) == first
    checks = leg.stream.checks if leg.stream else None
    again = leg.answer(chromium.replace(b"EsAw", b"New1"))
    assert again != first
    assert leg.stream is not None
    assert leg.stream.checks is not None
    assert checks is not None
    assert leg.stream.checks.ours != checks.ours
    assert leg.stream.checks.theirs.fragment == "New1"


@given(
    who=st.sampled_from(sorted(SAMPLES)),
    at=st.integers(0, 4000),
    cut=st.integers(0, 40),
    put=st.binary(max_size=12),
    policy=st.sampled_from([SECRET, PLAIN, Policy(srtp="required", sdes=True)]),
)
def test_whatever_is_broken_in_them_there_is_an_answer_or_our_own_error(
    who: str, at: int, cut: int, put: bytes, policy: Policy
) -> None:
    offer = SAMPLES[who].offer
    at %= len(offer)
    try:
        body, _ = answered(offer[:at] + put + offer[at + cut :], policy)
    except SdpError:
        return
    parse(body)
