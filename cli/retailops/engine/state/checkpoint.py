"""Pulumi's checkpoint, version 3: resources as values here, as JSON there, secrets encrypted on the way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from retailops.engine.state.crypto import Crypter
from retailops.engine.values import SECRET, SIGNATURE, is_secret, rewrite

_FIELDS = {
    "delete": "delete",
    "parent": "parent",
    "protect": "protect",
    "external": "external",
    "dependencies": "dependencies",
    "init_errors": "initErrors",
    "provider": "provider",
    "property_dependencies": "propertyDependencies",
    "additional_secret_outputs": "additionalSecretOutputs",
    "aliases": "aliases",
    "custom_timeouts": "customTimeouts",
    "import_id": "importID",
    "retain_on_delete": "retainOnDelete",
    "deleted_with": "deletedWith",
    "replace_with": "replaceWith",
    "created": "created",
    "modified": "modified",
    "ignore_changes": "ignoreChanges",
    "replace_on_changes": "replaceOnChanges",
}
_VALUES = {"inputs": "inputs", "outputs": "outputs", "replacement_trigger": "replacementTrigger"}
"""Those in which secrets may be."""
_OURS = {"urn", "custom", "id", "type", *_VALUES.values(), *_FIELDS.values()}


@dataclass(frozen=True)
class Resource:
    """One resource of a stack. `custom_timeouts` are seconds; `extra` holds what newer Pulumi versions wrote, kept as it was."""

    urn: str
    type: str
    custom: bool
    id: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    parent: str = ""
    provider: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, list[str]] = field(default_factory=dict)
    protect: bool = False
    external: bool = False
    delete: bool = False
    init_errors: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    custom_timeouts: Mapping[str, float] = field(default_factory=dict)
    import_id: str = ""
    retain_on_delete: bool = False
    deleted_with: str = ""
    replace_with: tuple[str, ...] = ()
    replacement_trigger: Any = None
    created: str = ""
    modified: str = ""
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Unique in a state: one that waits for its deletion stands beside its successor."""
        return f"{self.urn}#{self.id}" if self.delete else self.urn

    def needs(self) -> set[str]:
        """The URNs that must be there while this one is."""
        provider = {self.provider.rpartition("::")[0]} if self.provider else set()
        by_property = {urn for urns in self.property_dependencies.values() for urn in urns}
        named = {self.parent, self.deleted_with, *self.replace_with, *self.dependencies, *by_property, *provider}
        return named - {"", self.urn}

    def following(self, old: str, new: str) -> Resource:
        """The same, after what it needs has moved from URN `old` to `new`."""

        def name(urn: str) -> str:
            return new if urn == old else urn

        provider, _, identifier = self.provider.rpartition("::")
        by_property = {key: [name(urn) for urn in urns] for key, urns in self.property_dependencies.items()}
        return replace(
            self,
            parent=name(self.parent),
            deleted_with=name(self.deleted_with),
            replace_with=tuple(map(name, self.replace_with)),
            dependencies=tuple(map(name, self.dependencies)),
            property_dependencies=by_property,
            provider=f"{name(provider)}::{identifier}" if self.provider else "",
        )

    def same_as(self, other: Resource) -> bool:
        return replace(self, modified="", created="") == replace(other, modified="", created="")


@dataclass
class State:
    """What a stack has: `resources` by key, operations that nobody knows the end of, and who wrote it."""

    resources: dict[str, Resource] = field(default_factory=dict)
    pending: list[tuple[str, Resource]] = field(default_factory=list)
    version: str = ""
    salt: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def live(self) -> dict[str, Resource]:
        """By URN, without those that wait for their deletion."""
        return {item.urn: item for item in self.resources.values() if not item.delete}


def now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def resource_to_json(resource: Resource, crypter: Crypter) -> dict[str, Any]:
    document: dict[str, Any] = {"urn": resource.urn, "custom": resource.custom, "type": resource.type}
    if resource.id:
        document["id"] = resource.id
    for name, key in _VALUES.items():
        if (value := getattr(resource, name)) not in (None, {}):
            document[key] = _encrypt(value, crypter)
    for name, key in _FIELDS.items():
        if value := getattr(resource, name):
            document[key] = list(value) if isinstance(value, tuple) else value
    return {**document, **resource.extra}


