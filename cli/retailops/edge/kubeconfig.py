"""The cluster's admin file, fetched from the node into a private file that points at the node's design address."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from retailops.errors import ToolError
from retailops.ports import Host, Prober, Reading

PATH = "/etc/rancher/k3s/k3s.yaml"
API = 6443
_SERVER = re.compile(r"(?m)^(\s*server:\s*)\S+$")


def fetch(prober: Prober, host: Host, address: str, folder: Path) -> Path:
    """`<folder>/<host>.yaml`, mode 0600, replaced at once; raises `ToolError` where the node has none yet."""
    text = prober.read(host, Reading("node_state", {"texts": [PATH]}))["texts"][PATH]
    if not text:
        raise ToolError(f"{host.name} has no {PATH} yet", resolution="Run the stage edge first.")
    return keep(folder, host.name, _SERVER.sub(rf"\g<1>https://{address}:{API}", text))


def keep(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, half = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    path = folder / f"{name}.yaml"
    Path(half).replace(path)
    return path
