"""Names that the program leaves open: made from the URN, so that a preview tells the truth and a killed create is found again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from retailops.engine import urns
from retailops.engine.values import UNKNOWNS, plain

AUTO = "pulumi.com/autonamed"


def is_auto_named(inputs: Mapping[str, Any]) -> bool:
    annotations = plain((inputs.get("metadata") or {}).get("annotations") or {})
    return isinstance(annotations, dict) and annotations.get(AUTO) == "true"


def named(urn: str, inputs: Mapping[str, Any], old: Mapping[str, Any] | None) -> dict[str, Any]:
    """The inputs with `metadata.name`: given, kept from the auto-named old ones, or new with the annotation that says so."""
    metadata = dict(inputs.get("metadata") or {})
    if metadata.get("name"):
        return {**inputs, "metadata": metadata}
    if old is not None and is_auto_named(old):
        return _with_name(inputs, metadata, str(plain(old["metadata"]["name"])))
    return _with_name(inputs, metadata, _fresh(urn, metadata, ""))


def renamed(urn: str, inputs: Mapping[str, Any], taken: str) -> dict[str, Any]:
    """Auto-named inputs under another name than `taken`."""
    metadata = dict(inputs["metadata"])
    return _with_name(inputs, metadata, _fresh(urn, metadata, taken))


def _with_name(inputs: Mapping[str, Any], metadata: dict[str, Any], name: str) -> dict[str, Any]:
    annotations = metadata.get("annotations") or {}
    if isinstance(annotations, str) and annotations in UNKNOWNS:
        annotations = {}
    rest = {key: value for key, value in metadata.items() if key != "generateName"}
    return {**inputs, "metadata": {**rest, "name": name, "annotations": {**plain(annotations), AUTO: "true"}}}


def _fresh(urn: str, metadata: Mapping[str, Any], taken: str) -> str:
    prefix = str(metadata.get("generateName") or f"{urns.name_of(urn)}-")
    digest = hashlib.sha256(f"{urn}\n{taken}".encode()).hexdigest()[:8]
    return f"{prefix[:54]}{digest}"
