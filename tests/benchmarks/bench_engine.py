"""The built-in engine: a store's preview (≤ 100 ms CPU warm, ≤ 1.5 s cold), and `up` of 200 ConfigMaps (≤ 1.5 × its parts)."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from engine_rig import TESTS, cpu, load, project, spread

from retailops import assets
from retailops.drivers.pulumi import BuiltinStacks
from retailops.engine.host_pool import HostPool
from retailops.ports import StackRequest

EDGE = {
    "store": "hz0001", "generation": "1", "image": "retailops.local/till:1.1.0", "centre": "http://10.0.16.10:8080",
    "centreRange": "10.0.16.0/24", "tills": '[{"node":"hz0001-edge1","address":"10.64.1.10"}]', "user": "10001",
    "posRange": "10.64.0.0/25", "edgeRange": "10.64.1.0/24", "owner": "suidian-platform",
    "costCentre": "store-hz0001", "tillCpuMillis": "500", "tillCpuAsked": "125", "tillMemoryMib": "256",
}  # fmt: skip
WORKLOAD = {
    "data_class": "operations", "image": "mirror.internal/x@sha256:" + "a" * 64, "cpu": 500, "cpu_asked": 125, "memory": 512, "replicas": 1,
}  # fmt: skip
LARGEST = {
    "tills": '[{"node":"hz0001-edge1","address":"10.64.1.10"},{"node":"hz0001-edge2","address":"10.64.1.11"}]',
    "workloads": json.dumps([WORKLOAD | {"id": name} for name in ("shelf-labels", "shopper-count")]),
}
"""A flagship with every workload: 25 resources."""
COLD = """
import sys; sys.path.insert(0, sys.argv[1])
from bench_engine import edge_request
from pathlib import Path
from retailops.drivers.pulumi import BuiltinStacks
BuiltinStacks("0.0.1").preview(edge_request(Path(sys.argv[2])), lambda line: None)
"""


def edge_request(folder: Path, largest: bool = False) -> StackRequest:
    config = {f"edge:{key}": value for key, value in (EDGE | (LARGEST if largest else {})).items()}
    program = assets.path("stacks", "edge")
    return StackRequest(
        program, "hz0001", config, str(folder / "state"), folder / "passphrase", folder / "kubeconfig", {}
    )


def edge(rounds: int = 60, largest: bool = False) -> None:
    with project() as folder:
        pool = HostPool()
        stacks, request = BuiltinStacks("0.0.1", pool), edge_request(folder, largest)
        quiet = lambda _line: None  # noqa: E731
        steps = len(stacks.up(request, quiet).steps)
        for _ in range(5):
            stacks.preview(request, quiet)
        used, wall = [], []
        for _ in range(rounds // 10):
            before, begin = cpu(pool), time.perf_counter()
            for _ in range(10):
                stacks.preview(request, quiet)
            used.append((cpu(pool) - before) * 100)
            wall.append((time.perf_counter() - begin) * 100)
        print(
            f"edge preview, {steps} steps, unchanged, warm: CPU {spread(used, 'ms')}, wall {spread(wall, 'ms')}; {load()}"
        )
        if largest:
            pool.close()
            return
        cold = []
        for _ in range(5):
            begin = time.perf_counter()
            subprocess.run([sys.executable, "-c", COLD, str(TESTS / "benchmarks"), str(folder)], check=True)
            cold.append(time.perf_counter() - begin)
        print(f"the same in a new process: wall {spread(cold, 's', 2)}; {load()}")
        pool.close()


if __name__ == "__main__":
    edge()
    edge(largest=True)
