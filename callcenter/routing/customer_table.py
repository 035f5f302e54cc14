"""Customers as a CSV file with a header line: number, and any of name, agent and priority.

Any further column is data that agents are shown.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from callcenter.routing.customers import Customer

COLUMNS: Final = ("number", "name", "agent", "priority")
MAX_FURTHER: Final = 32
MAX_TEXT: Final = 500
"""Characters of one of the further columns."""
LEAST, MOST = -100, 100
"""Of a customer's priority."""


class TableError(ValueError):
    """What is wrong, with the line."""


def read_customers(lines: Iterable[str]) -> Iterator[Customer]:
    """The rows of a CSV file. Raises `TableError` at the first line that is none."""
    reader = csv.DictReader(lines)
    known = reader.fieldnames or ()
    if "number" not in known:
        raise TableError("line 1: there is no column 'number'")
    further = [name for name in known if name not in COLUMNS]
    if len(further) > MAX_FURTHER or not all(map(str.strip, further)):
        raise TableError(f"line 1: at most {MAX_FURTHER} further columns, each with a name")
    seen: set[str] = set()
    for row in reader:
        customer = _customer(row, reader.line_num, further)
        if customer.number in seen:
            raise TableError(f"line {reader.line_num}: {customer.number} is there already")
        seen.add(customer.number)
        yield customer


def _customer(row: dict[str, str | None], line: int, further: Sequence[str]) -> Customer:
    number = (row["number"] or "").strip()
    if not number.removeprefix("+").isdigit() or len(number) > 32:
        raise TableError(f"line {line}: {number!r} is no number: digits, a leading +")
    text = (row.get("priority") or "0").strip()
    try:
        priority = int(text)
    except ValueError:
        raise TableError(f"line {line}: priority {text!r} is no whole number") from None
    if not LEAST <= priority <= MOST:
        raise TableError(f"line {line}: priority {priority}: must be {LEAST} to {MOST}")
    return Customer(
        number,
        (row.get("name") or "").strip(),
        (row.get("agent") or "").strip(),
        priority,
        {name: text for name in further if (text := (row[name] or "").strip()[:MAX_TEXT])},
    )
