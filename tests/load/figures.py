"""A measured figure beside its reference and its target, and the table of them."""

import dataclasses
import json
from collections.abc import Sequence

from tests.load import proc


@dataclasses.dataclass(frozen=True, slots=True)
class Figure:
    """`value` and `reference` in `unit`; the target is that value / reference <= `limit`."""

    key: str
    what: str
    value: float
    unit: str
    reference: float
    reference_what: str
    limit: float
    note: str = ""

    @property
    def ratio(self) -> float:
        """The figure in units of its reference."""
        return self.value / self.reference

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.ratio <= self.limit


def table(figures: Sequence[Figure]) -> str:
    """Markdown that is readable as it is."""
    head = ("figure", "measured", "reference of this run", "ratio", "target", "")
    rows = [
        (
            figure.what,
            f"{_short(figure.value)} {figure.unit}",
            f"{_short(figure.reference)} {figure.unit}: {figure.reference_what}",
            _short(figure.ratio),
            f"<= {_short(figure.limit)}",
            "✔" if figure.met else "✘",
        )
        for figure in figures
    ]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [head, tuple("-" * width for width in widths), *rows]
    text = "\n".join(
        "| "
        + " | ".join(f"{cell:{width}}" for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    )
    notes = [f"- {figure.what}: {figure.note}" for figure in figures if figure.note]
    return "\n".join([text, "", *notes])


def to_json(figures: Sequence[Figure]) -> str:
    """All of it for programs."""
    rows = [
        {**dataclasses.asdict(figure), "ratio": figure.ratio, "met": figure.met}
        for figure in figures
    ]
    return json.dumps({"machine": proc.machine(), "figures": rows}, indent=1) + "\n"


def _short(number: float) -> str:
    """Three significant digits, without an exponent."""
    return f"{number:.0f}" if abs(number) >= 1000 else f"{number:.3g}"
