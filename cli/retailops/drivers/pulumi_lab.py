"""The lab as a cloud, for the built-in engine: package `lab`. Clusters and nodes are real machines; the rest are records that say so."""

# ruff: noqa: ARG002

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from retailops.engine.differences import changes
from retailops.engine.providers.port import Diff, Drift, Settings
from retailops.engine.state.checkpoint import Resource
from retailops.engine.values import has_unknown, plain, secret
from retailops.errors import RetailopsError, UsageError
from retailops.ports import CloudMachine, CloudPorts

STANDS_IN = {
    "Network": "a record; the machines stand on the lab's centre network, which reaches hub and stores",
    "Cluster": "one systemd-nspawn machine that runs the cluster's server",
    "NodePool": "systemd-nspawn machines that join the cluster",
    "Bucket": "a record: nothing is stored",
    "Database": "a record: there is no database",
    "Gateway": "a record: the lab's hub reaches the machines over the centre's network",
    "Key": "a record: nothing is encrypted with it",
    "Budget": "a record: the lab costs nothing",
}
"""Resource type -> what is really there in its place."""

_REPLACING = {"NodePool": ("name", "cluster", "labels", "machine"), "Cluster": ("name", "network", "version")}
_MOST = 20


def factory(ports: CloudPorts) -> Callable[[Settings], LabCloud]:
    """A provider factory for `Engine`."""
    return lambda settings: LabCloud(ports, settings)


