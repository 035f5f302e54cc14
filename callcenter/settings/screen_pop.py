"""The table about what an agent's screen shows of a caller before the call is answered."""

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator

from callcenter.settings.models import Table
from callcenter.settings.values import Line, SecondsOrZero

URL_FIELDS = frozenset(("ani", "dnis", "queue", "call_id", "agent_id", "region"))
DATA_PREFIX = "data_"
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def _url_template(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    for name in PLACEHOLDER.findall(text):
        if name not in URL_FIELDS and not name.startswith(DATA_PREFIX):
            known = ", ".join(sorted(URL_FIELDS))
            raise ValueError(f"there is no {{{name}}}; there are {known} and {DATA_PREFIX}NAME")
    return text


UrlTemplate: TypeAlias = Annotated[Line, AfterValidator(_url_template)]


class ScreenPopSettings(Table):
    """`[screen_pop]`: what comes with `call.ringing` beside the call's own data (WZ-T6)."""

    url: UrlTemplate | None = None
    """The page to open, with the call's facts for GET; None for none."""
    region: bool = False
    """Whether the caller's region is told by the number."""
    customer_within: SecondsOrZero = 0.5
    """Seconds for which a caller's ring waits for their record, at most."""
