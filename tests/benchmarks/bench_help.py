"""`retailops --help` beside `python -c "import click, pydantic"`, alternating, as whole processes (goal: at most 2 times)."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

OURS = [sys.executable, "-m", "retailops", "--help"]
THEIRS = [sys.executable, "-c", "import click, pydantic"]


def seconds(argv: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(argv, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main(rounds: int = 15) -> None:
    seconds(OURS), seconds(THEIRS)
    pairs = [(seconds(OURS), seconds(THEIRS)) for _ in range(rounds)]
    ratios = sorted(ours / theirs for ours, theirs in pairs)
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(
        f"help: {ours:.3f} s beside {theirs:.3f} s, ratio median {statistics.median(ratios):.2f} "
        f"(min {ratios[0]:.2f}, max {ratios[-1]:.2f}, {rounds} pairs; goal ≤ 2)"
    )


if __name__ == "__main__":
    main()
