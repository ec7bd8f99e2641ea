"""What people have put into a namespace: without what controllers and the cluster itself make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from retailops.engine.providers.kube_api import Api, ApiError
from retailops.engine.providers.kube_kinds import Kind
from retailops.engine.providers.port import OnLine
from retailops.errors import RetailopsError

_PAGE = "500"
_NOT_MADE = {"Event", "Endpoints", "EndpointSlice", "Lease", "PodMetrics", "ControllerRevision"}
_OF_THE_CLUSTER = {("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default"), ("Service", "kubernetes")}
_SECRETS_OF_TOOLS = {"kubernetes.io/service-account-token", "helm.sh/release.v1", "bootstrap.kubernetes.io/token"}


def made_by_people(api: Api, namespace: str, on_line: OnLine) -> list[tuple[str, str]]:
    """Type and id of each object that has no owner, by kind and name. A kind that may not be listed is told."""
    if api.find(f"/api/v1/namespaces/{namespace}") is None:
        raise RetailopsError(f"the cluster has no namespace {namespace}")
    found: dict[str, tuple[Kind, Mapping[str, Any]]] = {}
    for kind in _kinds(api, on_line):
        try:
            for item in _items(api, kind.collection(namespace)):
                found.setdefault(str(item["metadata"].get("uid")), (kind, item))
        except ApiError as error:
            if error.status not in (404, 405):
                on_line(f"{kind.plural} of {kind.api_version} were not listed: {error.message}")
    claims = [_claims(item) for kind, item in found.values() if kind.name == "StatefulSet"]
    prefixes = tuple(prefix for group in claims for prefix in group)
    chosen = [pair for pair in found.values() if _is_made(*pair, prefixes)]
    return sorted((_token(kind), kind.identifier(namespace, item["metadata"]["name"])) for kind, item in chosen)


def _kinds(api: Api, on_line: OnLine) -> Iterator[Kind]:
    """Every kind that lives in namespaces and can be listed, in its preferred version, core ones first."""
    groups = (api.find("/apis") or {}).get("groups") or ()
    for version in ["v1", *(str(item["preferredVersion"]["groupVersion"]) for item in groups)]:
        try:
            document = api.find(f"/apis/{version}" if "/" in version else f"/api/{version}") or {}
        except ApiError as error:
            on_line(f"the kinds of {version} could not be asked for: {error.message}")
            continue
        for item in document.get("resources") or ():
            own = item["namespaced"] and "/" not in item["name"] and item["kind"] not in _NOT_MADE
            if own and "list" in item["verbs"]:
                yield Kind(version, item["kind"], item["name"], True)


def _items(api: Api, path: str) -> Iterator[Mapping[str, Any]]:
    following = {"limit": _PAGE}
    while following:
        page = api.get(path, **following)
        yield from page.get("items") or ()
        more = str((page.get("metadata") or {}).get("continue") or "")
        following = {"limit": _PAGE, "continue": more} if more else {}


def _is_made(kind: Kind, item: Mapping[str, Any], claims: tuple[str, ...]) -> bool:
    metadata = item["metadata"]
    return not (
        metadata.get("ownerReferences")
        or metadata.get("deletionTimestamp")
        or (kind.name, metadata["name"]) in _OF_THE_CLUSTER
        or (kind.name == "Secret" and item.get("type") in _SECRETS_OF_TOOLS)
        or (kind.name == "PersistentVolumeClaim" and metadata["name"].startswith(claims))
    )


def _claims(stateful: Mapping[str, Any]) -> list[str]:
    """How the claims begin that a StatefulSet makes; they have no owner."""
    templates = (stateful.get("spec") or {}).get("volumeClaimTemplates") or ()
    return [f"{item['metadata']['name']}-{stateful['metadata']['name']}-" for item in templates]


def _token(kind: Kind) -> str:
    group = kind.api_version if "/" in kind.api_version else f"core/{kind.api_version}"
    return f"kubernetes:{group}:{kind.name}"
