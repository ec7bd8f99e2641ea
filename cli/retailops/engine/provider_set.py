"""The providers of one run: explicit ones from the program, default ones made on first use."""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from retailops.engine import urns
from retailops.engine.providers.port import Builder, Factory, OnLine, Provider, Settings
from retailops.engine.registration import Registration
from retailops.engine.running import Run
from retailops.engine.state.checkpoint import Resource, State
from retailops.engine.values import UNKNOWN, has_unknown, plain
from retailops.errors import RetailopsError


class ProviderSet:
    """Opens each provider once. `config` are the run's plain `package:key` values, which default providers get."""

    def __init__(
        self,
        factories: Mapping[str, Factory],
        config: Mapping[str, str],
        kubeconfig: Path | None,
        on_line: OnLine,
        folder: Path = Path(),
        asking: bool = True,
    ) -> None:
        """Without `asking` no provider may ask the world anything."""
        self._factories, self._config, self._asking = factories, config, asking
        self._kubeconfig, self._on_line = kubeconfig, on_line
        self._folder = folder
        self._open: dict[str, Provider] = {}
        self.stopped = threading.Event()
        self._defaults: dict[str, Resource] = {}
        self._lock = threading.RLock()

    def lacks(self, asked: Registration) -> list[str]:
        """Names of packages and types that this engine has nothing for."""
        if not asked.custom and not asked.remote:
            return []
        provider = asked.type.removeprefix(urns.PROVIDER_PREFIX) if asked.type.startswith(urns.PROVIDER_PREFIX) else ""
        package = provider or asked.type.split(":", 1)[0]
        if package not in self._factories:
            return [f"the provider {package}"] if package != "pulumi" else [f"the type {asked.type}"]
        if provider:
            return []
        found = self._factories[package](Settings({}, known=False))
        if asked.remote and not isinstance(found, Builder):
            return [f"the remote component {asked.type}"]
        missing = found.lacks(asked.type)
        return [missing] if missing else []

    def configure(self, resource: Resource) -> None:
        """Takes a provider resource, new or as the state has it; an open one with other inputs is opened anew."""
        with self._lock:
            package = resource.type.removeprefix(urns.PROVIDER_PREFIX)
            if package not in self._factories:
                raise RetailopsError(
                    f"the built-in engine lacks the provider {package}", resolution="Use the official Pulumi CLI."
                )
            known = self._asking and not has_unknown(dict(resource.inputs))
            inputs = {key: _opened(value) for key, value in plain(dict(resource.inputs)).items()}
            self._open[resource.urn] = self._factories[package](
                Settings(inputs, self._kubeconfig, known, self._on_line, self.stopped, self._folder)
            )

    def configured(self, urn: str) -> Provider:
        if urn not in self._open:
            raise RetailopsError(f"the provider {urn} was never registered")
        return self._open[urn]

    def default(self, asked: Registration, run: Run, olds: Mapping[str, Resource]) -> Resource:
        """The default provider's resource for a registration's package and version; opened when first asked for."""
        with self._lock:
            package = asked.type.split(":", 1)[0]
            suffix = "_" + re.sub(r"[^A-Za-z0-9]", "_", asked.version) if asked.version else ""
            kind = f"{urns.PROVIDER_PREFIX}{package}"
            urn = urns.make(run.stack, run.project, "", kind, f"default{suffix}")
            if urn in self._defaults:
                return self._defaults[urn]
            prefix = f"{package}:"
            config = {key.removeprefix(prefix): text for key, text in self._config.items() if key.startswith(prefix)}
            inputs: dict[str, Any] = {"__internal": {}, **config, "version": asked.version}
            old = olds.get(urn)
            identifier = old.id if old else UNKNOWN if run.dry_run else str(uuid.uuid4())
            made = Resource(urn, kind, True, identifier, inputs=inputs, outputs=inputs)
            made = replace(made, created=old.created, modified=old.modified) if old else made
            self.configure(made)
            self._defaults[urn] = made
            return made

    def of(self, resource: Resource, state: State) -> Provider:
        """The provider of a resource that the state has, for its deletion or refresh."""
        urn, _ = urns.split_reference(resource.provider)
        with self._lock:
            if urn not in self._open:
                held = state.resources.get(urn)
                if held is None:
                    raise RetailopsError(f"{urns.short(resource.urn)}: its provider {urn} is not in the state")
                self.configure(held)
            return self._open[urn]


def _opened(value: Any) -> Any:
    """A provider's inputs that are not texts travel as JSON in a text."""
    if isinstance(value, str) and value[:1] in "{[tf":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
