"""The kubernetes provider: POST to create, server-side apply to change, and never an object that is not ours."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from retailops.engine import urns
from retailops.engine.differences import MISSING, Change, changes, get, put
from retailops.engine.providers import (
    kube_adopt,
    kube_components,
    kube_errors,
    kube_fields,
    kube_helm,
    kube_inventory,
    kube_names,
    kube_notes,
    kube_objects,
    kube_patch,
    kube_wait,
    kube_wait_for,
)
from retailops.engine.providers.kube_api import ApiError
from retailops.engine.providers.kube_immutable import replacing
from retailops.engine.providers.kube_kinds import NoKind, api_version_of
from retailops.engine.providers.kube_requests import Requests
from retailops.engine.providers.port import Diff, Drift, Incomplete, Settings
from retailops.engine.registration import Registration
from retailops.engine.state.checkpoint import Resource
from retailops.engine.values import has_unknown, plain
from retailops.errors import RetailopsError, ToolError

_PATIENCE = 60.0
_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "ReplicaSet", "CronJob")
_UNAWAITED = ("Namespace", "Pod", "ReplicationController", "DaemonSet", "Deployment", "StatefulSet", "Job")
_REMOTE = ("kubernetes:yaml/v2:", "kubernetes:helm.sh/", "kubernetes:kustomize/")


class Kubernetes(Requests):
    """Every method of the provider's port; the requests themselves are its base's."""

    def lacks(self, kind: str) -> str | None:
        if kind == kube_components.CHART:
            return kube_helm.missing()
        return f"the type {kind}" if kind.startswith(_REMOTE) and kind not in kube_components.BUILT_IN else None

    def construct(self, asked: Registration, component: str, register: kube_components.Register) -> dict[str, Any]:
        around = kube_components.Surroundings(
            self._settings.folder, self._namespace(), self._spaced, self._capabilities
        )
        return kube_components.construct(asked, component, register, around)

    def check(self, resource: Resource, old: Resource | None) -> Resource:
        api_version, kind = api_version_of(resource.type)
        given = {**resource.inputs}
        given["apiVersion"] = given.get("apiVersion") or api_version
        given["kind"] = given.get("kind") or kind
        _noted(resource)
        if kube_patch.is_patch(resource.type, given):
            return replace(resource, inputs=kube_patch.checked(resource.urn, given))
        inputs = kube_names.named(resource.urn, given, old.inputs if old else None)
        return replace(resource, inputs=kube_objects.sealed(str(inputs["kind"]), inputs))

    def diff(self, old: Resource, new: Resource) -> Diff:
        found = tuple(changes(dict(old.inputs), dict(new.inputs)))
        auto = kube_names.is_auto_named(new.inputs)
        before = tuple(item for item in found if item.path != ("apiVersion",) or _group(item.old) != _group(item.new))
        moved = any(item.path in (("metadata", "name"), ("metadata", "namespace"), ("kind",)) for item in before)
        if kube_patch.is_patch(new.type, new.inputs):
            return Diff(found, replacing("", before), delete_first=not moved)
        frozen = kube_objects.frozen(old.inputs) or kube_objects.frozen(new.inputs)
        content = frozen or not kube_objects.mutable(self._settings.inputs, old.inputs)
        replaced = (*replacing(str(new.inputs["kind"]), before, content=content), *_unready(old, new))
        return Diff(found, replaced, delete_first=not (auto or moved))

    def successor(self, old: Resource, new: Resource) -> Resource:
        name = str(plain(old.inputs["metadata"]["name"]))
        if not kube_names.is_auto_named(new.inputs) or plain(new.inputs["metadata"]["name"]) != name:
            return new
        return replace(new, inputs=kube_names.renamed(new.urn, new.inputs, name))

    def contains(self, outer: Resource, inner: Resource) -> bool:
        """Objects go with their namespace, and with the definition of their kind."""
        return inner.provider == outer.provider and kube_objects.inside(outer, inner)

    def rehearse(self, old: Resource | None, new: Resource) -> Resource:
        """Asks the server by dry run; what it would invent (uid, addresses) is not believed."""
        seen = {**(old.outputs if old else {}), **new.inputs}
        told = replace(new, id=old.id if old else "", outputs=seen)
        if not self._settings.known or has_unknown(dict(new.inputs)):
            return told
        try:
            if old is None:
                self._make(new, kube_patch.REHEARSING, dryRun="All")
            else:
                self._apply(replace(new, outputs=old.outputs), old, dryRun="All")
        except NoKind:
            return told
        except ApiError as error:
            if error.status != 404 and "being terminated" not in error.message:
                raise kube_errors.explained(told, error) from error
        return told

    def seed(self, resource: Resource) -> Resource:
        manager = kube_notes.manager(resource.inputs) or f"{kube_objects.OURS}{secrets.token_hex(4)}"
        return replace(resource, outputs={kube_objects.MANAGER: manager})

    def create(self, seeded: Resource, timeout: float) -> Resource:
        timeout = kube_notes.patience(seeded, "create", timeout)
        until = time.monotonic() + min(timeout, _PATIENCE)
        live = self._patiently(lambda: self._make(seeded, kube_objects.manager_of(seeded)), until, seeded)
        return self._ready(seeded, live, timeout)

    def update(self, old: Resource, new: Resource, timeout: float) -> Resource:
        try:
            self._own(old)
            live = self._apply(new, old)
        except ApiError as error:
            raise kube_errors.explained(new, error) from error
        return self._ready(new, live, kube_notes.patience(new, "update", timeout))

    def delete(self, resource: Resource, timeout: float) -> None:
        api, _ = self._api()
        try:
            path = self._path(resource)
        except NoKind:
            return
        uid = kube_objects.uid_of(resource)
        if kube_patch.is_patch(resource.type, resource.inputs):
            self._relinquish(resource, path, uid)
            return
        usual = "Foreground" if resource.inputs.get("kind") in _WORKLOADS else "Background"
        options = {"propagationPolicy": kube_notes.propagation(resource.inputs, usual)}
        try:
            api.delete(path, {**options, **({"preconditions": {"uid": uid}} if uid else {})})
        except ApiError as error:
            if error.status == 409 and "uid" in error.message.lower():
                self._settings.on_line(f"{resource.id}: another object has its name by now and is left alone")
                return
            if error.status != 404:
                raise kube_errors.explained(resource, error) from error
            return
        timeout = kube_notes.patience(resource, "delete", timeout)
        skipped = resource.inputs.get("kind") in _UNAWAITED and kube_notes.is_set(resource.inputs, kube_notes.SKIP)
        if not skipped and not kube_wait.until_gone(api, path, uid, timeout, self._settings):
            raise ToolError(f"{urns.short(resource.urn)} was still there {timeout:.0f} s after its deletion")

    def read(self, resource: Resource) -> Resource | None:
        api, _ = self._api()
        live = api.find(self._path(resource))
        return self._seen(resource, live) if live else None

    def _seen(self, resource: Resource, live: dict[str, Any]) -> Resource:
        if not resource.external and not resource.inputs.get("metadata"):
            resource = replace(resource, inputs=kube_adopt.inputs_of(live))
        return replace(resource, outputs=kube_objects.outputs(resource, live, kube_objects.manager_of(resource)))

    def inventory(self, place: str) -> list[tuple[str, str]]:
        return kube_inventory.made_by_people(self._api()[0], place, self._settings.on_line)

    def refresh(self, resource: Resource) -> Drift | None:
        api, _ = self._api()
        try:
            live = api.find(self._path(resource))
        except NoKind:
            return None
        uid = kube_objects.uid_of(resource)
        if live is None or (uid and live["metadata"]["uid"] != uid):
            return None
        found = self._seen(resource, live)
        if resource.external:
            return Drift(found, ())
        try:
            wanted = self._apply(resource, resource, force=True, dryRun="All")
        except ApiError as error:
            raise kube_errors.explained(resource, error) from error
        secret = resource.inputs.get("kind") == "Secret"
        drift = [
            change
            for change in kube_objects.drifted(live, wanted, secret)
            if not kube_fields.autoscaled(live, change.path)
        ]
        inputs = dict(resource.inputs)
        for change in kube_objects.as_inputs(inputs, drift):
            if get(inputs, change.path) is not MISSING:
                inputs = put(inputs, change.path, change.new)
        kept = replace(found, inputs=inputs, outputs={**found.outputs, "__inputs": inputs})
        return Drift(kept, tuple(drift))

    def recover(self, seeded: Resource) -> Resource | None:
        api, _ = self._api()
        try:
            kind, namespace, name = self._place(seeded)
        except NoKind:
            return None
        live = api.find(kind.path(namespace, name))
        manager = kube_objects.manager_of(seeded)
        if live is None or manager not in kube_objects.managers(live):
            return None
        cut = ("its creation was cut off before it was ready",)
        seen = kube_objects.outputs(seeded, live, manager)
        return replace(seeded, id=kind.identifier(namespace, name), outputs=seen, init_errors=cut)

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
        from retailops.engine.providers.kube_yaml import decode

        if token == "kubernetes:yaml:decode":
            return {"result": decode(str(arguments.get("text") or ""), str(arguments.get("defaultNamespace") or ""))}
        if token == "kubernetes:helm:template":
            wanted = kube_helm.template(str(arguments["jsonOpts"]))
            text = kube_helm.rendered(wanted, self._settings.folder, self._capabilities())
            return {"result": decode(text, wanted.namespace)}
        return None

    def _ready(self, resource: Resource, live: dict[str, Any], timeout: float) -> Resource:
        api, _ = self._api()
        kind, namespace, name = self._place(resource)
        identifier = kind.identifier(namespace, name)
        path = kind.path(namespace, name)
        live, reason = kube_wait.until_ready(api, kind.name, path, live, timeout, self._settings)
        seen = kube_objects.outputs(resource, live, kube_objects.manager_of(resource))
        made = replace(resource, id=identifier, outputs=seen)
        if reason:
            raise Incomplete(
                f"{kind.name} {identifier} is there but not ready: {reason}",
                replace(made, init_errors=(reason,)),
                resolution="Mend what it needs and run `up` again: it goes on with this object.",
            )
        return made


def _group(api_version: Any) -> str:
    text = str(api_version)
    return text.split("/")[0] if "/" in text else ""


def _noted(resource: Resource) -> None:
    """Raises for annotations that can't be followed."""
    if has_unknown({"metadata": resource.inputs.get("metadata")}):
        return
    kube_notes.patience(resource, "create", 0.0)
    if wanted := kube_notes.note(resource.inputs, kube_notes.WAIT_FOR):
        kube_wait_for.expressions(wanted)


def _unready(old: Resource, new: Resource) -> tuple[Change, ...]:
    """A job that never completed can't be run again in place."""
    asked = kube_notes.is_set(new.inputs, kube_notes.REPLACE_UNREADY) and new.inputs.get("kind") == "Job"
    path = ("metadata", "annotations", kube_notes.REPLACE_UNREADY)
    return (Change(path, "not ready", "true"),) if asked and old.init_errors else ()


def open_provider(settings: Settings) -> Kubernetes:
    if settings.inputs.get("renderYamlToDirectory"):
        raise RetailopsError(
            "the built-in engine lacks the kubernetes provider's renderYamlToDirectory",
            resolution="Use the official Pulumi CLI.",
        )
    return Kubernetes(settings)
