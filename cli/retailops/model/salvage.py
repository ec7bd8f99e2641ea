"""What can still be checked of a store whose file has faults: its sound fields, so that every fault shows at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from retailops.model.store_rules import Fault
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
    "hours": [],
    "opens": "2000-01-01",
    "uplinks": [],
}
_FIELDS = {field.alias or name for name, field in Store.model_fields.items()}
_IDENTITY = {"id", "index", "generation", "retired"}


class Salvaged:
    """A store of which only the fields outside `unsound` mean anything."""

    def __init__(self, store: Store, unsound: frozenset[str]) -> None:
        self.store = store
        self.unsound = unsound

    @property
    def has_identity(self) -> bool:
        """Whether it can be compared with other stores."""
        return not self.unsound & _IDENTITY

    def sound(self, faults: Iterable[Fault]) -> list[Fault]:
        """The faults that stand on sound fields."""
        shaky = self.unsound | ({"serials"} if "devices" in self.unsound else set())
        return [fault for fault in faults if fault[0] and fault[0][0] not in shaky]


def salvage(value: Any, bad: Iterable[str]) -> Salvaged | None:
    """The store with harmless values in place of the `bad` fields and of what is missing; None where too little is left."""
    if not isinstance(value, dict):
        return None
    kept = {key: field for key, field in value.items() if key in _FIELDS and key not in set(bad)}
    unsound = frozenset({*bad, *(_HARMLESS.keys() - kept.keys())})
    try:
        return Salvaged(Store.model_validate({**_HARMLESS, **kept}, by_alias=True, by_name=False), unsound)
    except ValidationError:
        return None
