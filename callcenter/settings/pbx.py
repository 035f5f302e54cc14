"""The table about phones at seats: what they may dial, and whom nobody listens to."""

from typing import Annotated, Literal

from pydantic import Field

from callcenter.settings.choices import DialRight
from callcenter.settings.models import Table
from callcenter.settings.telephony import Numbers, Prefixes
from callcenter.settings.values import Seconds, SecondsOrZero, Whole


class PbxSettings(Table):
    """`[pbx]`: what phones at seats may dial, whom we do not listen to, and what talks cost."""

    outside_prefix: Annotated[str, Field(pattern=r"^[0-9*#]{0,4}$")] = ""
    """What a phone dials before an outside number; not part of the number."""
    dial: DialRight = "whitelist"
    """What seats may dial that do not say so themselves."""
    whitelist: Numbers = ()
    """Outside numbers that any seat may call (WZ-T8c)."""
    forbidden: Prefixes = ()
    """What no number that is called may begin with."""
    outside_calls: Annotated[Whole, Field(ge=1, le=100)] = 2
    """Outside calls that one seat may have at once."""
    outside_minutes: Annotated[Whole, Field(ge=1, le=1440 * 100)] | None = None
    """Minutes a day that one seat may talk outside; None means any number of them."""
    ring_timeout: Annotated[Seconds, Field(le=170)] = 30.0
    """Seconds that a called phone rings."""
    unreached_tone: Annotated[SecondsOrZero, Field(le=60)] = 3.0
    """So long who is not put through hears why, as the network tells it, before we hang up."""
    keypad_timeout: Annotated[Seconds, Field(ge=1, le=60)] = 15.0
    """So long after a hook flash, or a digit, the next key is waited for (WZ-T9)."""
    hold_music: bool = True
    """Whether we play music to whom a phone holds; else they hear what the phone sends."""
    hold_recall: SecondsOrZero = 0.0
    """So long after a hold began its holder is reminded of it, again and again; 0: never."""
    longest_call: Seconds | None = None
    """Seconds after which any call is ended, waiting included; None: however long it lasts."""
    record_internal: bool = False
    record_outside: bool = True
    """Whether talks between extensions, and those with the outside, are recorded."""
    blacklist: Numbers = ()
    """Callers who are refused before they are answered."""
    blacklist_code: Literal[403, 603] = 603
    """What they are refused with."""
