"""A rollout whose stacks are brought up by the built-in engine, each store on an API server of its own; hosts are simulated and well."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fake_apiserver import Cluster, serving
from stack_desk import POOL

sys.path.insert(0, str(Path(__file__).parents[1] / "cli"))

from ci_chain import Chain

from retailops import twin
from retailops.cli import main
from retailops.drivers.pulumi import BuiltinStacks
from retailops.edge import app_probes
from retailops.engine.host_pool import HostPool
from retailops.engine.state import crypto
from retailops.model.sample.write import write_sample
from retailops.ports import OnLine, StackRequest, StackResult

STORES = ("cd0001", "hz0001")


class ByStore(BuiltinStacks):
    """The built-in engine; a stack's cluster is the API server of its store."""

    def __init__(self, kubeconfigs: dict[str, Path], pool: HostPool = POOL) -> None:
        super().__init__("0.0.1", pool)
        self.kubeconfigs = kubeconfigs

    def preview(self, request: StackRequest, on_line: OnLine) -> StackResult:
        return super().preview(replace(request, kubeconfig=self.kubeconfigs[request.stack]), on_line)

    def up(self, request: StackRequest, on_line: OnLine) -> StackResult:
        return super().up(replace(request, kubeconfig=self.kubeconfigs[request.stack]), on_line)


@pytest.fixture
def clusters() -> dict[str, Cluster]:
    return {store: Cluster() for store in STORES}


@pytest.fixture
def kubeconfigs(tmp_path: Path, clusters: dict[str, Cluster]) -> Iterator[dict[str, Path]]:
    with ExitStack() as served:
        found = {}
        for store, cluster in clusters.items():
            document = {
                "current-context": "c",
                "contexts": [{"name": "c", "context": {"cluster": "c"}}],
                "clusters": [{"name": "c", "cluster": {"server": served.enter_context(serving(cluster))}}],
            }
            found[store] = tmp_path / f"{store}.yaml"
            found[store].write_text(json.dumps(document))
        yield found


@pytest.fixture
def ops(tmp_path: Path, kubeconfigs: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Chain:
    monkeypatch.setattr(crypto, "ROUNDS", 10)
    monkeypatch.setattr(app_probes, "healthy", lambda _context: (True, {}))
    root, real = tmp_path / "chain", twin.simulated
    write_sample(root, 4)
    stacks = ByStore(kubeconfigs)
    monkeypatch.setattr(twin, "simulated", lambda *where: replace(real(*where), stacks=stacks))

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["--fleet", str(root), *words])

    made = Chain(root, run)
    made.roll()
    for store in STORES:
        done = made("cloud", "up", store)
        assert done.exit_code == 0, done.output
    return made


def test_ring_after_ring_on_real_stacks(ops: Chain, clusters: dict[str, Cluster]) -> None:
    told = {store: len(cluster.log) for store, cluster in clusters.items()}
    ops.release()
    assert {store: len(cluster.log) for store, cluster in clusters.items()} == told
    first = ops("fleet", "rollout", "run", "--once")
    assert first.exit_code == 0, first.output
    assert len(clusters["cd0001"].log) > told["cd0001"]
    assert len(clusters["hz0001"].log) == told["hz0001"]
    done = ops("fleet", "rollout", "run")
    assert done.exit_code == 0, done.output
    assert [ops.status(store) for store in STORES] == [("applied", True)] * 2
    assert ops.plan()["changes"] == []


def test_a_stack_that_failed_half_way_is_finished_after_the_resume(ops: Chain, clusters: dict[str, Cluster]) -> None:
    ops.release()
    cluster = clusters["cd0001"]
    writes: list[str] = []

    def trouble(verb: str, path: str) -> str:
        if verb == "GET" or "dryRun" in path:
            return ""
        writes.append(path)
        return "500" if len(writes) > 2 else ""

    cluster.trouble = trouble
    stopped = ops("fleet", "rollout", "run")
    assert stopped.exit_code == 6, stopped.output
    assert len(writes) > 2
    assert ops.status("cd0001") == ("failed", False)
    cluster.trouble = lambda _verb, _path: ""
    assert ops("fleet", "rollout", "resume").exit_code == 0
    done = ops("fleet", "rollout", "run")
    assert done.exit_code == 0, done.output
    assert [ops.status(store) for store in STORES] == [("applied", True)] * 2


def test_what_somebody_else_changed_is_held(ops: Chain, clusters: dict[str, Cluster]) -> None:
    ops.release()
    path = next(path for path in clusters["cd0001"].objects if "/services/" in path)
    clusters["cd0001"].delete(path, {})
    done = ops("fleet", "rollout", "run")
    assert done.exit_code == 0
    assert "edge/cd0001: held, a preview finds other steps than the plan has" in done.output


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_in_the_middle_of_an_up_the_next_run_finishes_it(
    ops: Chain, clusters: dict[str, Cluster], kubeconfigs: dict[str, Path], moment: str
) -> None:
    """SIGKILL at the second write to the API server; a process of its own, whose program dies with it."""
    ops.release()
    world = twin.simulated

    def run() -> None:
        twin.simulated = lambda *where: replace(world(*where), stacks=ByStore(kubeconfigs, HostPool()))  # type: ignore[assignment]
        ops("fleet", "rollout", "run")

    child = multiprocessing.get_context("fork").Process(target=run)
    writes: list[str] = []

    def trouble(verb: str, path: str) -> str:
        if verb == "GET" or "dryRun" in path:
            return ""
        writes.append(path)
        if len(writes) == 2 and child.pid:
            os.kill(child.pid, signal.SIGKILL)
            return "reset" if moment == "before" else "lost"
        return ""

    clusters["cd0001"].trouble = trouble
    child.start()
    child.join(120)
    assert child.exitcode == -signal.SIGKILL
    assert ops.status("cd0001") == ("begun", False)
    clusters["cd0001"].trouble = lambda _verb, _path: ""
    done = ops("fleet", "rollout", "run")
    assert done.exit_code == 0, done.output
    assert [ops.status(store) for store in STORES] == [("applied", True)] * 2
    assert ops.plan()["changes"] == []
