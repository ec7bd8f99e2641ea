"""Saying which engine may write a stack from now on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from retailops.engine.state import locking
from retailops.engine.state.backend import Backend
from retailops.engine.state.checkpoint import keeper_of, magic
from retailops.engine.state.crypto import passphrase_only
from retailops.engine.state.store import VERSION_MARK

OFFICIAL = "v3.0.0"
"""What the manifest says until the official CLI writes its own version."""


def owner(backend: Backend, project: str, stack: str) -> str:
    """`builtin` or `official`, by what wrote the stack last; "" for a stack that has nothing."""
    return writer(backend.load(project, stack).document)


def writer(document: Mapping[str, Any] | None) -> str:
    """The same of a checkpoint that was read."""
    latest = (document or {"checkpoint": {}})["checkpoint"].get("latest") or {}
    if not latest.get("resources"):
        return ""
    return "builtin" if VERSION_MARK in str(latest["manifest"]["version"]) else "official"


def hand_over(backend: Backend, project: str, stack: str, to: str, version: str) -> bool:
    """Rewrites the manifest alone, under the stack's lock; False where nothing had to be done."""
    with locking.hold(backend, project, stack, "handover") as left:
        locking.refuse_cut_off(backend, project, stack, left)
        if owner(backend, project, stack) in ("", to):
            return False
        document = json.loads(json.dumps(backend.load(project, stack).document))
        if to == "builtin":
            passphrase_only(keeper_of(document)[0], stack)
        writer = f"v{version}{VERSION_MARK}" if to == "builtin" else OFFICIAL
        manifest = document["checkpoint"]["latest"]["manifest"]
        document["checkpoint"]["latest"]["manifest"] = {**manifest, "version": writer, "magic": magic(writer)}
        backend.save(project, stack, json.dumps(document, indent=4, ensure_ascii=False).encode())
        return True
