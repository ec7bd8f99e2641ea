"""A simulated machine: its files, the plays that ran on it, and its boots."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from retailops.ports import RenderedFile
from retailops.twin.world import Document

LONGEST_TEXT = 20_000
UNIT_OF_PLAY = {"k3s.service": "edge", "retailops-centre.service": "centre"}
"""Units that one play alone brings; a unit runs once its play has."""


def machine(document: Document, host: str) -> dict[str, Any]:
    """The machine's record, made when first asked for."""
    hosts = document.setdefault("hosts", {})
    found: dict[str, Any] = hosts.setdefault(host, {"files": {}, "texts": {}, "plays": [], "boots": 1})
    return found


def pretended(name: str) -> str:
    """The digest of a file that there is only the name of."""
    return hashlib.sha256(name.encode()).hexdigest()


def played(document: Document, host: str, playbook: str) -> bool:
    return playbook in machine(document, host)["plays"]


def put(document: Document, host: str, files: Mapping[str, RenderedFile]) -> list[str]:
    """Files are on the machine; those that were not so before are named."""
    own, changed = machine(document, host), []
    for path, file in sorted(files.items()):
        digest = hashlib.sha256(file.content).hexdigest()
        if own["files"].get(path) != digest:
            changed.append(path)
        own["files"][path] = digest
        if len(file.content) <= LONGEST_TEXT:
            own["texts"][path] = file.content.decode(errors="replace")
    return changed


def node_state(document: Document, host: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of the probe of that name."""
    own = machine(document, host)
    return {
        "files": {path: own["files"].get(path) for path in args.get("files", ())},
        "texts": {path: own["texts"].get(path) for path in args.get("texts", ())},
        "units": _units(document, host, args.get("units", ())),
        "unsettled": [],
        "boot": boot(document, host),
        "machine": hashlib.sha256(host.encode()).hexdigest()[:32],
        "virtualization": "simulated",
    }


def _units(document: Document, host: str, names: Sequence[str]) -> dict[str, dict[str, str]]:
    found = {}
    for name in names:
        plays = (UNIT_OF_PLAY[name],) if name in UNIT_OF_PLAY else ("wan", "edge")
        there = any(played(document, host, play) for play in plays)
        masked = name == "nftables.service"
        running = there and not masked
        enabled = "masked" if there and masked else "enabled" if there else "disabled"
        found[name] = {"active": "active" if running else "inactive", "enabled": enabled}
    return found


def boot(document: Document, host: str) -> str:
    return f"simulated-{host}/{machine(document, host)['boots']}"
