"""Telephone numbers as numbering plans have them: E.164, national, emergency.

The plans are libphonenumber's. It is loaded when a number is first looked at, which most sites
never need.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from callcenter.settings.trunking import NumberFormat

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber


_LONGEST = 40
"""Characters of a number in any spelling; what is longer is none, and is not remembered."""


class Numbering:
    """The numbers of a site whose home is `country` (ISO 3166)."""

    def __init__(self, country: str, emergency: Iterable[str]) -> None:
        self._country = country
        self._emergency = frozenset(emergency)
        # The trunks of a group mostly want the same of one number.
        self._formatted = lru_cache(1024)(self._format)
        self._known_emergency = lru_cache(256)(self._of_country)

    def is_emergency(self, number: str) -> bool:
        """Whether help is called: no limit, list or lack of channels may stop it."""
        if number in self._emergency:
            return True
        # No country has longer ones; and the plans are not loaded for ordinary numbers.
        return (
            2 <= len(number) <= 6
            and number.isascii()
            and number.isdigit()
            and self._known_emergency(number)
        )

    def is_abroad(self, number: str) -> bool:
        """Whether it is another country's number, or may be: `+` or `00` and no known code."""
        if not number.startswith(("+", "00")):
            return False
        import phonenumbers

        try:
            parsed = phonenumbers.parse("+" + number.removeprefix("+").removeprefix("00"))
        except phonenumbers.NumberParseException:
            return True
        home = phonenumbers.country_code_for_region(self._country)
        return bool(parsed.country_code != home)

    def spellings(self, number: str) -> tuple[str, ...]:
        """The number as dialled, and as it may be dialled instead, so that no list is got round."""
        import phonenumbers

        try:
            parsed = phonenumbers.parse(number, self._country)
        except phonenumbers.NumberParseException:
            return (number,)
        own = phonenumbers.national_significant_number(parsed)
        abroad = f"{parsed.country_code}{own}"
        home = phonenumbers.country_code_for_region(self._country)
        national = (self._national(parsed),) if parsed.country_code == home else ()
        return number, f"+{abroad}", f"00{abroad}", *national

    def format(self, number: str, form: NumberFormat) -> str:
        """The number in that form; as it is where it is none that the plan has (short numbers)."""
        if form == "as_is" or len(number) > _LONGEST:
            return number
        return self._formatted(number, form)

    def _format(self, number: str, form: NumberFormat) -> str:
        import phonenumbers

        try:
            parsed = phonenumbers.parse(number, self._country)
        except phonenumbers.NumberParseException:
            return number
        if not phonenumbers.is_valid_number(parsed):
            return number
        if form == "national":
            home = phonenumbers.country_code_for_region(self._country)
            if parsed.country_code == home:
                return self._national(parsed)
        e164 = str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
        return e164[1:] if form == "digits" else e164

    @staticmethod
    def _national(parsed: "PhoneNumber") -> str:
        import phonenumbers

        text = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
        return "".join(filter(str.isdigit, text))

    def _of_country(self, number: str) -> bool:
        import phonenumbers

        return bool(phonenumbers.is_emergency_number(number, self._country))
