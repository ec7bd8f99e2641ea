"""`retailops check` over 10,000 stores as whole processes (goal: at most 5 s and 500 MB), also with a fault in every file."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from retailops.model.sample.write import write_sample

STORES = 10_000


def measure(root: Path) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak MB of one check."""
    argv = [sys.executable, "-m", "retailops", "--fleet", str(root), "check"]
    begin = time.perf_counter()
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
    return time.perf_counter() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def report(what: str, root: Path, rounds: int) -> None:
    wall, cpu, peak = zip(*(measure(root) for _ in range(rounds)), strict=True)
    print(
        f"check {STORES:,} stores, {what}: {statistics.median(wall):.2f} s (min {min(wall):.2f}, max {max(wall):.2f}), "
        f"CPU {statistics.median(cpu):.2f} s, {max(peak):.0f} MB, {rounds} runs; goal ≤ 5 s, ≤ 500 MB"
    )


def main(rounds: int = 5) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "chain"
        begin = time.perf_counter()
        write_sample(root, STORES)
        print(f"init {STORES:,} stores: {time.perf_counter() - begin:.2f} s")
        report("all right", root, rounds)
        for path in root.glob("stores/*/*.yaml"):
            path.write_text(path.read_text("utf-8").replace("Asia/", "Asi/").replace("hours:", "huors:"), "utf-8")
        report("three faults in each", root, rounds)


if __name__ == "__main__":
    main()
