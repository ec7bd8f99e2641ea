"""Digests over canonical JSON: the same wanted thing gives the same 64 hex digits on every machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from retailops.ports import RenderedFile


def canonical(document: Any) -> bytes:
    """UTF-8 JSON with sorted keys and no white space; raises `TypeError` for what is not JSON."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def digest(document: Any) -> str:
    """SHA-256 of the canonical form, 64 hex digits."""
    return hashlib.sha256(canonical(document)).hexdigest()


def design_digest(
    design: Mapping[str, Any], files: Mapping[str, Mapping[str, RenderedFile]], pins: Mapping[str, Any]
) -> str:
    """What is wanted for one store: its resolved model, the files rendered before facts (host -> path -> file), and the pins."""
    rendered = {
        host: {path: [hashlib.sha256(file.content).hexdigest(), file.mode] for path, file in of_host.items()}
        for host, of_host in files.items()
    }
    return digest({"design": design, "files": rendered, "pins": pins})
