"""The API server's refusals in words that a person can act on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retailops.engine import urns
from retailops.engine.providers.kube_api import ApiError
from retailops.engine.providers.kube_notes import FORCE
from retailops.engine.providers.kube_objects import managers
from retailops.engine.state.checkpoint import Resource
from retailops.errors import RetailopsError


def may_come(error: ApiError) -> bool:
    """Whether what is missing may be on its way: a namespace, its service account."""
    if error.status == 404:
        return True
    return error.status == 403 and ("being terminated" in error.message or "serviceaccount" in error.message.lower())


def explained(resource: Resource, error: ApiError) -> RetailopsError:
    kind, name = str(resource.inputs.get("kind")), urns.short(resource.urn)
    if error.status == 409 and any(item.get("reason") == "FieldManagerConflict" for item in error.causes):
        return conflict(kind, resource.id, error)
    if error.status == 429 or error.status >= 500:
        return RetailopsError(
            f"the API server could not serve {name}: status {error.status}",
            details=error.message,
            resolution="Run the same command again when it is well.",
        )
    return RetailopsError(
        f"the cluster refuses {name}", details=error.message, resolution="Mend the resource in the program."
    )


def strange(kind: str, name: str, live: Mapping[str, Any]) -> RetailopsError:
    """Somebody else's object stands where ours should go."""
    owner = ", ".join(managers(live)) or "unknown"
    return RetailopsError(
        f"{kind} {name} exists already, and this stack did not make it (made or changed by: {owner})",
        resolution="Delete it, or give the resource another name; it is never taken over silently.",
    )


def conflict(kind: str, name: str, error: ApiError) -> RetailopsError:
    """Other managers own fields that we want to set: who and which."""
    causes = [f"{item.get('field')}: {item.get('message')}" for item in error.causes]
    return RetailopsError(
        f"{kind} {name}: somebody else has set fields that this stack wants to set",
        details="\n".join(causes) or error.message,
        resolution=f"Let the program follow them (ignore_changes), or take them over with the annotation {FORCE}: true.",
    )
