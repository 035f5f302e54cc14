"""`python -m tests.load.listening [SEED]`: the matrices, in Markdown."""

import argparse

from tests.load.listening import matrix, tolerances


def main() -> None:
    """Prints them."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.listening")
    parser.add_argument("seed", nargs="?", type=int, default=11)
    parser.add_argument("--samples", type=int, default=420, help="of each matrix")
    parser.add_argument("--wrong", action="store_true", help="name what was taken for another")
    arguments = parser.parse_args()
    for heard in (matrix.progress, matrix.answers, matrix.voices):
        seen = heard(arguments.samples, arguments.seed)
        print(seen.table())
        if arguments.wrong:
            print(*seen.wrong, sep="\n", end="\n\n")
    begin, end = matrix.bounds(60, arguments.seed)
    print(f"A voice is told to start {begin:.2f} s after it does, to stop {end:.2f} s (medians).")
    print(f"\n## Keys as tones\n\n{tolerances.table()}")


if __name__ == "__main__":
    main()
