"""A stack's `Pulumi.<stack>.yaml`: what is rendered goes in, what people wrote stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from retailops.errors import FleetError, Problem

OPENERS = ("encryptionsalt", "secretsprovider", "encryptedkey")
"""The keys that say what opens a stack's secrets."""

_POLICIES = "retailops:"
"""The namespace of what the policies ask by."""


def merged_settings(existing: bytes, project: str, config: Mapping[str, str], path: str) -> bytes:
    """The stack's settings file with `config` (`project:key` -> text) in it.

    Kept as they are: what opens the secrets, every `secure:` value, keys of other namespaces. Plain keys of the project's own
    and the policies' that are rendered no more go. `path` is only for the error (`FleetError`) where the file is not what Pulumi writes.
    """
    document = read_settings(existing, path)
    kept = {
        key: value
        for key, value in (document.get("config") or {}).items()
        if key not in config and (_secure(value) or (":" in key and not key.startswith((f"{project}:", _POLICIES))))
    }
    return dumped({**document, "config": {**kept, **config}})


def read_settings(existing: bytes, path: str) -> dict[str, Any]:
    """The settings as they are; empty for an empty file. Raises `FleetError` with `path` where they are no settings."""
    if not existing.strip():
        return {}
    try:
        document = yaml.safe_load(existing)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise FleetError("a stack's settings can't be read", [Problem(path, 0, 0, str(error)[:200])]) from error
    if not isinstance(document, dict) or not isinstance(document.get("config") or {}, dict):
        raise FleetError(
            "a stack's settings can't be read", [Problem(path, 0, 0, "a mapping with `config` is expected")]
        )
    return document


def dumped(document: Mapping[str, Any]) -> bytes:
    """YAML as Pulumi writes it."""
    return yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True, width=1000).encode()


def _secure(value: Any) -> bool:
    """Whether a secret stands in it, at any depth: `pulumi config set --path --secret` puts them into structures."""
    if isinstance(value, dict):
        return "secure" in value or any(map(_secure, value.values()))
    return isinstance(value, list) and any(map(_secure, value))
