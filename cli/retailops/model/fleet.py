"""The whole chain in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from retailops.errors import FleetError, Problem
from retailops.model.chain import Calendars, Carrier, Chain, Engines, FleetFile, Region, State, Trust, Wan
from retailops.model.clouds import Cloud
from retailops.model.formats import Format
from retailops.model.hosts import Hci
from retailops.model.stores import Store
from retailops.model.values import nearest

if TYPE_CHECKING:
    from retailops.model.design import StoreDesign


@dataclass(frozen=True)
class Fleet:
    """A checked fleet repository. Mappings are by id; `warnings` are what a person should know and that is no error."""

    root: Path
    file: FleetFile
    formats: Mapping[str, Format]
    stores: Mapping[str, Store]
    warnings: tuple[Problem, ...] = ()

    @property
    def environment(self) -> Literal["lab", "production"]:
        return self.file.environment

    @property
    def chain(self) -> Chain:
        return self.file.chain

    @property
    def regions(self) -> Mapping[str, Region]:
        return {region.id: region for region in self.file.regions}

    @property
    def carriers(self) -> Mapping[str, Carrier]:
        return {carrier.id: carrier for carrier in self.file.carriers}

    @property
    def wan(self) -> Wan:
        return self.file.wan

    @property
    def clouds(self) -> tuple[Cloud, ...]:
        return self.file.clouds

    @property
    def hci(self) -> Hci:
        return self.file.hci

    @property
    def recovery(self) -> Hci:
        return self.file.recovery

    @property
    def calendars(self) -> Calendars:
        return self.file.calendars

    @property
    def engines(self) -> Engines:
        return self.file.engines

    @property
    def trust(self) -> Trust:
        return self.file.trust

    @property
    def state(self) -> State:
        return self.file.state

    @property
    def state_folder(self) -> Path:
        """Where retailops keeps its own state: `state.path`, seen from the repository."""
        return self.root / self.state.path

    def select(
        self,
        ids: Collection[str] | None = None,
        regions: Collection[str] | None = None,
        formats: Collection[str] | None = None,
    ) -> Fleet:
        """The fleet with only the stores that pass every filter given; an id that is none raises FleetError."""
        for name in ids or ():
            self._known(name)
        chosen = {
            store.id: store
            for store in self.stores.values()
            if (ids is None or store.id in ids)
            and (regions is None or store.region in regions)
            and (formats is None or store.format in formats)
        }
        return replace(self, stores=chosen)

    def design(self, store_id: str) -> StoreDesign:
        """The resolved model of one store; an id that is none raises FleetError."""
        from retailops.model.design import resolve

        store = self._known(store_id)
        return resolve(self.file, self.formats[store.format], store)

    def _known(self, store_id: str) -> Store:
        if store_id not in self.stores:
            raise FleetError(
                f"no store {store_id!r} in {self.root}{nearest(store_id, self.stores)}",
                resolution="retailops store list shows the stores.",
            )
        return self.stores[store_id]
