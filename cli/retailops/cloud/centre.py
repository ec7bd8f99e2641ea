"""The centre's own cluster in the lab: one machine beside `hq`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from retailops.model.writing import write_whole
from retailops.ports import CloudPorts, Json, OnLine, Prober, Reading

MACHINE = "cloud1"


def up(cloud: CloudPorts, state: Path, on_line: OnLine) -> Path:
    """The cluster is there and Ready; returns its admin kubeconfig, for `StackRequest.kubeconfig`. May run twice."""
    text = cloud.clusters.serve(cloud.machines.make(MACHINE, on_line), on_line, cloud.images.values())
    path = kubeconfig(state)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(path, text, 0o600)
    return path


def found(cloud: CloudPorts, state: Path) -> Path | None:
    """What `up` wrote, while the machine that it was written for stands; None else."""
    path = kubeconfig(state)
    return path if path.is_file() and cloud.machines.find(MACHINE) else None


def use(prober: Prober, cloud: CloudPorts, services: Iterable[str]) -> Mapping[str, Json]:
    """What those services did when they were used from the cluster's machine: `{id: {ok, said, seconds}}`, for those that a probe knows."""
    machine = cloud.machines.find(MACHINE)
    if machine is None:
        return {}
    return prober.read(machine.host, Reading("central_services", {"services": sorted(services)}, timeout=90))


def kubeconfig(state: Path) -> Path:
    """Where `up` puts the file (mode 0600), below the folder of the fleet's state; it need not be there."""
    return state / "kubeconfigs" / f"{MACHINE}.yaml"
