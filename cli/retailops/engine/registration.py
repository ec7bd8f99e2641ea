"""One `RegisterResource` request as a value, and the names of what this engine lacks in it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from retailops.engine.aliases import Alias, alias
from retailops.engine.state.checkpoint import Resource
from retailops.engine.values import from_struct, from_value, seal

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


@dataclass(frozen=True)
class Registration:
    """What a program asks for; `timeouts` are seconds, `source` is the URI and the line that ask."""

    type: str
    name: str
    parent: str
    custom: bool
    inputs: Mapping[str, Any] = field(default_factory=dict)
    provider: str = ""
    version: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, list[str]] = field(default_factory=dict)
    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    delete_before_replace: bool | None = None
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    import_id: str = ""
    timeouts: Mapping[str, float] = field(default_factory=dict)
    retain_on_delete: bool = False
    deleted_with: str = ""
    replace_with: tuple[str, ...] = ()
    replacement_trigger: Any = None
    remote: bool = False
    providers: Mapping[str, str] = field(default_factory=dict)
    lacking: tuple[str, ...] = ()
    source: tuple[str, int] = ("", 0)


def registration(request: Any) -> Registration:
    return Registration(
        type=request.type,
        name=request.name,
        parent=request.parent,
        custom=request.custom,
        inputs=from_struct(request.object),
        provider=request.provider,
        version=request.version,
        dependencies=tuple(sorted(request.dependencies)),
        property_dependencies={key: sorted(item.urns) for key, item in sorted(request.propertyDependencies.items())},
        protect=request.protect,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        aliases=(*map(alias, request.aliases), *(Alias(urn=urn) for urn in request.aliasURNs)),
        import_id=request.importId,
        timeouts={key: seconds(getattr(request.customTimeouts, key)) for key in ("create", "update", "delete")},
        retain_on_delete=request.retainOnDelete,
        deleted_with=request.deletedWith,
        replace_with=tuple(sorted(request.replace_with)),
        replacement_trigger=from_value(request.replacement_trigger),
        remote=request.remote,
        providers=dict(request.providers),
        lacking=tuple(_lacking(request)),
        source=(request.sourcePosition.uri, request.sourcePosition.line),
    )


def wanted(asked: Registration, urn: str, known_secrets: Collection[str]) -> Resource:
    """What a registration asks for, as the state would hold it."""
    return Resource(
        urn=urn,
        type=asked.type,
        custom=asked.custom,
        inputs=seal(dict(asked.inputs), known_secrets),
        parent=asked.parent,
        provider=asked.provider,
        dependencies=asked.dependencies,
        property_dependencies=asked.property_dependencies,
        protect=asked.protect,
        additional_secret_outputs=asked.additional_secret_outputs,
        custom_timeouts={key: value for key, value in asked.timeouts.items() if value},
        retain_on_delete=asked.retain_on_delete,
        deleted_with=asked.deleted_with,
        replace_with=asked.replace_with,
        replacement_trigger=seal(asked.replacement_trigger, known_secrets),
        ignore_changes=asked.ignore_changes,
        replace_on_changes=asked.replace_on_changes,
    )


def _lacking(request: Any) -> Iterator[str]:
    if request.hooks.ByteSize():
        yield "resource hooks"
    if request.packageRef:
        yield "parameterized packages"
    if request.state_migrations:
        yield "state migrations"


def seconds(duration: str) -> float:
    """Go's `1h5m` or `300s` -> seconds; 0 for an empty text."""
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"([0-9.]+)(h|ms|us|µs|ns|m|s)", duration))
