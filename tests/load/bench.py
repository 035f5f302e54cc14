"""`make bench`: measures what the project promises, each figure beside its reference.

    python -m tests.load.bench [--only PART] [--json FILE] [--profile]

Takes about five minutes; the parts are named below. The exit code tells whether it could be
measured, not whether the targets were met: that is for people to judge, who know what else the
machine was doing.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.load import (
    calls,
    concurrent,
    desks,
    latency,
    media_limits,
    mixing,
    proc,
    relay,
    routing,
    secrecy,
    simulating,
    startup,
    transcoding,
)
from tests.load.asterisk import beside
from tests.load.figures import Figure, table, to_json
from tests.load.listening import cost

PARTS: Mapping[str, Callable[[], list[Figure]]] = {
    "startup": startup.measure,
    "routing": routing.measure,
    "simulation": simulating.measure,
    "relay": relay.measure,
    "mix": mixing.measure,
    "secrecy": secrecy.measure,
    "media": media_limits.measure,
    "transcode": transcoding.measure,
    "ears": cost.measure,
    "calls": calls.measure,
    "asterisk": beside.measure,
    "latency": latency.measure,
    "desks": desks.measure,
    "concurrent": concurrent.measure,
}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.bench")
    parser.add_argument("--only", choices=PARTS, help="measure this part alone")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    parser.add_argument(
        "--profile", action="store_true", help="instead, show what a queue call's time goes into"
    )
    arguments = parser.parse_args()
    if arguments.profile:
        print(calls.profile())
        return
    figures: list[Figure] = []
    for name in [arguments.only] if arguments.only else PARTS:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        figures += PARTS[name]()
    print(f"{proc.machine()}\n\n{table(figures)}")
    if arguments.json:
        arguments.json.write_text(to_json(figures))


if __name__ == "__main__":
    main()
