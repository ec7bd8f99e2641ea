"""A cloud of machines in memory: `log` is what was asked, in order; `fail_at` names a call that dies once."""

# ruff: noqa: ARG002

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from retailops.errors import ToolError
from retailops.ports import CloudMachine, CloudPorts, Host, ImageArchive, OnLine


@dataclass
class FakeCloud:
    """Implements `Machines`, `Clusters` and `Records`."""

    there: dict[str, CloudMachine] = field(default_factory=dict)
    members: dict[str, bool] = field(default_factory=dict)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    fail_at: str = ""
    kubeconfig: str = "kubeconfig-of-the-admin"

    @property
    def ports(self) -> CloudPorts:
        return CloudPorts(self, self, self)

    def _act(self, what: str) -> None:
        if what == self.fail_at:
            self.fail_at = ""
            raise ToolError(f"died at {what}")
        self.log.append(what)

    def make(self, name: str, on_line: OnLine) -> CloudMachine:
        if name not in self.there:
            self._act(f"make {name}")
            self.there[name] = CloudMachine(Host(name, "cloud", "198.18.0.9"), f"10.0.16.{21 + len(self.there)}")
        return self.there[name]

    def find(self, name: str) -> CloudMachine | None:
        return self.there.get(name)

    def remove(self, name: str, on_line: OnLine) -> None:
        if name in self.there:
            self._act(f"remove {name}")
            del self.there[name]

    def serve(self, server: CloudMachine, on_line: OnLine, images: Iterable[ImageArchive] = ()) -> str:
        self._act(f"serve {server.host.name}")
        self.members[server.host.name] = True
        return self.kubeconfig

    def join(self, node: CloudMachine, server: CloudMachine, labels: Mapping[str, str], on_line: OnLine) -> None:
        self._act(f"join {node.host.name} {labels}")
        self.members[node.host.name] = True

    def leave(self, node: str, server: CloudMachine, on_line: OnLine) -> None:
        if node in self.members:
            self._act(f"leave {node}")
            del self.members[node]

    def nodes(self, server: CloudMachine) -> Mapping[str, bool]:
        return self.members

    def get(self, key: str) -> Mapping[str, Any] | None:
        return self.records.get(key)

    def put(self, key: str, value: Mapping[str, Any]) -> None:
        self.records[key] = dict(value)

    def drop(self, key: str) -> None:
        self.records.pop(key, None)
