"""Which path of the API serves a kind: asked of the server once, and again when a kind is new."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from retailops.engine.providers.kube_api import Api
from retailops.errors import RetailopsError

CLUSTER_WIDE = frozenset(
    [
        "Namespace",
        "CustomResourceDefinition",
        "ClusterRole",
        "ClusterRoleBinding",
        "StorageClass",
        "PriorityClass",
        "PersistentVolume",
    ]
)


class NoKind(RetailopsError):
    """The server does not know this kind (yet): its definition may be on its way."""


@dataclass(frozen=True)
class Kind:
    """One kind of object: `api_version` like `apps/v1`, `plural` like `deployments`."""

    api_version: str
    name: str
    plural: str
    namespaced: bool

    def collection(self, namespace: str) -> str:
        prefix = f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"
        return f"{prefix}/namespaces/{namespace}/{self.plural}" if self.namespaced else f"{prefix}/{self.plural}"

    def path(self, namespace: str, name: str) -> str:
        return f"{self.collection(namespace)}/{name}"

    def identifier(self, namespace: str, name: str) -> str:
        """As Pulumi writes ids: `namespace/name`, or `name`."""
        return f"{namespace}/{name}" if self.namespaced else name


class Kinds:
    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: dict[tuple[str, str], Kind] = {}
        self._lock = threading.Lock()

    def of(self, api_version: str, kind: str) -> Kind:
        """Raises `NoKind`; the next call asks the server again."""
        with self._lock:
            if (api_version, kind) not in self._known:
                self._discover(api_version)
            if (found := self._known.get((api_version, kind))) is None:
                raise NoKind(
                    f"the cluster has no kind {kind} in {api_version}",
                    resolution="Install its CustomResourceDefinition first, or correct apiVersion and kind.",
                )
            return found

    def _discover(self, api_version: str) -> None:
        path = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        document: dict[str, Any] = self._api.find(path) or {}
        for item in document.get("resources") or ():
            if "/" not in item["name"]:
                found = Kind(api_version, item["kind"], item["name"], bool(item["namespaced"]))
                self._known[api_version, found.name] = found


def api_version_of(token: str) -> tuple[str, str]:
    """`kubernetes:core/v1:Namespace` -> (`v1`, `Namespace`)."""
    _, group, kind = token.split(":")
    return group.removeprefix("core/"), kind
