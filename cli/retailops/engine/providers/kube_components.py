"""Remote components of the kubernetes package, built in: texts and charts become children of the component."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from retailops.engine.providers import kube_helm
from retailops.engine.providers.kube_notes import SKIP, note
from retailops.engine.providers.kube_objects import sealed
from retailops.engine.providers.kube_yaml import decode
from retailops.engine.registration import Registration
from retailops.engine.state.checkpoint import Resource
from retailops.engine.values import REFERENCE, SIGNATURE, UNKNOWN, has_unknown, plain
from retailops.errors import RetailopsError

Register = Callable[[Registration], Resource]
CONFIG_FILE, CONFIG_GROUP = "kubernetes:yaml/v2:ConfigFile", "kubernetes:yaml/v2:ConfigGroup"
CHART = "kubernetes:helm.sh/v4:Chart"
BUILT_IN = (CONFIG_FILE, CONFIG_GROUP, CHART)
_FIRST = ("Namespace", "CustomResourceDefinition")
_WORKERS = 8
_POLICY = "helm.sh/resource-policy"


@dataclass(frozen=True)
class Surroundings:
    """`folder`: where relative paths start; `namespace`: where objects go that name none; `spaced`: whether a kind lives in one;
    `capabilities`: what helm is told of the cluster."""

    folder: Path
    namespace: str
    spaced: Callable[[dict[str, Any]], bool]
    capabilities: Callable[[], tuple[str, ...]]


def construct(asked: Registration, component: str, register: Register, around: Surroundings) -> dict[str, Any]:
    """Registers every object under the component's URN; gives its outputs."""
    if has_unknown(dict(asked.inputs)):
        return {"resources": UNKNOWN}
    inputs = plain(dict(asked.inputs))
    objects = _objects(asked, inputs, around)
    space = str(inputs.get("namespace") or around.namespace) if asked.type == CHART else around.namespace
    scopes = {_names(item): (item.get("spec") or {}).get("scope") for item in objects if item.get("kind") == _FIRST[1]}
    for item in objects:
        scope = scopes.get(str(item.get("kind")))
        _checked(item)
        if not item["metadata"].get("namespace") and (scope == "Namespaced" if scope else around.spaced(item)):
            item["metadata"] = {**item["metadata"], "namespace": space}
    prefix = asked.name if inputs.get("resourcePrefix") is None else str(inputs["resourcePrefix"])
    children = [_child(asked, component, item, prefix, skip=bool(inputs.get("skipAwait"))) for item in objects]
    return {"resources": [_reference(made) for made in _registered(children, register)]}


def _objects(asked: Registration, inputs: Mapping[str, Any], around: Surroundings) -> list[dict[str, Any]]:
    folder = around.folder
    if asked.type == CHART:
        wanted = kube_helm.chart(asked.name, inputs, around.namespace, folder)
        return decode(kube_helm.rendered(wanted, folder, around.capabilities()), "")
    if asked.type == CONFIG_FILE:
        return _of_files([str(inputs["file"])], folder)
    texts = decode(str(inputs.get("yaml") or ""), "")
    return [*_of_files([str(item) for item in inputs.get("files") or ()], folder), *texts, *(inputs.get("objs") or ())]


def _of_files(patterns: list[str], folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for pattern in patterns:
        if "://" in pattern:
            found += decode(_fetched(pattern), "")
            continue
        for name in _matching(pattern, folder):
            try:
                found += decode(name.read_text(encoding="utf-8"), "")
            except (OSError, UnicodeDecodeError) as error:
                raise RetailopsError(f"the manifest {name} can't be read", details=str(error)) from error
    return found


def _matching(pattern: str, folder: Path) -> list[Path]:
    if not any(mark in pattern for mark in "*?["):
        return [folder / pattern]
    start, below = Path("/" if pattern.startswith("/") else folder), pattern.lstrip("/")
    return sorted(start.glob(below))


def _fetched(address: str) -> str:
    import urllib3

    if not address.startswith(("https://", "http://")):
        raise RetailopsError(f"the manifest {address} is neither a file nor an http address")
    try:
        answer = urllib3.PoolManager().request("GET", address, timeout=30.0)
    except urllib3.exceptions.HTTPError as error:
        raise RetailopsError(f"the manifest {address} can't be fetched", details=str(error)) from error
    if answer.status != 200:
        raise RetailopsError(f"the manifest {address} can't be fetched: status {answer.status}")
    return bytes(answer.data).decode("utf-8", "replace")


def _checked(item: Mapping[str, Any]) -> None:
    metadata = item.get("metadata")
    if not item.get("kind") or not item.get("apiVersion") or not isinstance(metadata, dict) or not metadata.get("name"):
        raise RetailopsError(
            "a manifest holds an object without kind, apiVersion or metadata.name", details=str(sorted(item))
        )


def _names(definition: Mapping[str, Any]) -> str:
    return str(((definition.get("spec") or {}).get("names") or {}).get("kind"))


def _child(asked: Registration, component: str, item: dict[str, Any], prefix: str, *, skip: bool) -> Registration:
    metadata = item["metadata"]
    if skip:
        metadata = {**metadata, "annotations": {**(metadata.get("annotations") or {}), SKIP: "true"}}
    name = f"{metadata['namespace']}/{metadata['name']}" if metadata.get("namespace") else str(metadata["name"])
    api_version = str(item["apiVersion"])
    group = api_version if "/" in api_version else f"core/{api_version}"
    return Registration(
        type=f"kubernetes:{group}:{item['kind']}",
        name=f"{prefix}:{name}" if prefix else name,
        parent=component,
        custom=True,
        inputs=sealed(str(item["kind"]), {**item, "metadata": metadata}),
        provider=asked.providers.get("kubernetes", ""),
        version=asked.version,
        dependencies=asked.dependencies,
        protect=asked.protect,
        retain_on_delete=asked.retain_on_delete or (asked.type == CHART and note(item, _POLICY) == "keep"),
    )


def _registered(children: list[Registration], register: Register) -> list[Resource]:
    """Namespaces and definitions first; then all others side by side, after what they need."""
    first = [item for item in children if item.inputs["kind"] in _FIRST]
    rest = [item for item in children if item.inputs["kind"] not in _FIRST]
    made = dict(zip(map(id, first), _side_by_side(first, register), strict=True))
    found = list(made.values())
    rest = [replace(item, dependencies=_needs(item, found)) for item in rest]
    others = iter(_side_by_side(rest, register))
    return [made[id(item)] if id(item) in made else next(others) for item in children]


def _side_by_side(items: list[Registration], register: Register) -> list[Resource]:
    with ThreadPoolExecutor(_WORKERS) as pool:
        return list(pool.map(register, items))


def _needs(item: Registration, found: list[Resource]) -> tuple[str, ...]:
    needed = set(item.dependencies)
    for other in found:
        inputs = plain(dict(other.inputs))
        names = (inputs.get("spec") or {}).get("names") or {}
        space = inputs["kind"] == "Namespace" and inputs["metadata"]["name"] == item.inputs["metadata"].get("namespace")
        if space or names.get("kind") == item.inputs["kind"]:
            needed.add(other.urn)
    return tuple(sorted(needed))


def _reference(made: Resource) -> dict[str, Any]:
    identifier = "" if made.id == UNKNOWN else made.id
    return {SIGNATURE: REFERENCE, "urn": made.urn, "id": identifier, "packageVersion": ""}
