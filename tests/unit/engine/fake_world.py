"""A provider whose world is a folder of JSON files, so that a killed engine leaves something to be found."""

# ruff: noqa: ARG002

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from retailops.engine.differences import MISSING, changes, get, put
from retailops.engine.providers.port import Diff, Drift, Incomplete, Settings
from retailops.engine.state.checkpoint import Resource
from retailops.engine.urns import name_of
from retailops.engine.values import plain, secret
from retailops.errors import RetailopsError


class World:
    """Things in files; `calls` is what was asked, in order. Inputs `boom`, `slow`, `stuck` and `kill` make faults."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def open(self, _settings: Settings) -> World:
        return self

    @property
    def things(self) -> dict[str, dict[str, Any]]:
        found = {}
        for path in sorted(self.folder.glob("*.json")):
            with contextlib.suppress(FileNotFoundError):
                found[path.stem] = json.loads(path.read_text())
        return found

    def _keep(self, path: Path, thing: dict[str, Any]) -> None:
        """At once, as a real API does: another thread may be looking."""
        new = path.with_suffix(".new")
        new.write_text(json.dumps(thing))
        new.replace(path)

    @property
    def calls(self) -> list[str]:
        log = self.folder / "calls.log"
        return log.read_text().split("\n")[:-1] if log.exists() else []

    def lacks(self, kind: str) -> str | None:
        return "the type fake:index:Rare" if kind == "fake:index:Rare" else None

    def check(self, resource: Resource, old: Resource | None) -> Resource:
        if plain(resource.inputs).get("bad"):
            raise RetailopsError("an input is bad")
        return resource

    def diff(self, old: Resource, new: Resource) -> Diff:
        found = tuple(changes(dict(old.inputs), dict(new.inputs)))
        fixed = tuple(item for item in found if item.path[0] == "fixed")
        return Diff(found, fixed, delete_first=True)

    def successor(self, old: Resource, new: Resource) -> Resource:
        return new

    def rehearse(self, old: Resource | None, new: Resource) -> Resource:
        return replace(new, outputs=dict(new.inputs))

    def seed(self, resource: Resource) -> Resource:
        return replace(resource, outputs={"token": secrets.token_hex(4)})

    def create(self, seeded: Resource, timeout: float) -> Resource:
        inputs, name = self._act("create", seeded), name_of(seeded.urn)
        path = self.folder / f"{name}.json"
        if path.exists():
            raise RetailopsError(f"{name} exists already")
        self._keep(path, {**inputs, "token": plain(seeded.outputs)["token"]})
        self._maybe_die(inputs, "after create")
        made = replace(seeded, id=name, outputs={**seeded.inputs, **seeded.outputs, "size": len(inputs)})
        if inputs.get("stuck"):
            raise Incomplete(f"{name} is not ready", replace(made, init_errors=("not ready",)))
        return made

    def update(self, old: Resource, new: Resource, timeout: float) -> Resource:
        inputs = self._act("update", new)
        token = self.things[old.id]["token"]
        self._keep(self.folder / f"{old.id}.json", {**inputs, "token": token})
        self._maybe_die(inputs, "after update")
        return replace(new, id=old.id, outputs={**new.inputs, "token": token, "size": len(inputs)})

    def delete(self, resource: Resource, timeout: float) -> None:
        self._act("delete", resource)
        (self.folder / f"{resource.id}.json").unlink(missing_ok=True)
        self._maybe_die(plain(resource.inputs), "after delete")

    def read(self, resource: Resource) -> Resource | None:
        found = self.things.get(resource.id)
        if found is None:
            return None
        own = {key: secret(value) if key == "word" else value for key, value in found.items() if key != "token"}
        return replace(resource, inputs=resource.inputs or own, outputs=found)

    def inventory(self, place: str) -> list[tuple[str, str]]:
        return [("fake:index:Thing", name) for name, thing in self.things.items() if thing.get("place") == place]

    def refresh(self, resource: Resource) -> Drift | None:
        found = self.things.get(resource.id)
        if found is None:
            return None
        drift = tuple(changes(plain(dict(resource.inputs)), {k: v for k, v in found.items() if k != "token"}))
        inputs = dict(resource.inputs)
        for change in drift:
            if get(inputs, change.path) is not MISSING:
                inputs = put(inputs, change.path, change.new)
        return Drift(replace(resource, inputs=inputs), drift)

    def recover(self, seeded: Resource) -> Resource | None:
        name = name_of(seeded.urn)
        found = self.things.get(name)
        if found is None or found["token"] != plain(seeded.outputs)["token"]:
            return None
        return replace(seeded, id=name, outputs={**seeded.inputs, **seeded.outputs})

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
        return {"echo": dict(arguments)} if token == "fake:index:echo" else None

    def _act(self, verb: str, resource: Resource) -> dict[str, Any]:
        inputs: dict[str, Any] = plain(dict(resource.inputs))
        with (self.folder / "calls.log").open("a") as log:
            log.write(f"{verb} {name_of(resource.urn)}\n")
        self._maybe_die(inputs, f"before {verb}")
        time.sleep(float(inputs.get("slow") or 0))
        if inputs.get("boom"):
            raise RetailopsError(f"{name_of(resource.urn)} went boom")
        return inputs

    def _maybe_die(self, inputs: Mapping[str, Any], moment: str) -> None:
        if os.environ.get("DIE_AT") == f"{moment} {inputs.get('tag')}":
            os.kill(os.getpid(), signal.SIGKILL)