@dataclass(frozen=True)
class LabCloud:
    """Implements `engine.providers.port.Provider`. An id is `<kind>/<name>`; each record says what the state should find."""

    ports: CloudPorts
    settings: Settings

    def lacks(self, kind: str) -> str | None:
        return None if kind.startswith("lab:index:") and _kind(kind) in STANDS_IN else f"the type {kind}"

    def check(self, resource: Resource, old: Resource | None) -> Resource:
        inputs = plain(dict(resource.inputs))
        if "name" not in inputs:
            raise UsageError(f"{resource.urn}: a {_kind(resource.type)} of the lab needs a name")
        size = inputs.get("size")
        if _kind(resource.type) == "NodePool" and not has_unknown(size) and not _is_size(size):
            raise UsageError(f"node pool {inputs['name']}: size {size!r} is no whole number from 0 to {_MOST}")
        return resource

    def diff(self, old: Resource, new: Resource) -> Diff:
        found = tuple(changes(dict(old.inputs), dict(new.inputs)))
        fixed = _REPLACING.get(_kind(new.type), ("name",))
        return Diff(found, tuple(each for each in found if each.path[0] in fixed), delete_first=True)

    def successor(self, old: Resource, new: Resource) -> Resource:
        return new

    def rehearse(self, old: Resource | None, new: Resource) -> Resource:
        held = dict(old.outputs) if old else {}
        if old and _kind(new.type) == "NodePool":
            held.pop("nodes", None)
            held.pop("addresses", None)
        return replace(new, outputs={**held, **new.inputs})

    def seed(self, resource: Resource) -> Resource:
        return replace(resource, id=self._id(resource))

    def create(self, seeded: Resource, timeout: float) -> Resource:
        identifier = self._id(seeded)
        held = self.ports.records.get(identifier)
        if held is not None and held.get("urn") != seeded.urn:
            raise RetailopsError(
                f"{identifier} is in the lab already, made by {held.get('urn')}", resolution="Choose another name."
            )
        return self._put(seeded)

    def update(self, old: Resource, new: Resource, timeout: float) -> Resource:
        return self._put(replace(new, id=old.id))

    def delete(self, resource: Resource, timeout: float) -> None:
        held = self.ports.records.get(resource.id)
        if held is None or held.get("urn") != resource.urn:
            return
        inputs = plain(dict(resource.inputs))
        if _kind(resource.type) == "NodePool":
            self._resize(inputs, 0)
        if _kind(resource.type) == "Cluster":
            self.ports.machines.remove(str(inputs["name"]), self.settings.on_line)
        self.ports.records.drop(resource.id)

    def read(self, resource: Resource) -> Resource | None:
        held = self.ports.records.get(resource.id)
        if held is None or held.get("urn") != resource.urn:
            return None
        inputs = plain(dict(resource.inputs))
        if _kind(resource.type) == "Cluster" and self.ports.machines.find(str(inputs["name"])) is None:
            return None
        if _kind(resource.type) == "NodePool":
            nodes = self._nodes(inputs)
            return replace(
                resource,
                inputs={**resource.inputs, "size": float(len(nodes))},
                outputs={**resource.outputs, **_pool_outputs(nodes), "size": float(len(nodes))},
            )
        return resource

    def refresh(self, resource: Resource) -> Drift | None:
        found = self.read(resource)
        return Drift(found, tuple(changes(dict(resource.inputs), dict(found.inputs)))) if found else None

    def recover(self, seeded: Resource) -> Resource | None:
        """A create that was cut off is done again by the next call, which finds what is there: nothing is made twice."""
        held = self.ports.records.get(self._id(seeded))
        return self._put(seeded) if held is not None and held.get("urn") == seeded.urn else None

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
        return None

    def _id(self, resource: Resource) -> str:
        return f"{_kind(resource.type).lower()}/{plain(dict(resource.inputs))['name']}"

    def _put(self, resource: Resource) -> Resource:
        """The record first, then the machines: whoever dies between is finished by the next call."""
        identifier, inputs, kind = self._id(resource), plain(dict(resource.inputs)), _kind(resource.type)
        self.ports.records.put(identifier, {"urn": resource.urn, "kind": kind, "name": str(inputs["name"])})
        outputs = {**resource.inputs, "standsIn": STANDS_IN[kind]}
        if kind == "Cluster":
            server = self.ports.machines.make(str(inputs["name"]), self.settings.on_line)
            kubeconfig = self.ports.clusters.serve(server, self.settings.on_line)
            outputs |= {"kubeconfig": secret(kubeconfig), "endpoint": f"https://{server.address}:6443"}
        elif kind == "NodePool":
            outputs |= _pool_outputs(self._resize(inputs, int(inputs["size"])))
        return replace(resource, id=identifier, outputs=outputs)

    def _resize(self, pool: Mapping[str, Any], size: int) -> list[CloudMachine]:
        """Exactly `size` nodes, the last ones go first; what is half there is finished."""
        server, on_line = self._server(pool), self.settings.on_line
        members = self.ports.clusters.nodes(server) if server else {}
        for number in range(_MOST, size, -1):
            name = f"{pool['name']}-{number}"
            if server and name in members:
                self.ports.clusters.leave(name, server, on_line)
            self.ports.machines.remove(name, on_line)
        if size and server is None:
            raise RetailopsError(f"node pool {pool['name']}: its cluster {pool['cluster']} is not there")
        labels = {str(key): str(value) for key, value in (pool.get("labels") or {}).items()}
        for number in range(1, size + 1):
            name = f"{pool['name']}-{number}"
            fresh = self.ports.machines.find(name) is None
            machine = self.ports.machines.make(name, on_line)
            if server and (fresh or not members.get(name)):
                self.ports.clusters.join(machine, server, {**labels, "retailops.io/pool": str(pool["name"])}, on_line)
        return self._nodes(pool)

    def _nodes(self, pool: Mapping[str, Any]) -> list[CloudMachine]:
        names = (f"{pool['name']}-{number}" for number in range(1, _MOST + 1))
        return [found for name in names if (found := self.ports.machines.find(name))]

    def _server(self, pool: Mapping[str, Any]) -> CloudMachine | None:
        return self.ports.machines.find(str(pool["cluster"]).removeprefix("cluster/"))


def _pool_outputs(nodes: list[CloudMachine]) -> dict[str, Any]:
    return {"nodes": [each.host.name for each in nodes], "addresses": [each.address for each in nodes]}


def _is_size(value: Any) -> bool:
    return isinstance(value, int | float) and 0 <= value <= _MOST and value == int(value)


def _kind(token: str) -> str:
    return token.rpartition(":")[2]
