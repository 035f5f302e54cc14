"""The dialog that a new call is to take the place of (RFC 3891)."""

from typing import NamedTuple

from sip import fields

_MAX_PARTS = 32


class Replaces(NamedTuple):
    """A Replaces value. The tags are those of whoever receives it: `to_tag` is the local one."""

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool = False

    def __str__(self) -> str:
        early = ";early-only" if self.early_only else ""
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}{early}"


def parse_replaces(value: str) -> Replaces:
    """Read a Replaces value. ValueError unless it names a Call-ID and each tag exactly once."""
    call_id, *parts = value.split(";", _MAX_PARTS)
    found: dict[str, str] = {}
    for part in parts:
        name, _, text = part.partition("=")
        name = name.strip().lower()
        if name in found:
            raise ValueError("a parameter of Replaces twice")
        found[name] = fields.readable(text.strip())
    call_id = call_id.strip()
    to_tag, from_tag = found.get("to-tag", ""), found.get("from-tag", "")
    if not (call_id and to_tag and from_tag):
        raise ValueError("Replaces without Call-ID or tags")
    return Replaces(call_id, to_tag, from_tag, "early-only" in found)
