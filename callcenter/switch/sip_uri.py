"""SIP URIs of our own making."""

from urllib.parse import quote

_USER_UNESCAPED = "-_.!~*'()&=+$,;?/"


def sip_uri(user: str, domain: str) -> str:
    """A SIP URI; what may not stand in a user part is escaped (RFC 3261 §19.1.2)."""
    if user.isascii() and user.isalnum():
        return f"sip:{user}@{domain}"
    return f"sip:{quote(user, safe=_USER_UNESCAPED)}@{domain}"
