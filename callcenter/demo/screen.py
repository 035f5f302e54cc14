"""Where the demo's words go: rich on a terminal, plain lines elsewhere."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

Rows: TypeAlias = Sequence[Sequence[str]]

_COLOURS: Mapping[str, str] = {
    "exchange": "cyan",
    "caller": "yellow",
    "agent": "green",
    "record": "magenta",
}
_YES, _NO = "✔", "✘"
_NAME_WIDTH = 10


class Screen:
    """One place to print to."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)

    def moment(self, seconds: float, who: str, name: str, text: str, *, ok: bool) -> None:
        """A line of the timeline: when, who, what."""
        line = Text(f"{seconds:7.2f} s  ")
        line.append(set_cell_size(name, _NAME_WIDTH), _COLOURS[who])
        line.append(text, "" if ok else "bold red")
        self._console.print(line)

    def heading(self, title: str) -> None:
        """Begins a part of the summary."""
        self._console.print()
        if self._console.is_terminal:
            self._console.print(Rule(title, style="dim"))
        else:
            self._console.print(title)

    def checks(self, rows: Sequence[tuple[bool, str, str]]) -> None:
        """Whether, what, and what was seen or heard."""
        width = max(cell_len(title) for _, title, _ in rows)
        for ok, title, told in rows:
            line = Text("  ")
            line.append(_YES if ok else _NO, "bold green" if ok else "bold red")
            line.append(f" {set_cell_size(title, width)}  ")
            line.append(told, "dim" if ok else "red")
            self._console.print(line)

    def table(self, rows: Rows, header: Sequence[str] = ()) -> None:
        """Columns; plain ones between bars where there is no terminal."""
        if not self._console.is_terminal:
            for row in [header, *rows] if header else rows:
                self._console.print(Text("  " + " | ".join(row)))
            return
        table = Table(*header, show_header=bool(header), box=None, pad_edge=True)
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        self._console.print(table)

    def say(self, text: str, style: str = "") -> None:
        """A paragraph, word for word."""
        self._console.print(Text(text, style))
