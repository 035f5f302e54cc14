"""The simulator of `callcenter simulate` beside Erlang C and Erlang A, as a table.

    python -m tests.load.theory [--calls 1000000]

Takes a minute a million calls and row. See `tests.support.acd_theory`.
"""

import argparse
from math import inf

from tests.support.acd_theory import Traffic, interval, simulated, theory

GRID = [
    *(Traffic(10, load) for load in (0.5, 0.7, 0.8, 0.9)),
    *(Traffic(50, load) for load in (0.7, 0.8, 0.9)),
    *(Traffic(10, load, patience=120.0) for load in (0.7, 0.9, 1.1, 1.3)),
]


def main() -> None:
    """Simulates and prints."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.theory")
    parser.add_argument("--calls", type=int, default=1_000_000, help="calls a row")
    calls = parser.parse_args().calls
    print("| agents | load | patience | figure | theory | simulated, 99 % | off by | |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for seed, traffic in enumerate(GRID):
        expected, batches = theory(traffic), simulated(traffic, calls, seed)
        patient = traffic.patience == inf
        for figure in ("mean_wait", "waited", "in_time" if patient else "left"):
            wanted = getattr(expected, figure)
            mean, half = interval([getattr(batch, figure) for batch in batches])
            inside = "✔" if abs(mean - wanted) <= half else "✘"
            print(
                f"| {traffic.agents} | {traffic.load} | {'–' if patient else traffic.patience} | "
                f"{figure} | {wanted:.5g} | {mean:.5g} ± {half:.2g} | "
                f"{100 * (mean / wanted - 1):+.2f} % | {inside} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
