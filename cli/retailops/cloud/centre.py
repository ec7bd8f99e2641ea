"""The centre's own cluster in the lab: one machine beside `hq`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from retailops.ports import CloudPorts, OnLine

MACHINE = "cloud1"


def up(cloud: CloudPorts, folder: Path, on_line: OnLine) -> Path:
    """The cluster is there and Ready; returns its admin kubeconfig in `folder`, for `StackRequest.kubeconfig`. May run twice."""
    text = cloud.clusters.serve(cloud.machines.make(MACHINE, on_line), on_line)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, half = tempfile.mkstemp(prefix=f".{MACHINE}.", dir=folder)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(half).replace(kubeconfig(folder))
    return kubeconfig(folder)


def kubeconfig(folder: Path) -> Path:
    """Where `up` puts the file (mode 0600); it need not be there."""
    return folder / f"{MACHINE}.yaml"
