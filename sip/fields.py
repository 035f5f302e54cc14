"""The values of header fields: common spellings at once, rare ones through sipmessage.

`sipmessage` parses every field by regular expression into nested objects, which costs more than
all the rest of a call's signalling. The functions here slice the spellings that phones and
carriers really send and hand only the others to it. All raise ValueError for what is neither.
"""

import re
from collections.abc import Callable
from typing import NamedTuple, TypeVar

import sipmessage

from sip.address import split_host_port
from sip.remembered import remembered

# Possessive, and closed by the end of the text where the quote is not: a stranger's field must not
# be searched anew from each of its characters.
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"')
_QUOTED_OR_REST = re.compile(r'"(?:[^"\\]|\\.)*+"?')
_ESCAPED = re.compile(r"\\(.)")
_LIST_ITEM = re.compile(r'(?:"(?:[^"\\]|\\.)*+"?|<[^>]*+>?|[^,"<]++)++')
_AUTH_PARAMETER = re.compile(r'(?<![\w-])([\w-]++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^",\s]*+))')
_CSEQ_LIMIT = 2**32
_TELEPHONE = re.compile(r"\+?(?=[().-]*+[0-9*#])[0-9*#().-]++")
_SEPARATORS = str.maketrans("", "", "().-")


T = TypeVar("T")


class Via(NamedTuple):
    """The top Via: `rport` says that the sender asked for RFC 3581 treatment."""

    transport: str
    sent_by: str
    branch: str
    rport: bool


class NameAddr(NamedTuple):
    """`"name" <uri>;params`; `params` keeps its leading semicolon."""

    name: str
    uri: str
    params: str

    @property
    def tag(self) -> str:
        """The tag parameter, empty when there is none."""
        return parameter(self.params, "tag") or ""


class Uri(NamedTuple):
    """The parts of a URI that routing asks for; `user` is unescaped, a tel number is a user."""

    scheme: str
    user: str
    host: str
    port: int | None
    params: str


def parse_via(value: str) -> Via:
    """Parse the first Via of a field value."""
    first = value.partition(",")[0] if "," in value else value
    parts = first.split(";")
    protocol, _, sent_by = parts[0].partition(" ")
    if protocol[:8].upper() != "SIP/2.0/" or not sent_by or " " in sent_by.strip():
        return _parse_rare_via(value)
    branch, rport = "", False
    for part in parts[1:]:
        name, _, text = part.partition("=")
        name = name.strip().lower()
        if name == "branch":
            branch = text.strip()
        elif name == "rport":
            rport = not text
    if not branch and "" in parts:
        raise ValueError("a Via of separators")
    return Via(protocol[8:].upper(), sent_by.strip().lower(), branch, rport)


def _parsed(parse: Callable[[str], T], value: str) -> T:
    """What `parse` of sipmessage makes of it. ValueError that is our own.

    sipmessage raises the same exception object each time, and whatever frames it was raised
    through hang on its traceback: a stranger's malformed fields would be kept for ever.
    """
    try:
        return parse(value)
    except ValueError as error:
        reason = str(error)
        error.__traceback__ = None
    raise ValueError(reason)


def _parse_rare_via(value: str) -> Via:
    via = _parsed(sipmessage.Via.parse_many, value)[0]
    sent_by = via.host if via.port is None else f"{via.host}:{via.port}"
    params = {name.lower(): text for name, text in via.parameters.items()}
    rport = "rport" in params and params["rport"] is None
    return Via(via.transport.upper(), sent_by.lower(), params.get("branch") or "", rport)


def stamp_via(value: str, host: str, port: int) -> str:
    """Add where the request really came from to its top Via (RFC 3261 §18.2.1, RFC 3581 §4)."""
    first, comma, rest = value.partition(",")
    parts = first.split(";")
    kept = []
    asked = False
    for part in parts[1:]:
        name = part.partition("=")[0].strip().lower()
        if name == "rport":
            asked = True
        elif name != "received":
            kept.append(part)
    sent_by = parts[0].rpartition(" ")[2]
    stamped = ";".join([parts[0], *kept])
    if asked:
        stamped += f";rport={port}"
    if asked or sent_by.partition(":")[0] != host:
        stamped += f";received={host}"
    return stamped + comma + rest


def parse_cseq(value: str) -> tuple[int, str]:
    """`314159 INVITE` → number and method."""
    number, _, method = value.partition(" ")
    method = method.strip()
    if not (number.isascii() and number.isdigit() and len(number) <= 10 and method):
        cseq = _parsed(sipmessage.CSeq.parse, value)
        number, method = str(cseq.sequence), cseq.method
    sequence = int(number) if len(number) <= 10 else _CSEQ_LIMIT
    if sequence >= _CSEQ_LIMIT:
        raise ValueError("the CSeq number is out of range")
    return sequence, method


