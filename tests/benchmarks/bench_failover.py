"""Fail-over on a lab whose store is connected: silence of a 5 ms ping and of a TCP stream while the preferred line is cut.

`bench_failover.py [--fleet DIR] [--cuts N]`: the goal is taken over 60 cuts or more; 12 by default. The TCP stream asks the centre's
service over one connection every 20 ms from the POS network, and is left out where no store sells yet.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from retailops.edge import till
from retailops.errors import RetailopsError
from retailops.onboarding.onboard import open_context
from retailops.ports import Reading
from retailops.run.stage import Context
from retailops.wan.failover import AFTER, BEFORE, BLACK, measure_failover
from retailops.wiring import build_ports


def one(context: Context) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both flows under one cut."""
    host, port = till.centre(context.design)
    args = {"host": host, "port": port, "path": till.HEALTH, "seconds": BEFORE + BLACK + AFTER, "interval": 0.02}
    with ThreadPoolExecutor(1) as pool:
        stream = pool.submit(context.ports.prober.read, till.pos(context.site), Reading("flow", args, timeout=60))
        return measure_failover(context), stream.result()


def spread(name: str, values: list[float], goal: float) -> str:
    ordered = sorted(values)
    p95 = ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]
    return (
        f"{name}: median {statistics.median(ordered):.2f} s, p95 {p95:.2f} s, worst {ordered[-1]:.2f} s, least {ordered[0]:.2f} s "
        f"over {len(ordered)} cuts (goal: p95 {goal:.1f} s); load {os.getloadavg()[0]:.1f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--fleet", type=Path, default=Path(os.environ.get("RETAILOPS_FLEET", ".")))
    parser.add_argument("--store", default="hz0001")
    parser.add_argument("--cuts", type=int, default=12)
    args = parser.parse_args()
    try:
        context = open_context(build_ports(args.fleet, False), args.fleet, args.store, lambda _line: None)
    except RetailopsError as error:
        print(f"bench_failover: NOT RUN: {error.message}")
        return
    pings, streams = [], []
    for number in range(args.cuts):
        ping, stream = one(context)
        pings.append(ping["gap"])
        streams += [stream["worst"]] if stream["answered"] > 50 else []
        print(
            f"cut {number + 1}: ping {ping['gap']:.2f} s, stream {stream['worst']:.2f} s", file=sys.stderr, flush=True
        )
    print(spread("ping", pings, 1.0))
    print(
        spread("stream", streams, 2.0)
        if streams
        else "stream: NOT RUN: the centre's service does not answer the POS network"
    )


if __name__ == "__main__":
    main()
