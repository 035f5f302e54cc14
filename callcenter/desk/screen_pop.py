"""What an agent's screen shows of a caller before the answer: a page to open, and the region.

The table of regions takes a second and some eighty megabytes, so it is loaded only where it is
wanted, beside the loop; until it is there, calls come without a region.
"""

import asyncio
from collections.abc import Callable
from urllib.parse import quote

from agent_proto import models as m
from callcenter.settings.screen_pop import DATA_PREFIX, PLACEHOLDER, ScreenPopSettings


class ScreenPop:
    """One for the site."""

    def __init__(
        self, settings: ScreenPopSettings, country: str | None = None, language: str = "en"
    ) -> None:
        """`country` (ISO 3166) is that of national numbers, `language` that of regions."""
        self._settings = settings
        self._country = country
        self._language = language
        self._region_of: Callable[[str], str] | None = None

    async def load(self) -> None:
        """Makes regions known, if they are wanted."""
        if self._settings.region:
            await asyncio.to_thread(self.load_now)

    def load_now(self) -> None:
        """The same at once."""
        import phonenumbers
        from phonenumbers import geocoder

        country, language = self._country, self._language

        def region_of(number: str) -> str:
            try:
                parsed = phonenumbers.parse(number, country)
            except phonenumbers.NumberParseException:
                return ""
            return str(geocoder.description_for_number(parsed, language))

        region_of("+8613800138000")  # the tables are read at first use
        self._region_of = region_of

    def filled(self, ringing: m.CallRinging, call_id: str, agent_id: str) -> m.CallRinging:
        """The event with what the settings want told."""
        template = self._settings.url
        if template is None and self._region_of is None:
            return ringing
        region = self._region_of(ringing.ani) if self._region_of is not None else ""
        url = None
        if template is not None:
            facts = {
                "ani": ringing.ani,
                "dnis": ringing.dnis,
                "queue": ringing.queue,
                "call_id": call_id,
                "agent_id": agent_id,
                "region": region,
                **{f"{DATA_PREFIX}{name}": value for name, value in ringing.data.items()},
            }
            url = PLACEHOLDER.sub(
                lambda found: quote(_text(facts.get(found.group(1))), safe=""), template
            )
        return ringing.model_copy(update={"screen_pop_url": url, "region": region or None})


def _text(value: object) -> str:
    """Broken Unicode, which callers may send, becomes "?"."""
    return "" if value is None else str(value).encode(errors="replace").decode()
