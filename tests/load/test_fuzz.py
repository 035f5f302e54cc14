"""Every fuzz target of the media engine for a minute, from its seeds (cargo-fuzz, nightly)."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = [pytest.mark.proof, pytest.mark.timeout(1200)]

FUZZ = Path(__file__).parents[2] / "media" / "engine" / "fuzz"
TARGETS = sorted(target.stem for target in (FUZZ / "fuzz_targets").glob("*.rs"))
SECONDS = 60


def _is_there() -> bool:
    if shutil.which("cargo-fuzz") is None or shutil.which("rustup") is None:
        return False
    toolchains = subprocess.run(["rustup", "toolchain", "list"], capture_output=True, text=True)
    return "nightly" in toolchains.stdout


@pytest.mark.skipif(not _is_there(), reason="cargo-fuzz or a nightly toolchain is missing")
@pytest.mark.parametrize("target", TARGETS)
def test_nothing_is_found_in_a_minute(target: str, tmp_path: Path) -> None:
    seeds = FUZZ / "seeds" / target
    corpora = [str(tmp_path), *([str(seeds)] if seeds.is_dir() else [])]
    limits = [f"-max_total_time={SECONDS}", "-max_len=1500"]
    run = subprocess.run(
        ["cargo", "+nightly", "fuzz", "run", target, *corpora, "--", *limits],
        cwd=FUZZ.parent,
        env={**os.environ, "RUSTUP_TOOLCHAIN": "nightly"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-4000:]
