"""A ladder as lines of text for a terminal."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from callcenter.trace.ladder import Arrow, Ladder, Note, Row

TIME_WIDTH = 11
LEAST_GAP, MOST_GAP = 18, 34
DETAIL_WIDTH = 44
"""What the details right of the columns get before the columns get more."""
_AGAIN = "again"


class Drawing:
    """Lines of one ladder; `width` is the terminal's."""

    def __init__(self, ladder: Ladder, width: int) -> None:
        self._ladder = ladder
        gaps = max(1, len(ladder.columns) - 1)
        self._gap = max(LEAST_GAP, min(MOST_GAP, (width - TIME_WIDTH - DETAIL_WIDTH) // gaps))
        self._began = ladder.began

    def header(self) -> Iterator[Text]:
        """When it began, and the names over the columns: who, and where."""
        began = datetime.fromtimestamp(self._began).astimezone()
        yield Text(f"{began:%Y-%m-%d %H:%M:%S.%f %z}", "dim")
        for line in zip(*self._ladder.columns, strict=True):
            if any(line):
                yield Text(" " * TIME_WIDTH + self._names(line), "bold")

    def rows(self, since: int = 0) -> Iterator[Text]:
        """A line for every row from that one on."""
        for row in self._ladder.rows[since:]:
            yield self._line(row)

    def _names(self, names: Sequence[str]) -> str:
        cells = [set_cell_size(f"{name} ", self._gap) for name in names[:-1]]
        return "".join([*cells, names[-1]])

    def _line(self, row: Row) -> Text:
        line = Text(f"{row.at - self._began:+9.3f}  ", "dim")
        if isinstance(row, Note):
            bars = "│" + (" " * (self._gap - 1) + "│") * (len(self._ladder.columns) - 1)
            line.append(bars, "dim")
            line.append(f"  · {row.text}", "cyan")
        else:
            line.append_text(self._arrow(row))
        return line

    def _arrow(self, arrow: Arrow) -> Text:
        left, right = sorted((arrow.source, arrow.target))
        told = arrow.told
        line = Text()
        for _ in range(left):
            line.append("│" + " " * (self._gap - 1), "dim")
        line.append("│", "dim")
        shaft = self._shaft(told.label, (right - left) * self._gap - 1, arrow)
        line.append(shaft, _style(arrow))
        for _ in range(right, len(self._ladder.columns)):
            line.append("│" if _ == right else " " * (self._gap - 1) + "│", "dim")
        if arrow.repeated:
            line.append(f"  {_AGAIN}", "yellow")
        if told.detail:
            line.append(f"  {told.detail}", "dim" if told.good is not False else "red")
        return line

    def _shaft(self, label: str, width: int, arrow: Arrow) -> str:
        if cell_len(label) > width - 6:
            label = set_cell_size(label, width - 7) + "…"
        rest = width - cell_len(label) - 3  # two spaces and the head
        before = rest // 2
        if arrow.target > arrow.source:
            return "─" * before + f" {label} " + "─" * (rest - before) + "▶"
        return "◀" + "─" * before + f" {label} " + "─" * (rest - before)


def _style(arrow: Arrow) -> str:
    if arrow.repeated:
        return "yellow"
    if arrow.told.good is None:
        return ""
    return "green" if arrow.told.good else "red"
