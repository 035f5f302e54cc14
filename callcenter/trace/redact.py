"""Secrets struck out of what is shown or sent away; lengths stay as they are.

What is struck out: digest responses (they let a password be guessed at leisure) and other
credentials, the password in a URI's user part, and the keys of SRTP in a session description
(RFC 4568).
"""

import re

_SECRETS = (
    re.compile(rb'(?i)((?<![\w-])(?:response|cnonce)\s*=\s*"?)([^",\r\n]+)'),
    re.compile(rb"(?i)(sips?:[^\s:@<>;\"]{1,255}:)([^\s@<>;\"]{1,255})(?=@)"),
    re.compile(rb"(?i)(inline:|(?:basic|bearer)\s+)([^\s|]+)"),
)
_LINE = re.compile(rb"(?im)^(?:(?:proxy-)?authorization[ \t]*:|a=crypto:)(?:[^\r\n]|\r?\n[ \t])*")


def redacted(data: bytes) -> bytes:
    """The same message without its secrets; the same object where it has none."""
    lowered = data.lower()
    if b"authorization" in lowered or b"a=crypto" in lowered:
        data = _LINE.sub(lambda line: _struck(_struck(line[0], _SECRETS[0]), _SECRETS[2]), data)
    if b"@" in data:
        data = _struck(data, _SECRETS[1])
    return data


def _struck(data: bytes, secret: re.Pattern[bytes]) -> bytes:
    return secret.sub(lambda found: found[1] + b"*" * len(found[2]), data)
