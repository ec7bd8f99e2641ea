"""The annotations by which a program steers the provider: `pulumi.com/…`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retailops.engine.state.checkpoint import Resource
from retailops.engine.values import plain
from retailops.errors import RetailopsError

SKIP = "pulumi.com/skipAwait"
WAIT_FOR = "pulumi.com/waitFor"
FORCE = "pulumi.com/patchForce"
REPLACE_UNREADY = "pulumi.com/replaceUnready"
_MANAGER = "pulumi.com/patchFieldManager"
_SECONDS = "pulumi.com/timeoutSeconds"
_PROPAGATION = "pulumi.com/deletionPropagationPolicy"
_POLICIES = {"orphan": "Orphan", "background": "Background", "foreground": "Foreground"}


def note(document: Mapping[str, Any], key: str) -> str:
    """The annotation's value in inputs or in a live object, "" where it is not."""
    metadata = plain(document.get("metadata") or {})
    annotations = (metadata.get("annotations") if isinstance(metadata, dict) else None) or {}
    return str(annotations.get(key) or "") if isinstance(annotations, dict) else ""


def is_set(document: Mapping[str, Any], key: str) -> bool:
    return note(document, key) == "true"


def manager(inputs: Mapping[str, Any]) -> str:
    """The field manager that the program names, or ""."""
    return note(inputs, _MANAGER)


def patience(resource: Resource, verb: str, otherwise: float) -> float:
    """Seconds: the option `custom_timeouts`, else the annotation, else `otherwise`. Raises for what is no number."""
    if given := resource.custom_timeouts.get(verb):
        return given
    text = note(resource.inputs, _SECONDS)
    if not text:
        return otherwise
    try:
        return float(int(text))
    except ValueError:
        raise RetailopsError(f"the annotation {_SECONDS} is {text!r}, not a number of seconds") from None


def propagation(inputs: Mapping[str, Any], otherwise: str) -> str:
    """What becomes of an object's dependents when it is deleted."""
    return _POLICIES.get(note(inputs, _PROPAGATION).lower(), otherwise)