def resource_from_json(document: Mapping[str, Any], crypter: Crypter | None) -> Resource:
    values: dict[str, Any] = {}
    for name, key in _FIELDS.items():
        if key in document:
            value = document[key]
            values[name] = tuple(value) if isinstance(value, list) else value
    return Resource(
        urn=document["urn"],
        type=document["type"],
        custom=bool(document.get("custom")),
        id=document.get("id", ""),
        inputs=_decrypt(document.get("inputs") or {}, crypter),
        outputs=_decrypt(document.get("outputs") or {}, crypter),
        replacement_trigger=_decrypt(document.get("replacementTrigger"), crypter),
        extra={key: value for key, value in document.items() if key not in _OURS},
        **values,
    )


def _encrypt(value: Any, crypter: Crypter) -> Any:
    def seal(node: Any) -> Any:
        if not is_secret(node):
            return node
        return {
            SIGNATURE: SECRET,
            "ciphertext": crypter.encrypt(json.dumps(_opened(node["value"]), ensure_ascii=False)),
        }

    return rewrite(value, seal)


def _opened(value: Any) -> Any:
    return rewrite(value, lambda node: _opened(node["value"]) if is_secret(node) else node)


def _decrypt(value: Any, crypter: Crypter | None) -> Any:
    def unseal(node: Any) -> Any:
        if not is_secret(node):
            return node
        if crypter is None:
            return {SIGNATURE: SECRET, "value": None}
        text = crypter.decrypt(node["ciphertext"]) if "ciphertext" in node else node["plaintext"]
        return {SIGNATURE: SECRET, "value": json.loads(text)}

    return rewrite(value, unseal)


def state_to_json(state: State, stack: str, crypter: Crypter, version: str) -> dict[str, Any]:
    """The whole file. `stack` is `organization/PROJECT/STACK`, `version` names the engine that writes."""
    latest: dict[str, Any] = {
        "manifest": {"time": now(), "magic": magic(version), "version": version},
        "secrets_providers": {"type": "passphrase", "state": {"salt": crypter.salt}},
        "resources": [resource_to_json(item, crypter) for item in ordered(state.resources.values())],
    }
    if state.pending:
        latest["pending_operations"] = [
            {"resource": resource_to_json(item, crypter), "type": kind} for kind, item in state.pending
        ]
    latest = {**latest, "metadata": {}, **state.extra}
    return {"version": 3, "checkpoint": {"stack": stack, "latest": latest}}


def state_from_json(document: Mapping[str, Any], crypter: Crypter | None) -> State:
    latest = document["checkpoint"].get("latest") or {}
    resources = [resource_from_json(item, crypter) for item in latest.get("resources") or ()]
    pending = [
        (item["type"], resource_from_json(item["resource"], crypter)) for item in latest.get("pending_operations") or ()
    ]
    known = {"manifest", "secrets_providers", "resources", "pending_operations"}
    return State(
        {item.key: item for item in resources},
        pending,
        version=(latest.get("manifest") or {}).get("version", ""),
        salt=salt_of(document),
        extra={key: value for key, value in latest.items() if key not in known},
    )


def salt_of(document: Mapping[str, Any]) -> str:
    kind, kept = _secrets_of(document)
    return str(kept.get("salt", "")) if kind == "passphrase" else ""


def keeper_of(document: Mapping[str, Any]) -> tuple[str, str]:
    """The KMS or Vault that keeps the state's secrets, by its URL, and the data key that it has encrypted; "" for a passphrase."""
    kind, kept = _secrets_of(document)
    return ("", "") if kind in ("", "passphrase") else (str(kept.get("url") or kind), str(kept.get("encryptedkey", "")))


def _secrets_of(document: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    latest = document["checkpoint"].get("latest") or {}
    provider = latest.get("secrets_providers") or {}
    return str(provider.get("type") or ""), provider.get("state") or {}


def magic(version: str) -> str:
    return hashlib.sha256(version.encode()).hexdigest()


def ordered(resources: Iterable[Resource]) -> list[Resource]:
    """Everything after what it needs, otherwise in the order given: Pulumi refuses a list that is not so."""
    everything = list(resources)
    by_urn = {item.urn: item for item in everything if not item.delete}
    done: dict[str, Resource] = {}

    def visit(item: Resource) -> None:
        stack = [(item, False)]
        while stack:
            current, ready = stack.pop()
            if ready:
                done.setdefault(current.key, current)
            elif current.key not in done and current.key not in entered:
                entered.add(current.key)
                stack.append((current, True))
                stack.extend((by_urn[urn], False) for urn in sorted(current.needs(), reverse=True) if urn in by_urn)

    entered: set[str] = set()
    for item in sorted(everything, key=lambda item: item.delete):
        visit(item)
    return list(done.values())
