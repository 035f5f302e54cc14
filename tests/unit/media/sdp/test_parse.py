"""Reading what phones and carriers send, and surviving what strangers send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.sdp.description import RtpMap
from media.sdp.errors import SdpError
from media.sdp.parse import MAX_BYTES, MAX_LINES, MAX_MEDIA, parse

HEAD = "v=0\r\no=phone 17 3 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
AUDIO = "m=audio 40000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"


def test_reads_every_field_that_offer_and_answer_use() -> None:
    body = HEAD + AUDIO + "a=ptime:30\r\na=maxptime:60\r\na=sendonly\r\n"

    description = parse(body.encode())

    assert (description.session_id, description.version) == ("17", "3")
    assert description.timing == "0 0"
    (audio,) = description.media
    assert (audio.kind, audio.port, audio.protocol) == ("audio", 40000, "RTP/AVP")
    assert audio.formats == ("8", "0", "101")
    assert audio.address == "192.0.2.7"
    assert audio.direction == "sendonly"
    assert audio.rtpmap == {"101": RtpMap("TELEPHONE-EVENT", 8000)}
    assert (audio.packet_ms, audio.max_packet_ms) == (30, 60)


def test_the_session_level_is_inherited_and_the_media_level_wins() -> None:
    body = (
        HEAD
        + "a=recvonly\r\na=ptime:10\r\n"
        + "m=audio 4000 RTP/AVP 8\r\n"
        + "m=audio 4002 RTP/AVP 8\r\nc=IN IP6 2001:db8::1\r\na=inactive\r\na=ptime:40\r\n"
    )

    first, second = parse(body.encode()).media

    assert (first.address, first.direction, first.packet_ms) == ("192.0.2.7", "recvonly", 10)
    assert (second.address, second.direction, second.packet_ms) == (
        "2001:db8::1",
        "inactive",
        40,
    )


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_any_line_end_will_do(end: str) -> None:
    body = (HEAD + AUDIO).replace("\r\n", end)

    assert parse(body.encode()) == parse((HEAD + AUDIO).encode())


@pytest.mark.parametrize(
    "line",
    ["", "nonsense", "=", "x=1", "a=", "a=rtpmap:8", "a=rtpmap:9 X", "a=ptime:soon", "b=AS:64"],
)
def test_lines_that_say_nothing_to_us_are_ignored(line: str) -> None:
    assert parse((HEAD + AUDIO + line + "\r\n").encode()) == parse((HEAD + AUDIO).encode())


def test_a_fractional_ptime_counts_whole_milliseconds() -> None:
    (audio,) = parse((HEAD + AUDIO + "a=ptime:20.0\r\n").encode()).media

    assert audio.packet_ms == 20


def test_an_unreadable_user_name_of_the_origin_harms_nothing() -> None:
    body = HEAD.replace("o=phone", "o=张三") + AUDIO

    assert parse(body.encode()).session_id == "17"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "line 1"),
        (b"hello", "line 1"),
        (b"v=1\r\n", "line 1"),
        (b"v=0\r\ns=-\r\n", "no o= line"),
        (b"v=0\r\no=phone\r\n", "o= needs"),
        ((HEAD + "c=IN IP4\r\n").encode(), "c= needs"),
        ((HEAD + "c=ATM NSAP 47\r\n").encode(), "c= needs"),
        ((HEAD + "m=audio\r\n").encode(), "m= needs"),
        ((HEAD + "m=audio many RTP/AVP 8\r\n").encode(), "'m=audio many RTP/AVP 8': port"),
        ((HEAD + "m=audio 65536 RTP/AVP 8\r\n").encode(), "0 to 65535"),
        ((HEAD + "m=audio -1 RTP/AVP 8\r\n").encode(), "0 to 65535"),
        ((HEAD + "m=audio ٣ RTP/AVP 8\r\n").encode(), "printable ASCII"),
        ((HEAD + "m=audio 1 RTP/\0AVP 8\r\n").encode(), "printable ASCII"),
        ((HEAD + AUDIO * (MAX_MEDIA + 1)).encode(), "media lines"),
        ((HEAD + "m=audio 1 RTP/AVP" + " 8" * 65 + "\r\n").encode(), "formats"),
        ((HEAD + "a=x\n" * MAX_LINES).encode(), "lines"),
        (b"v=0\r\n" + b"x" * MAX_BYTES, "bytes"),
    ],
)
def test_the_error_says_what_is_wrong(body: bytes, message: str) -> None:
    with pytest.raises(SdpError, match=message):
        parse(body)


def test_what_one_call_says_is_not_taken_for_what_another_says() -> None:
    """What is the same word for word is read once: not so the origin, ports and formats."""
    head = HEAD.replace("17 3", "{session} 0")
    audio = "m=audio {port} RTP/AVP {formats}\r\na=rtpmap:96 opus/48000/2\r\n"

    first = parse((head + audio).format(session=1, port=4000, formats="96 8").encode())
    second = parse((head + audio).format(session=2, port=4002, formats="8").encode())

    assert (first.session_id, second.session_id) == ("1", "2")
    assert [each.media[0].port for each in (first, second)] == [4000, 4002]
    assert first.media[0].rtpmap == {"96": RtpMap("OPUS", 48000, 2)}
    assert second.media[0].rtpmap == {}


def test_the_same_section_inherits_from_its_own_session_level() -> None:
    held = parse((HEAD + "a=inactive\r\n" + AUDIO).encode())
    moved = parse((HEAD.replace("c=IN IP4 192.0.2.7", "c=IN IP4 192.0.2.8") + AUDIO).encode())

    assert (held.media[0].direction, held.media[0].address) == ("inactive", "192.0.2.7")
    assert (moved.media[0].direction, moved.media[0].address) == ("sendrecv", "192.0.2.8")


@pytest.mark.parametrize(
    "key",
    [
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:",
        "a=ice-pwd:",
        "a=key-mgmt:mikey ",
        "k=clear:",
    ],
)
@pytest.mark.parametrize("body", [HEAD + AUDIO + "{}", HEAD + "{}" + AUDIO])
def test_only_what_holds_no_keys_is_kept_for_the_next_call(body: str, key: str) -> None:
    plain, secret = body.format("a=x\r\n").encode(), body.format(f"{key}x\r\n").encode()

    assert parse(plain).media[0].maps is parse(plain).media[0].maps
    assert parse(secret).media[0].maps is not parse(secret).media[0].maps


LINES = st.sampled_from(
    [*HEAD.split("\r\n"), *AUDIO.split("\r\n"), "a=rtpmap:", "a=ptime:", "c=", "m=", "o="]
)


@given(st.lists(st.tuples(LINES, st.text(max_size=8)), max_size=30), st.binary(max_size=20))
def test_garbage_is_an_sdp_error_or_a_description(
    lines: list[tuple[str, str]], tail: bytes
) -> None:
    body = "v=0\r\n" + "\r\n".join(line + extra for line, extra in lines)
    try:
        description = parse(body.encode("utf-8", "replace") + tail)
    except SdpError:
        return
    assert all(0 <= media.port <= 65535 for media in description.media)
