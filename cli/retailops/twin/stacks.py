"""Pulumi stacks of the simulated world: what was applied is remembered by its inputs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from retailops.errors import Unreachable
from retailops.plan import digest
from retailops.ports import Json, OnLine, StackRequest, StackResult, StackStep
from retailops.twin.machines import machine
from retailops.twin.world import Document, World

RESOURCES = (
    "Namespace::till",
    "ResourceQuota::till",
    "NetworkPolicy::default-deny",
    "Deployment::till",
    "Service::till",
)
PUBLIC, HOSTS = "public", "simulated.invalid"


class Stacks:
    """Implements `ports.Stacks`; a stack is named after its store, whose cluster has to be there first, or after its cloud."""

    engine = "SIMULATED"

    def __init__(self, world: World) -> None:
        self._world = world

    def preview(self, request: StackRequest, on_line: OnLine) -> StackResult:  # noqa: ARG002
        with self._world.call(f"preview {request.stack}", request.stack) as documents:
            return _result(request, _op(documents[request.stack], request))

    def up(self, request: StackRequest, on_line: OnLine) -> StackResult:
        with self._world.call(f"up {request.stack}", request.stack) as documents:
            op = _op(documents[request.stack], request)
            documents[request.stack].setdefault("stacks", {})[request.program.name] = _inputs(request)
            if request.program.name == PUBLIC:
                documents[request.stack]["nodes"] = _nodes(request)
        on_line(f"SIMULATED: stack {request.stack} is up")
        return _result(request, op)

    def refresh(self, request: StackRequest, on_line: OnLine) -> StackResult:  # noqa: ARG002
        with self._world.call(f"refresh {request.stack}", request.stack):
            return _result(request, "same")

    def destroy(self, request: StackRequest, on_line: OnLine) -> StackResult:  # noqa: ARG002
        with self._world.call(f"destroy {request.stack}", request.stack) as documents:
            documents[request.stack].get("stacks", {}).pop(request.program.name, None)
            return _result(request, "delete")

    def outputs(self, request: StackRequest) -> Mapping[str, Json]:
        return _outputs(request)


def _op(store: Document, request: StackRequest) -> str:
    project = request.program.name
    server = [name for name in store.get("hosts", {}) if "edge" in machine(store, name)["plays"]]
    if project == "edge" and not server:
        raise Unreachable(f"the cluster of {request.stack} does not answer", resolution="Run the stage edge first.")
    known = store.get("stacks", {}).get(project)
    return "create" if known is None else "same" if known == _inputs(request) else "update"


def _inputs(request: StackRequest) -> str:
    return digest({"config": dict(request.config), "program": _content(request.program)})


def _content(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*.py"))
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _result(request: StackRequest, op: str) -> StackResult:
    steps = tuple(StackStep(op, f"urn:pulumi:{request.stack}::simulated::{name}") for name in RESOURCES)  # type: ignore[arg-type]
    return StackResult(steps, _outputs(request), "SIMULATED", _inputs(request))


def _outputs(request: StackRequest) -> dict[str, Json]:
    """A region also tells its nodes, and a URL on each."""
    if request.program.name != PUBLIC:
        return dict(request.config)
    nodes = _nodes(request)
    return {
        **request.config,
        "nodes": nodes,
        "endpoints": [f"http://{name}.{request.stack}.{HOSTS}/" for name in nodes],
    }


def _nodes(request: StackRequest) -> list[str]:
    return [f"{request.stack}-{number}" for number in range(1, int(request.config["public:size"]) + 1)]
