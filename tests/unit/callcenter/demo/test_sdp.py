"""The phone's own SDP: what it writes it understands, and what others write, too."""

import pytest

from callcenter.demo.sdp import Remote, describe, understand

_CISCO = b"""v=0\r
o=- 1 1 IN IP4 10.0.0.9\r
s=-\r
c=IN IP4 10.0.0.9\r
t=0 0\r
m=audio 16384 RTP/AVP 18 0 8 96\r
a=rtpmap:18 G729/8000\r
a=rtpmap:96 telephone-event/8000\r
a=fmtp:96 0-16\r
m=video 16386 RTP/AVP 34\r
c=IN IP4 10.0.0.10\r
a=inactive\r
"""


def test_an_offer_is_understood_as_it_was_meant() -> None:
    offer = describe("127.0.0.1", 4000, ("PCMU", "PCMA"))
    assert understand(offer, ("PCMA", "PCMU")) == Remote("127.0.0.1", 4000, "PCMU", 101, True)
    assert understand(offer, ("PCMA",)).law == "PCMA"


def test_the_first_law_that_both_speak_is_taken_from_a_foreign_offer() -> None:
    remote = understand(_CISCO, ("PCMA", "PCMU"))
    assert remote == Remote("10.0.0.9", 16384, "PCMU", 96, True)


def test_a_streams_own_address_counts_and_no_keys_are_no_keys() -> None:
    body = describe("10.0.0.1", 4000, ("PCMA",), key_type=None)
    remote = understand(body + b"c=IN IP4 10.0.0.2\r\n", ("PCMA",))
    assert (remote.host, remote.key_type) == ("10.0.0.2", None)


@pytest.mark.parametrize(
    ("change", "listens"),
    [
        ((b"a=sendrecv", b"a=sendonly"), False),
        ((b"a=sendrecv", b"a=inactive"), False),
        ((b"a=sendrecv", b"a=recvonly"), True),
        ((b"c=IN IP4 127.0.0.1", b"c=IN IP4 0.0.0.0"), False),
    ],
)
def test_one_who_holds_is_sent_nothing(change: tuple[bytes, bytes], listens: bool) -> None:
    body = describe("127.0.0.1", 4000, ("PCMA",)).replace(*change)
    assert understand(body, ("PCMA",)).listens is listens


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe\r\n\r\n=",
        _CISCO.replace(b" 0 8 ", b" "),
        _CISCO.replace(b"audio 16384", b"audio 0"),
        _CISCO.replace(b"audio 16384", b"audio many"),
        _CISCO.replace(b"c=IN IP4 10.0.0.9\r\n", b""),
    ],
)
def test_what_cannot_be_spoken_to_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"G\.711|invalid literal"):
        understand(body, ("PCMA", "PCMU"))
