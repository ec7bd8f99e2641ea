"""The provider's function behind `kubernetes.yaml.ConfigFile`: texts to objects."""

from __future__ import annotations

from typing import Any

import yaml

from retailops.errors import RetailopsError


def decode(text: str, namespace: str) -> list[Any]:
    """Every document of the text; lists are flattened; `namespace` is set where an object names none."""
    try:
        documents = [item for item in yaml.safe_load_all(text) if item]
    except (yaml.YAMLError, RecursionError) as error:
        raise RetailopsError("a manifest is not YAML", details=str(error)[:500]) from error
    objects = [item for document in documents for item in _flat(document)]
    for item in objects:
        if namespace and not (item.get("metadata") or {}).get("namespace"):
            item["metadata"] = {**(item.get("metadata") or {}), "namespace": namespace}
    return objects


def _flat(document: Any) -> list[dict[str, Any]]:
    if not isinstance(document, dict):
        raise RetailopsError("a manifest holds a document that is not an object")
    if str(document.get("kind", "")).endswith("List") and isinstance(document.get("items"), list):
        return [item for item in document["items"] if isinstance(item, dict)]
    return [document]
