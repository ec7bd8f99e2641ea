"""What the kubernetes provider asks of one cluster: where an object lives, posting, applying, whose it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from retailops.engine import urns
from retailops.engine.providers import kube_errors, kube_fields, kube_helm, kube_notes, kube_objects, kube_patch
from retailops.engine.providers.kube_access import access
from retailops.engine.providers.kube_api import APPLY, JSON_PATCH, Api, ApiError
from retailops.engine.providers.kube_kinds import CLUSTER_WIDE, Kind, Kinds, NoKind, api_version_of
from retailops.engine.providers.port import Settings
from retailops.engine.state.checkpoint import Resource
from retailops.engine.values import plain
from retailops.errors import RetailopsError, ToolError

T = TypeVar("T")
_STRICT = {"fieldValidation": "Strict"}


class Requests:
    """One cluster as one user. The API is first asked when something is needed from it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._opened: tuple[Api, Kinds] | None = None

    def _api(self) -> tuple[Api, Kinds]:
        with self._lock:
            if self._opened is None:
                api = Api(access(self._settings))
                self._opened = (api, Kinds(api))
            return self._opened

    def _namespace(self) -> str:
        """Where objects go that name no namespace; nothing is asked of a cluster that is not known yet."""
        return self._api()[0].namespace if self._settings.known else "default"

    def _spaced(self, item: Mapping[str, Any]) -> bool:
        """Whether an object's kind lives in namespaces; a kind that is not there yet is taken for one that does."""
        if not self._settings.known:
            return item["kind"] not in CLUSTER_WIDE
        _, kinds = self._api()
        try:
            return kinds.of(str(item["apiVersion"]), str(item["kind"])).namespaced
        except NoKind:
            return True

    def _capabilities(self) -> tuple[str, ...]:
        """What helm is told of the cluster; nothing of one that is not known yet."""
        if not self._settings.known:
            return ()
        api, _ = self._api()
        return kube_helm.capabilities(api.get("/version"), api.get("/apis"))

    def _place(self, resource: Resource) -> tuple[Kind, str, str]:
        api, kinds = self._api()
        inputs = plain(dict(resource.inputs))
        metadata = inputs.get("metadata") or {}
        kind = kinds.of(str(inputs["apiVersion"]), str(inputs["kind"]))
        return kind, str(metadata.get("namespace") or api.namespace), str(metadata.get("name"))

    def _path(self, resource: Resource) -> str:
        api, kinds = self._api()
        api_version, name = api_version_of(resource.type)
        inputs = plain(dict(resource.inputs))
        kind = kinds.of(str(inputs.get("apiVersion") or api_version), str(inputs.get("kind") or name))
        namespace, _, own = resource.id.rpartition("/")
        return kind.path(namespace or api.namespace, own)

    def _post(self, resource: Resource, manager: str, **query: str) -> dict[str, Any]:
        api, _ = self._api()
        kind, namespace, name = self._place(resource)
        try:
            return api.post(
                kind.collection(namespace), kube_objects.body(resource.inputs), fieldManager=manager, **_STRICT, **query
            )
        except ApiError as error:
            if error.reason != "AlreadyExists":
                raise
            found = api.find(kind.path(namespace, name)) or {"metadata": {}}
            if manager.startswith(kube_objects.OURS) and manager in kube_objects.managers(found):
                return found
            raise kube_errors.strange(kind.name, kind.identifier(namespace, name), found) from error

    def _make(self, resource: Resource, manager: str, **query: str) -> dict[str, Any]:
        """Posts an object, or applies a patch to one that is there."""
        if not kube_patch.is_patch(resource.type, resource.inputs):
            return self._post(resource, manager, **query)
        api, _ = self._api()
        kind, namespace, name = self._place(resource)
        path = kind.path(namespace, name)
        api.get(path)
        return api.patch(
            path,
            kube_objects.body(resource.inputs),
            APPLY,
            fieldManager=manager,
            force=str(kube_notes.is_set(resource.inputs, kube_notes.FORCE)).lower(),
            **_STRICT,
            **query,
        )

    def _relinquish(self, patch: Resource, path: str, uid: str) -> None:
        """Takes back what only this patch has set; an object that is gone, or another one by now, is left alone."""
        api, _ = self._api()
        live = api.find(path)
        if live is None or (uid and live["metadata"]["uid"] != uid):
            return
        try:
            api.patch(
                path,
                kube_patch.empty(live),
                APPLY,
                fieldManager=kube_objects.manager_of(patch),
                force="true",
                **_STRICT,
            )
        except ApiError as error:
            if error.status != 404:
                raise kube_errors.explained(patch, error) from error

    def _apply(self, new: Resource, old: Resource, *, force: bool = False, **query: str) -> dict[str, Any]:
        api, _ = self._api()
        force = force or kube_notes.is_set(new.inputs, kube_notes.FORCE)
        manager, path, document = kube_objects.manager_of(old), self._path(old), kube_objects.body(new.inputs)
        rehearsing = "dryRun" in query and not force
        if (rehearsing or new.ignore_changes) and (live := api.find(path)) is not None:
            document = kube_fields.yielded(document, live, manager, new.ignore_changes)
            force = force or (rehearsing and kube_objects.applied_fields(live, manager) is not None)
        return api.patch(
            path,
            document,
            APPLY,
            fieldManager=manager,
            force=str(force).lower(),
            **_STRICT,
            **query,
        )

    def _own(self, old: Resource) -> None:
        """Sees that the object is still ours, and counts what we once posted as applied."""
        api, _ = self._api()
        path, uid = self._path(old), kube_objects.uid_of(old)
        for _attempt in range(5):
            live = api.find(path)
            if live is None or (uid and live["metadata"]["uid"] != uid):
                gone = "is gone" if live is None else "was deleted, and another object has its name"
                raise RetailopsError(
                    f"{urns.short(old.urn)} ({old.id}) {gone}", resolution="Run `retailops cloud refresh`, then `up`."
                )
            if (fields := kube_objects.applied_fields(live, kube_objects.manager_of(old))) is None:
                return
            steps = [
                {"op": "test", "path": "/metadata/resourceVersion", "value": live["metadata"]["resourceVersion"]},
                {"op": "replace", "path": "/metadata/managedFields", "value": fields},
            ]
            try:
                api.patch(path, steps, JSON_PATCH)
                return
            except ApiError as error:
                if error.status not in (409, 422):
                    raise
        raise ToolError(f"{urns.short(old.urn)} changes so often that its field owners can't be set")

    def _patiently(self, work: Callable[[], T], until: float, resource: Resource) -> T:
        """A namespace or a definition may be on its way: asked again for a while."""
        while True:
            try:
                return work()
            except (ApiError, NoKind) as error:
                late = isinstance(error, NoKind) or kube_errors.may_come(error)
                if not late or time.monotonic() > until or self._settings.stopped.is_set():
                    raise error if isinstance(error, NoKind) else kube_errors.explained(resource, error) from error
            time.sleep(0.5)
