"""The cluster's admin file, fetched from the node into a private file that points at the node's design address."""

from __future__ import annotations

import re
from pathlib import Path

from retailops.errors import ToolError
from retailops.model.writing import write_whole
from retailops.ports import Host, Prober, Reading

PATH = "/etc/rancher/k3s/k3s.yaml"
API = 6443
_SERVER = re.compile(r"(?m)^(\s*server:\s*)\S+$")


def fetch(prober: Prober, host: Host, address: str, folder: Path) -> Path:
    """`<folder>/<host>.yaml`, mode 0600, replaced at once; raises `ToolError` where the node has none yet."""
    text = prober.read(host, Reading("node_state", {"texts": [PATH]}))["texts"][PATH]
    if not text:
        raise ToolError(f"{host.name} has no {PATH} yet", resolution="Run the stage edge first.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{host.name}.yaml"
    write_whole(path, _SERVER.sub(rf"\g<1>https://{address}:{API}", text), 0o600)
    return path
