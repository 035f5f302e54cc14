"""Number rewriting by prefix tables: what carriers and exchanges have always used."""

from collections.abc import Iterable

from callcenter.settings import PrefixRule


class PrefixTable:
    """Rules by prefix; of those that fit a number the longest is applied, once."""

    def __init__(self, rules: Iterable[PrefixRule]) -> None:
        self._rules: dict[str, PrefixRule] = {}
        for rule in rules:
            self._rules.setdefault(rule.prefix, rule)
        self._longest = max(map(len, self._rules), default=0)

    def rewrite(self, number: str) -> str:
        """The number as the table has it; unchanged where no rule fits."""
        for length in range(min(self._longest, len(number)), -1, -1):
            rule = self._rules.get(number[:length])
            if rule is not None:
                return rule.add + number[rule.strip :]
        return number

    def rewrite_whole(self, number: str) -> str:
        """The same, but only by a rule for exactly this number (emergency numbers)."""
        rule = self._rules.get(number)
        return number if rule is None else rule.add + number[rule.strip :]
