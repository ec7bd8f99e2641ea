"""What can still be checked of a store whose file has faults: its sound fields, so that every fault shows at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from retailops.model.faults import Fault
from retailops.model.parsing import Loc
from retailops.model.stores import Store

_HARMLESS: dict[str, Any] = {
    "apiVersion": "retailops/v1",
    "kind": "Store",
    "id": "x",
    "name": "x",
    "region": "x",
    "index": "0",
    "format": "x",
    "timezone": "UTC",
    "hours": ["daily 09:00-10:00"],
    "opens": "2000-01-01",
    "uplinks": [],
}
_HARMLESS_ITEM: dict[str, dict[str, Any]] = {
    "uplinks": {"id": "x", "kind": "fibre", "carrier": "x", "plane": "A"},
    "devices": {"id": "x", "kind": "other", "zone": "pos", "mac": "02:00:00:00:00:00"},
}
_IDENTITY = {("id",), ("index",), ("generation",), ("retired",)}


class Salvaged:
    """A store of which the fields in `unsound` (their places in lists left out) mean nothing."""

    def __init__(self, store: Store, unsound: frozenset[Loc]) -> None:
        self.store = store
        self.unsound = unsound

    @property
    def has_identity(self) -> bool:
        """Whether it can be compared with other stores."""
        return not self.unsound & _IDENTITY

    def sound(self, faults: Iterable[Fault]) -> list[Fault]:
        """The faults that stand on sound fields."""
        return [fault for fault in faults if not self._shaky(_names(fault[0]))]

    def _shaky(self, loc: Loc) -> bool:
        named_elsewhere = loc[:1] == ("serials",) and any(bad[0] == "devices" for bad in self.unsound)
        return named_elsewhere or any(loc[:end] in self.unsound for end in range(1, len(loc) + 1))


def salvage(value: Any, bad: Iterable[Loc]) -> Salvaged | None:
    """The store with harmless values for the `bad` fields and what is missing; None where too little is left."""
    if not isinstance(value, dict):
        return None
    kept = {**value}
    unsound = {_mend(kept, loc) for loc in bad if loc}
    unsound |= {(name,) for name in _HARMLESS.keys() - kept.keys()}
    try:
        store = Store.model_validate({**_HARMLESS, **kept}, by_alias=True, by_name=False)
    except ValidationError:
        return None
    return Salvaged(store, frozenset(unsound))


def _mend(kept: dict[str, Any], loc: Loc) -> Loc:
    """Makes the field at `loc` harmless, and says which field that was."""
    field, item = str(loc[0]), _item(kept, loc)
    if item is None:
        kept.pop(field, None)
        return (field,)
    name = str(loc[2])
    item.pop(name, None)
    if name in _HARMLESS_ITEM[field]:
        item[name] = _HARMLESS_ITEM[field][name]
    return (field, name)


def _item(kept: dict[str, Any], loc: Loc) -> dict[str, Any] | None:
    if loc[0] not in _HARMLESS_ITEM or len(loc) < 3 or not isinstance(kept.get(str(loc[0])), list):
        return None
    items = kept[str(loc[0])] = list(kept[str(loc[0])])
    place = loc[1]
    if not isinstance(place, int) or not isinstance(items[place], dict):
        return None
    items[place] = {**items[place]}
    found: dict[str, Any] = items[place]
    return found


def _names(loc: Loc) -> Loc:
    return tuple(part for part in loc if isinstance(part, str))
