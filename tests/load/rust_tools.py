"""The engine's own load programs, Rust examples beside it: built here, run as processes."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

_REPOSITORY = Path(__file__).parents[2]
_ENGINE = _REPOSITORY / "media" / "engine"
_Value: TypeAlias = int | str | Sequence[int]
_TOOLS = ("epoll_relay", "opus_cost", "rtp_load")


def build(*, optimised: bool) -> None:
    """Builds the programs; quick when they are up to date. `cargo test` has built them plainly."""
    examples = [word for tool in _TOOLS for word in ("--example", tool)]
    profile = ["--release"] if optimised else []
    _cargo("build", *profile, *examples)


def run_ignored_test(name: str, **environment: str) -> None:
    """Runs a test of the engine's that only works for us, optimised."""
    _cargo("test", "--release", "--lib", name, "--", "--ignored", **environment)


def _cargo(command: str, *arguments: str, **environment: str) -> None:
    folder = subprocess.run(
        [_REPOSITORY / "scripts" / "rust-path.sh"], check=True, capture_output=True, text=True
    ).stdout.strip()
    subprocess.run(
        ["cargo", command, "--quiet", "--manifest-path", _ENGINE / "Cargo.toml", *arguments],
        check=True,
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", **environment},
        stdout=subprocess.DEVNULL,
    )


class Tool:
    """One run of a program, built before; it prints one line of JSON at its end."""

    def __init__(self, name: str, *, optimised: bool = True, **flags: _Value) -> None:
        words = [word for key, value in flags.items() for word in (f"--{key}", _written(value))]
        profile = "release" if optimised else "debug"
        program = _ENGINE / "target" / profile / "examples" / name
        self._process = subprocess.Popen([program, *words], stdout=subprocess.PIPE, text=True)

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def result(self, within: float) -> dict[str, Any]:
        """What it printed, when it has ended."""
        try:
            output, _ = self._process.communicate(timeout=within)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            raise
        if self._process.returncode != 0:
            raise RuntimeError(f"{self._process.args!r} ended with {self._process.returncode}")
        printed: dict[str, Any] = json.loads(output)
        return printed


def _written(value: _Value) -> str:
    return str(value) if isinstance(value, int | str) else ",".join(map(str, value))
