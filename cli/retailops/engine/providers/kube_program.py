"""How a Python program makes an object of a kind, with `import pulumi_kubernetes as k8s`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from retailops.engine.providers.kube_kinds import api_version_of

IMPORT = "import pulumi_kubernetes as k8s"
_GROUPS = frozenset(
    [
        "apps",
        "autoscaling",
        "batch",
        "policy",
        *(
            f"{group}.k8s.io"
            for group in (
                "admissionregistration",
                "apiextensions",
                "apiregistration",
                "certificates",
                "coordination",
                "discovery",
                "events",
                "flowcontrol.apiserver",
                "networking",
                "node",
                "rbac.authorization",
                "resource",
                "scheduling",
                "storage",
            )
        ),
    ]
)
"""Those that `pulumi_kubernetes` has classes for; all others are custom resources."""


def call(token: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """The class and its keyword arguments; None for a custom object whose class could not take all of it."""
    api_version, kind = api_version_of(token)
    group, _, version = api_version.rpartition("/")
    arguments = {_snake(key): value for key, value in inputs.items() if key not in ("apiVersion", "kind")}
    plain = all(part.isidentifier() for part in (version, kind, *arguments))
    if plain and (not group or group in _GROUPS):
        return f"k8s.{group.split('.')[0] or 'core'}.{version}.{kind}", arguments
    if set(arguments) <= {"metadata", "spec"}:
        return "k8s.apiextensions.CustomResource", {"api_version": api_version, "kind": kind, **arguments}
    return None


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
