"""Adding stores to a fleet repository: checked against the whole chain first, then written whole."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from retailops.model.binding import bind, field_name
from retailops.model.chain_rules import chain_faults
from retailops.model.fleet import Fleet
from retailops.model.parsing import parse
from retailops.model.salvage import salvage
from retailops.model.store_rules import Context, store_faults
from retailops.model.stores import Store
from retailops.model.writing import store_text


@contextmanager
def one_writer(root: Path) -> Iterator[None]:
    """Two commands that give out indices at the same time go one after the other."""
    handle = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def store_path(document: Mapping[str, Any]) -> str:
    """Where the store's file stands in the repository."""
    return f"stores/{document['region']}/{document['id']}.yaml"


def typed(document: Mapping[str, Any], fleet: Fleet) -> tuple[Store | None, list[str]]:
    """The document as a store of this chain, or every fault of it, as `field: what is wrong`."""
    data = store_text(document).encode()
    value = parse(data, "")
    bound = bind(Store, value, data, "")
    context = Context.of(fleet.file, fleet.formats, fleet.formats)
    messages = [problem.message for problem in bound.problems]
    if bound.value is not None:
        faults = list(store_faults(bound.value, context))
    else:
        saved = salvage(value, bound.bad)
        faults = saved.sound(store_faults(saved.store, context)) if saved else []
    return bound.value, [*messages, *(f"{field_name(loc)}: {message}" for loc, message in faults)]


def clashes(fleet: Fleet, new: Mapping[str, Store], today: date) -> list[tuple[str, str]]:
    """(path, fault) of new stores, which are by path, among themselves and with the chain's."""
    stores = {f"stores/{store.region}/{store.id}.yaml": store for store in fleet.stores.values()}
    found = chain_faults(fleet.file, {**stores, **new}, today)
    return [(path, f"{field_name(loc)}: {message}") for path, loc, message in found]