def parse_name_addr(value: str) -> NameAddr:
    """One From, To, Contact, Route value in any of its three forms (RFC 3261 §20.10)."""
    name, rest = "", value
    if value.startswith('"'):
        name, rest = _quoted_name(value)
    start = rest.find("<")
    if start < 0:
        uri, semicolon, params = rest.strip().partition(";")
        if not uri or " " in uri.strip() or name:
            raise ValueError("not an address")
        return NameAddr("", uri.strip(), semicolon + params)
    end = rest.find(">", start)
    if end < 0:
        raise ValueError("an unfinished address")
    return NameAddr(name or rest[:start].strip(), rest[start + 1 : end], rest[end + 1 :].lstrip())


def _quoted_name(value: str) -> tuple[str, str]:
    """A display name in quotes, and what follows it."""
    if "\\" not in value:
        name, quote, rest = value[1:].partition('"')
        if quote:
            return name, rest
    quoted = _QUOTED.match(value)
    if quoted is None:
        raise ValueError("an unfinished display name")
    return _ESCAPED.sub(r"\1", quoted[1]), value[quoted.end() :]


@remembered  # a phone, and most carriers, have the same Contact in every call
def first_address(value: str) -> NameAddr:
    """The first of a list of them."""
    return parse_name_addr(next(iter(split_list(value)), ""))


def tag_of(value: str) -> str:
    """The tag of a From or To value without parsing the rest; empty when there is none."""
    params = value[value.rfind(">") + 1 :]
    if not params:
        return ""
    at = params.find(";tag=")
    if at >= 0 and '"' not in params:
        return params[at + 5 :].partition(";")[0].strip()
    return parse_name_addr(value).tag


def parse_uri(text: str) -> Uri:
    """Parse a SIP, SIPS or TEL URI."""
    scheme, colon, rest = text.partition(":")
    scheme = scheme.lower()
    if not colon or scheme not in ("sip", "sips") or "%" in rest or "?" in rest:
        return _parse_rare_uri(text, scheme)
    user_info, _, host_part = rest.rpartition("@")
    host_port, semicolon, params = host_part.partition(";")
    host, port = split_host_port(host_port)
    if not host or " " in text:
        raise ValueError("a URI without a host")
    return Uri(scheme, user_info.partition(":")[0], host.lower(), port, semicolon + params)


def _parse_rare_uri(text: str, scheme: str) -> Uri:
    bare = text.partition("?")[0] if scheme in ("sip", "sips") else text
    uri = _parsed(sipmessage.URI.parse, scheme + bare[len(scheme) :])
    host = uri.host.strip("[]").lower()
    return Uri(uri.scheme, uri.user or "", host, uri.port, str(uri.parameters))


def parameter(params: str, name: str) -> str | None:
    """The value of one `;name=value`; empty for a bare `;name`, None when it is absent."""
    if '"' in params:
        params = _QUOTED_OR_REST.sub(lambda quoted: quoted[0].replace(";", "\0"), params)
    for part in params.split(";"):
        key, _, value = part.partition("=")
        if key.strip().lower() == name:
            return value.strip().strip('"').replace("\0", ";")
    return None


def split_list(value: str) -> list[str]:
    """Split a comma-separated field, minding quotes and angle brackets."""
    if "," not in value:
        return [value] if value else []
    items = (item.strip() for item in _LIST_ITEM.findall(value))
    return [item for item in items if item]


def parse_auth(value: str) -> tuple[str, dict[str, str]]:
    """`Digest a="b", c=d` → scheme in lower case and parameters.

    sipmessage splits at commas inside quotes (`qop="auth,auth-int"`), so this is ours.
    """
    scheme, _, rest = value.strip().partition(" ")
    parameters = {
        name.lower(): _ESCAPED.sub(r"\1", quoted) if quoted else token
        for name, quoted, token in _AUTH_PARAMETER.findall(rest)
    }
    if not scheme or not parameters:
        raise ValueError("not an authentication field")
    return scheme.lower(), parameters


def number_or_user(uri: Uri) -> str:
    """Whom a URI names, for people and tables: its user part or, of a telephone number (RFC 3966),
    what is dialled: no parameters, such as a carrier's `;phone-context`, and no visual separators.
    """
    user = readable(uri.user)
    if user.isalnum():  # nearly always
        return user
    number, parameters, _ = user.partition(";")
    is_telephone = (
        parameters
        or number.startswith("+")
        or uri.scheme == "tel"
        or parameter(uri.params, "user") == "phone"
    )
    if is_telephone and _TELEPHONE.fullmatch(number):
        return number.translate(_SEPARATORS)
    return user


@remembered  # the same numbers are called all day
def user_of(uri: str) -> str:
    """`number_or_user` of an unread URI; empty when it has none or is of a foreign kind."""
    try:
        return number_or_user(parse_uri(uri))
    except ValueError:
        return ""


def readable(text: str) -> str:
    """Text for people and databases: undecodable bytes as Latin-1, no control characters."""
    if text.isascii() and text.isprintable():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-8", "surrogateescape").decode("latin-1")
    return "".join([char if char.isprintable() else "\ufffd" for char in text])
