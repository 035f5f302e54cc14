"""Torture messages as the RFCs print them, and as they are on the wire."""

import re
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "conformance" / "sip"
_ONE_LINE = re.compile(r"<allOneLine>\n(.*?)</allOneLine>\n", re.DOTALL)
_REPEAT = re.compile(r"<repeat count=(\d+)>(.*?)</repeat>")
_OCTETS = re.compile(rb"<hex>([0-9A-Fa-f]*)</hex>")
_SDP = re.compile(r"<sdp ([^>]+)>\n")


def torture(document: str) -> dict[str, bytes]:
    """Name → message of `rfc4475` or `rfc5118`."""
    text = (FOLDER / document / "messages.txt").read_text(encoding="utf-8")
    parts = re.split(r"^=== [\d.]+ ([\w-]+)\n", text, flags=re.MULTILINE)
    return {name: _wire(body) for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def _wire(text: str) -> bytes:
    text = _ONE_LINE.sub(lambda match: match[1].replace("\n", "") + "\n", text)
    text = _REPEAT.sub(lambda match: match[2] * int(match[1]), text)
    text = _SDP.sub(lambda match: _description(match[1]), text)
    data = text.replace("\n", "\r\n").encode()
    return _OCTETS.sub(lambda match: bytes.fromhex(match[1].decode()), data)


def _description(address: str) -> str:
    return (
        f"v=0\no=mhandley 29739 7272939 IN IP4 {address}\ns=-\nc=IN IP4 {address}\nt=0 0\n"
        "m=audio 49217 RTP/AVP 0 12\nm=video 3227 RTP/AVP 31\na=rtpmap:31 LPC\n"
    )
