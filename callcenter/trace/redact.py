"""Secrets struck out of what is shown or sent away; lengths stay as they are.

What is struck out: digest responses (they let a password be guessed at leisure) and other
credentials, the password in a URI's user part, the keys of SRTP in a session description
(RFC 4568), the passwords of ICE, and keys pressed that come by INFO: they may be a PIN.
"""

import re

_SECRETS = (
    re.compile(rb'(?i)((?<![\w-])(?:response|cnonce)\s*=\s*"?)([^",\r\n]+)'),
    re.compile(rb"(?i)(sips?:[^\s:@<>;\"]{1,255}:)([^\s@<>;\"]{1,255})(?=@)"),
    re.compile(rb"(?i)(inline:|a=ice-pwd:\s*|(?:basic|bearer)\s+)([^\s|]+)"),
)
_LINE = re.compile(
    rb"(?im)^(?:(?:proxy-)?authorization[ \t]*:|a=crypto:|a=ice-pwd:)(?:[^\r\n]|\r?\n[ \t])*"
)

_KEYS = re.compile(
    rb"(?im)^(?:content-type|c)[ \t]*:\s*"
    rb"(?:application|audio)/[\w.-]*(?:dtmf|digits|telephone-event)"
)
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_KEY = re.compile(rb"(?im)^((?!duration)[\w-]+[ \t]*=[ \t]*|)([^=\r\n]+)(?=\r|\n|\Z)")


def redacted(data: bytes) -> bytes:
    """The same message without its secrets; the same object where it has none."""
    lowered = data.lower()
    if b"authorization" in lowered or b"a=crypto" in lowered or b"a=ice-pwd" in lowered:
        data = _LINE.sub(lambda line: _struck(_struck(line[0], _SECRETS[0]), _SECRETS[2]), data)
    if any(word in lowered for word in (b"dtmf", b"telephone-event", b"digits")):
        data = _without_keys(data)
    if b"@" in data:
        data = _struck(data, _SECRETS[1])
    return data


def _without_keys(data: bytes) -> bytes:
    """Also where the keys are one part of several: everything after their type's empty line."""
    kind = _KEYS.search(data)
    end = None if kind is None else _EMPTY_LINE.search(data, kind.end())
    if end is None:
        return data
    return data[: end.end()] + _struck(data[end.end() :], _KEY)


def _struck(data: bytes, secret: re.Pattern[bytes]) -> bytes:
    return secret.sub(lambda found: found[1] + b"*" * len(found[2]), data)
