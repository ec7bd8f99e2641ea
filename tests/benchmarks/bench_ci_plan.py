"""`retailops ci plan` over 1,000 edge stacks of which 10 changed, as whole processes (goal: at most 15 s on 2 cores).

The ten previews are real ones of the built-in engine, each against an API server of its own (tests/stacks/fake_apiserver.py) where
the stack is up; only what asks a store's node, for the file that names its cluster, is answered from here.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from engine_rig import api_server, cpu, load, spread

from retailops import cli
from retailops.cloud.catalog import EDGE, WantedStack, all_stacks
from retailops.cloud.changes.inputs import Inputs
from retailops.drivers.pulumi import BuiltinStacks
from retailops.edge import kubeconfig
from retailops.edge.apps import stack_request
from retailops.engine.host_pool import HostPool
from retailops.model.sample.write import write_sample
from retailops.onboarding.onboard import open_context
from retailops.onboarding.revisions import image
from retailops.ports import Host, Ports, Prober, Revision
from retailops.wiring import build_ports

STORES, CHANGED, GOAL = 1_000, 10, 15
PLAN = "import sys; sys.path.insert(0, sys.argv[1]); from bench_ci_plan import plan; plan(sys.argv[2], sys.argv[3])"


def ports(root: Path, pool: HostPool) -> Ports:
    """The simulated world with the real engine."""

    def fetch(_prober: Prober, host: Host, _address: str, _folder: Path) -> Path:
        return _kubeconfig(root, host.name.partition("-")[0])

    kubeconfig.fetch = fetch
    return replace(build_ports(root, True), stacks=BuiltinStacks("0.0.1", pool))


def plan(root: str, out: str) -> None:
    """The command in this process; `<out>.cpu` gets its seconds of CPU, with those of the programs."""
    pool = HostPool()
    cli._build_ports = lambda root, _simulate: ports(root, pool)
    try:
        cli.main(["--fleet", root, "--simulate", "ci", "plan", "--out", out])
    finally:
        Path(f"{out}.cpu").write_text(str(cpu(pool)))


def _kubeconfig(root: Path, store: str) -> Path:
    return root / ".retailops" / f"{store}.kubeconfig"


def _serve(root: Path, store: str, url: str) -> None:
    document = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c"}}],
        "clusters": [{"name": "c", "cluster": {"server": url}}],
    }
    path = _kubeconfig(root, store)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document))


def _settle(root: Path, world: Ports) -> None:
    """CI knows every edge stack as applied."""
    assert world.revisions
    inputs, now = Inputs(root), datetime.now(UTC)
    for stack in all_stacks(root, image=image(world)):
        if stack.project == EDGE:
            known = inputs.of(stack)
            world.revisions.put(Revision(EDGE, stack.stack, known, known, "applied", now))


def _some(root: Path, world: Ports) -> list[WantedStack]:
    """Stacks of stores with one node, spread over the chain."""
    stacks = [stack for stack in all_stacks(root, image=image(world)) if stack.project == EDGE]
    compact = [stack for stack in stacks if "format: compact" in _file(root, stack).read_text("utf-8")]
    return compact[:: len(compact) // CHANGED][:CHANGED]


def _file(root: Path, stack: WantedStack) -> Path:
    return next(root.glob(f"stores/*/{stack.stack}.yaml"))


def _measure(root: Path, out: Path) -> tuple[float, float]:
    """Wall seconds, and CPU seconds with those of the programs."""
    argv = [sys.executable, "-c", PLAN, str(Path(__file__).parent), str(root), str(out)]
    begin = time.perf_counter()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin, float(Path(f"{out}.cpu").read_text())


def main(rounds: int = 5) -> None:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        root, out = Path(folder) / "chain", Path(folder) / "plan.json"
        write_sample(root, STORES)
        world = ports(root, HostPool())
        changed = _some(root, world)
        for stack in changed:
            _serve(root, stack.stack, servers.enter_context(api_server()))
            request = stack_request(open_context(world, root, stack.stack, lambda _line: None))
            world.stacks.up(request, lambda _line: None)
        _settle(root, world)
        for stack in changed:
            path = _file(root, stack)
            path.write_text(path.read_text("utf-8").replace("generation: 1", "generation: 2"), "utf-8")
        taken = []
        for _ in range(rounds):
            taken.append(_measure(root, out))
            found = json.loads(out.read_text())
            assert found["unchanged"] == STORES - CHANGED, found["unchanged"]
            assert [item["form"] for item in found["changes"]] == ["changes"] * CHANGED, found["changes"]
        wall, used = map(list, zip(*taken, strict=True))
        steps = sum(len(item["steps"]) for item in found["changes"])
        print(
            f"ci plan, {STORES:,} edge stacks, {CHANGED} changed, {steps} steps: {spread(wall, 's', 1)}, "
            f"CPU {spread(used, 's', 1)}; {load()}; "
            f"goal ≤ {GOAL} s; engine and previews real, stores' nodes simulated"
        )


if __name__ == "__main__":
    main()
