"""Results of long tests, kept in docs/proof for programs and for people."""

import datetime
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.load import proc

RESULTS = Path(__file__).parents[2] / "docs" / "proof"


def keep(
    name: str,
    title: str,
    facts: Mapping[str, object],
    table: str = "",
    rows: Sequence[Mapping[str, object]] = (),
) -> None:
    """Writes a result for programs and for people; `table` and `rows` are the same, for either."""
    now = datetime.datetime.now(datetime.UTC)
    result = {"measured": now.date().isoformat(), "machine": proc.machine(), **facts}
    whole = {**result, "rows": list(rows)} if rows else result
    (RESULTS / f"{name}.json").write_text(json.dumps(whole, indent=1) + "\n")
    lines = "".join(f"| {fact.replace('_', ' ')} | {value} |\n" for fact, value in result.items())
    below = f"\n{table}" if table else ""
    (RESULTS / f"{name}.md").write_text(f"# {title}\n\n| | |\n| --- | --- |\n{lines}{below}")
