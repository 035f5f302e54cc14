"""Every fuzz target of the media engine for a minute, from its seeds (cargo-fuzz)."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.load.results import keep

pytestmark = [pytest.mark.proof, pytest.mark.timeout(7200)]

FUZZ = Path(__file__).parents[2] / "media" / "engine" / "fuzz"
TARGETS = sorted(target.stem for target in (FUZZ / "fuzz_targets").glob("*.rs"))
SECONDS = int(os.environ.get("FUZZ_SECONDS", "60"))
_UNSTABLE = {**os.environ, "RUSTC_BOOTSTRAP": "1"}
"""Coverage is a matter of unstable compiler flags; so a stable toolchain takes them."""
_DONE = re.compile(r"DONE\s+cov: (\d+) ft: (\d+)")
_EXECUTED = re.compile(r"stat::number_of_executed_units: (\d+)")


@pytest.mark.skipif(shutil.which("cargo-fuzz") is None, reason="cargo-fuzz is missing")
def test_nothing_is_found_in_a_minute(tmp_path: Path) -> None:
    subprocess.run(["cargo", "fuzz", "build"], cwd=FUZZ.parent, env=_UNSTABLE, check=True)
    runs = {target: _run(target, tmp_path / target) for target in TARGETS}
    rows = [
        {
            "target": target,
            "inputs": _number(_EXECUTED, run.stderr),
            "edges": _number(_DONE, run.stderr),
            "found": run.returncode,
        }
        for target, run in runs.items()
    ]
    lines = [f"| {' | '.join(str(value) for value in row.values())} |\n" for row in rows]
    table = "| target | inputs | edges | found |\n| --- | --- | --- | --- |\n" + "".join(lines)
    keep("fuzzing", "Fuzz targets of the media engine", {"seconds each": SECONDS}, table, rows)
    failed = [run.stderr[-4000:] for run in runs.values() if run.returncode != 0]
    assert not failed, failed[0]


def _run(target: str, corpus: Path) -> "subprocess.CompletedProcess[str]":
    corpus.mkdir()
    limits = [f"-max_total_time={SECONDS}", "-max_len=1500", "-print_final_stats=1"]
    return subprocess.run(
        ["cargo", "fuzz", "run", target, str(corpus), str(FUZZ / "seeds" / target), "--", *limits],
        cwd=FUZZ.parent,
        env=_UNSTABLE,
        capture_output=True,
        text=True,
        check=False,
    )


def _number(pattern: "re.Pattern[str]", text: str) -> int:
    found = pattern.search(text)
    return int(found[1]) if found else 0
