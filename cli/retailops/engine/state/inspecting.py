"""Reading what is written down of a stack, without its passphrase and touching nothing."""

from __future__ import annotations

import fcntl
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retailops.engine import urns
from retailops.engine.state.backend import Backend
from retailops.engine.state.checkpoint import Resource, State, state_from_json


@dataclass(frozen=True)
class Holder:
    """A lock that is there. `alive` is None where the process is another machine's."""

    id: str
    who: str
    since: str
    ours: bool
    alive: bool | None


def state_of(backend: Backend, project: str, stack: str) -> tuple[State, str]:
    """The state without the values of its secrets, and the digest; raises for one that the checker refuses."""
    stored = backend.load(project, stack)
    return (state_from_json(stored.document, None) if stored.document else State()), stored.digest


def is_cut_off(backend: Backend, project: str, stack: str) -> bool:
    """Whether an update of ours died: its journal is there, and nobody who may be alive holds the stack."""
    if not backend.cut_off(project, stack) or is_held(backend, project, stack):
        return False
    return all(item.alive is False for item in holders(backend, project, stack))


def is_held(backend: Backend, project: str, stack: str) -> bool:
    """Whether a living process of this machine holds the stack."""
    try:
        with backend.own(project, stack, "flock").open(encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def holders(backend: Backend, project: str, stack: str) -> tuple[Holder, ...]:
    record = backend.own(project, stack, "lock")
    own = record.read_text(encoding="utf-8").strip() if record.exists() else ""
    found = []
    for key in backend.locks(project, stack):
        try:
            told = json.loads(backend.objects.read(key) or b"")
            pid, host = int(told["pid"]), str(told["hostname"])
            who, since = f"{told['username']}@{host} (process {pid})", str(told["timestamp"])
        except (ValueError, KeyError, TypeError):
            who, since, host, pid = "nobody that can be read", "?", "", 0
        ours = Path(key).stem == own and host == socket.gethostname()
        here = is_held(backend, project, stack) if ours else Path(f"/proc/{pid}").exists()
        found.append(Holder(Path(key).stem, who, since, ours, here if host == socket.gethostname() else None))
    return tuple(found)


def pending(state: State) -> tuple[str, ...]:
    """`creating core/v1:Namespace shop`: what a killed or cut-off update was at."""
    return tuple(f"{kind} {urns.short(item.urn)}" for kind, item in state.pending)


def marks(item: Resource) -> Iterator[str]:
    """What a person should know of a resource beside its name."""
    words = {
        "protected": item.protect,
        "only looked at": item.external,
        "waits for its deletion": item.delete,
        "stays in the world when it goes": item.retain_on_delete,
    }
    yield from (word for word, is_so in words.items() if is_so)
    yield from (f"not ready: {reason}" for reason in item.init_errors)


def updates(backend: Backend, project: str, stack: str) -> list[dict[str, Any]]:
    """The entries of the history, oldest first; one that can't be read is left out."""
    found = []
    for key in backend.objects.names(f"history/{project}/{stack}/"):
        if key.endswith(".history.json"):
            try:
                entry = json.loads(backend.objects.read(key) or b"")
            except ValueError:
                continue
            found += [entry] if isinstance(entry, dict) else []
    return found
