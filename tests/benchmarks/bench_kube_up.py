"""`up` of 200 ConfigMaps beside its parts: a bare loop of the same creates, and the same program on a monitor that does nothing (≤ 1.5 ×)."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine_rig import TESTS, load, project, spread

from retailops.drivers.pulumi import BuiltinStacks
from retailops.engine import urns
from retailops.engine.flights import Flights
from retailops.engine.host_pool import HostPool
from retailops.engine.monitor import serve
from retailops.engine.program import Job
from retailops.engine.providers.kube_access import access
from retailops.engine.providers.kube_api import Api
from retailops.engine.providers.port import Settings
from retailops.engine.registration import Registration
from retailops.engine.running import Run
from retailops.engine.state.checkpoint import Resource
from retailops.ports import StackRequest

sys.path.insert(0, str(TESTS / "stacks"))
import real_apiserver

COUNT, ROUNDS = 200, 7
PROGRAM = f"""
import pulumi
import pulumi_kubernetes as k8s
shop = pulumi.get_stack()
for n in range({COUNT}):
    k8s.core.v1.ConfigMap(f"c{{n}}", metadata={{"name": f"c{{n}}", "namespace": shop}}, data={{"n": str(n), "text": "x" * 500}})
"""


class Nothing:
    """A deployment that answers at once with what it was asked."""

    def __init__(self) -> None:
        self.run = Run("proj", "nothing", False)
        self.flights = Flights(str, lambda _line: None)

    def register(self, asked: Registration) -> Resource:
        urn = urns.make("nothing", "proj", asked.parent, asked.type, asked.name)
        return Resource(urn, asked.type, asked.custom, "id", inputs=asked.inputs, outputs=asked.inputs)

    def outputs(self, urn: str, values: object) -> None:
        pass


def bare(api: Api, shop: str) -> None:
    for n in range(COUNT):
        body = {
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c{n}", "namespace": shop},
            "data": {"n": str(n), "text": "x" * 500},
        }  # fmt: skip
        api.post(f"/api/v1/namespaces/{shop}/configmaps", body, fieldManager="bare", fieldValidation="Strict")


def nothing(pool: HostPool, folder: Path) -> None:
    deployment, program = Nothing(), folder / "program"
    with serve(deployment) as address, pool.host(sys.executable, lambda _line: None) as host:  # type: ignore[arg-type]
        job = Job(
            "proj", "nothing", str(program), str(program), str(program / "__main__.py"), {}, [], address, dry_run=False
        )
        ending = host.run(job, deployment.flights.idle, 60.0)
        assert not ending.error, ending


def timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def measure(folder: Path, kubeconfig: Path, where: str) -> None:
    (folder / "program" / "__main__.py").write_text(PROGRAM)
    pool, api = HostPool(), Api(access(Settings({}, kubeconfig)))
    stacks = BuiltinStacks("0.0.1", pool)
    request = StackRequest(folder / "program", "", {}, str(folder / "state"), folder / "passphrase", kubeconfig, {})
    parts: list[float] = []
    whole: dict[bool, list[float]] = {False: [], True: []}
    for turn in range(ROUNDS + 1):
        for shop in (f"bare-{turn}", f"up-{turn}", f"skip-{turn}"):
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": shop}}
            api.post("/api/v1/namespaces", body, fieldManager="bare")
        loop = timed(lambda: bare(api, f"bare-{turn}"))  # noqa: B023
        program = timed(lambda: nothing(pool, folder))
        for skip, times in whole.items():
            asked = replace(request, stack=f"{'skip' if skip else 'up'}-{turn}", skip_preview=skip)
            times.append(timed(lambda: stacks.up(asked, lambda _line: None)))  # noqa: B023
        parts.append(loop + program)
    for skip, times in whole.items():
        ratios = [up / part for up, part in zip(times[1:], parts[1:], strict=True)]
        print(
            f"up of {COUNT} ConfigMaps on {where}{', --skip-preview' if skip else ''}: {spread(times[1:], 's', 2)}; "
            f"its parts: {spread(parts[1:], 's', 2)}; ratio {spread(ratios, '×', 2)}, mean {statistics.mean(ratios):.2f}; {load()}"
        )
    pool.close()


def main() -> None:
    with project() as folder:
        measure(folder, folder / "kubeconfig", "the tests' API server")
    if k3s := real_apiserver.binary():
        with project() as folder, real_apiserver.running(k3s, folder) as kubeconfig:
            measure(folder, kubeconfig, "a real API server")


if __name__ == "__main__":
    main()
