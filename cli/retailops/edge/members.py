"""A cluster of machines outside every store, by the same role as a store's: the centre's own, and the lab's cloud."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from retailops.edge.artifacts import read_artifacts
from retailops.edge.installation import IMAGES, mark, variables
from retailops.edge.kubeconfig import API, PATH
from retailops.edge.node import pins_of
from retailops.errors import ToolError
from retailops.model import Box
from retailops.ports import CloudMachine, Configurator, ImageArchive, OnLine, Play, Prober, Reading
from retailops.render.edge import member_files

K3S = "/usr/local/bin/k3s"
PLAYBOOK = "cloud"
SERVICES = "/var/lib/retailops/services"
GRACE = 60
"""Seconds that a drained pod has to end what it is doing."""
_SERVER = re.compile(r"(?m)^(\s*server:\s*)\S+$")


@dataclass(frozen=True)
class Members:
    """`ports.Clusters` by Ansible and by questions to the cluster's server."""

    configurator: Configurator
    prober: Prober
    artifacts: Path

    def serve(self, server: CloudMachine, on_line: OnLine, images: Iterable[ImageArchive] = ()) -> str:
        self._play({"servers": (server,)}, server, {}, on_line, images)
        text = self.prober.read(server.host, Reading("node_state", {"texts": [PATH]}))["texts"][PATH]
        if not text:
            raise ToolError(f"{server.host.name} has no {PATH}", resolution="Look at its unit k3s.service.")
        return _SERVER.sub(rf"\g<1>https://{server.address}:{API}", text)

    def join(self, node: CloudMachine, server: CloudMachine, labels: Mapping[str, str], on_line: OnLine) -> None:
        self._play({"servers": (server,), "agents": (node,)}, server, labels, on_line)
        self._kubectl(server, "wait", "--for=condition=Ready", f"node/{node.host.name}", "--timeout=90s")

    def leave(self, node: str, server: CloudMachine, on_line: OnLine) -> None:
        if node not in self.nodes(server):
            return
        self._kubectl(server, "cordon", node)
        on_line(f"{node}: nothing new goes there; waiting for what runs on it")
        drain = ("--ignore-daemonsets", "--delete-emptydir-data", "--force", f"--timeout={3 * GRACE}s")
        self._kubectl(server, "drain", node, *drain)
        self._kubectl(server, "delete", "node", node, "--ignore-not-found")

    def nodes(self, server: CloudMachine) -> Mapping[str, bool]:
        ready = '{.metadata.name}={.status.conditions[?(@.type=="Ready")].status}'
        said = self._kubectl(server, "get", "nodes", "-o", f"jsonpath={{range .items[*]}}{ready} {{end}}")
        return {name: status == "True" for name, _, status in (word.partition("=") for word in said.split())}

    def _kubectl(self, server: CloudMachine, *words: str) -> str:
        argv, patience = [K3S, "kubectl", *words], 4.0 * GRACE
        asked = Reading("command", {"argv": argv, "timeout": patience}, timeout=patience + 10)
        done = self.prober.read(server.host, asked)
        if done["code"]:
            raise ToolError(f"kubectl {words[0]} failed on {server.host.name}", details=str(done["stderr"])[-1500:])
        return str(done["stdout"])

    def _play(
        self,
        groups: Mapping[str, tuple[CloudMachine, ...]],
        server: CloudMachine,
        labels: Mapping[str, str],
        on_line: OnLine,
        images: Iterable[ImageArchive] = (),
    ) -> None:
        artifacts = read_artifacts(self.artifacts)
        pins, files, told = pins_of(artifacts), {}, {}
        for group, machines in groups.items():
            for machine in machines:
                part = "server" if group == "servers" else "agent"
                name = machine.host.name
                join = None if part == "server" else server.address
                own = {} if part == "server" else labels
                files[name] = member_files(name, machine.address, join, own, mark(pins, artifacts))
                told[name] = _with_services(variables(_box(machine, part), pins, artifacts), images)
        hosts = {group: tuple(machine.host for machine in machines) for group, machines in groups.items()}
        self.configurator.play(Play(PLAYBOOK, hosts, files, told), on_line)


def _with_services(told: dict[str, Any], images: Iterable[ImageArchive]) -> dict[str, Any]:
    """Services keep what they have below one folder, each pod in its own: any user may make it, as in K3s' local storage."""
    archives = [
        {"source": str(each.file), "path": f"{IMAGES}/{each.file.name}", "mode": "0644", "sha256": each.sha256}
        for each in images
    ]
    kept = {"path": SERVICES, "owner": "0", "mode": "0777"}
    return {**told, "artefacts": [*told["artefacts"], *archives], "folders": [*told["folders"], kept]}


def _box(machine: CloudMachine, part: str) -> Box:
    name, address = machine.host.name, IPv4Address(machine.address)
    if part == "server":
        return Box(name, name, "server", address, {}, "server")
    return Box(name, name, "agent", address, {}, "agent")
