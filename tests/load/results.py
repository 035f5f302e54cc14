"""Results of long tests, kept in docs/proof for programs and for people."""

import datetime
import json
from collections.abc import Mapping
from pathlib import Path

from tests.load import proc

RESULTS = Path(__file__).parents[2] / "docs" / "proof"


def keep(name: str, title: str, facts: Mapping[str, object]) -> None:
    """Writes a result for programs and for people."""
    now = datetime.datetime.now(datetime.UTC)
    result = {"measured": now.date().isoformat(), "machine": proc.machine(), **facts}
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
    rows = "".join(f"| {fact.replace('_', ' ')} | {value} |\n" for fact, value in result.items())
    (RESULTS / f"{name}.md").write_text(f"# {title}\n\n| | |\n| --- | --- |\n{rows}")
