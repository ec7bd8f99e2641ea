"""Reading a fleet repository: every file, every fault, or the typed chain."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from retailops.errors import FleetError, Problem
from retailops.model.binding import Bound, Places, bind, field_name
from retailops.model.chain import FleetFile
from retailops.model.chain_rules import chain_faults, doubled, room_warnings
from retailops.model.design import StoreDesign, resolve
from retailops.model.faults import Fault
from retailops.model.fleet import Fleet
from retailops.model.fleet_rules import fleet_faults, fleet_warnings
from retailops.model.folder import FLEET, Listing, ids_of, listing, read
from retailops.model.format_rules import format_faults, format_warnings
from retailops.model.formats import Format
from retailops.model.parsing import BadYaml, Loc, parse
from retailops.model.price_file import PRICES, PriceFile, price_faults, price_warnings
from retailops.model.rollout_rules import ring_names
from retailops.model.salvage import salvage
from retailops.model.store_rules import Context, store_faults
from retailops.model.stores import Store
from retailops.model.values import nearest
from retailops.model.waivers import WAIVERS, Waiver, WaiversFile, waiver_faults, waiver_warnings

M = TypeVar("M", bound=BaseModel)


@dataclass
class Reading:
    """What was read so far; `fleet` is None where fleet.yaml is wrong. Formats are by id, stores by path.

    `salvaged` are stores whose file has faults, with their identity sound.
    """

    root: Path
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    fleet: FleetFile | None = None
    formats: dict[str, Format] = field(default_factory=dict)
    stores: dict[str, Store] = field(default_factory=dict)
    salvaged: dict[str, Store] = field(default_factory=dict)
    files: int = 0

    def file(self, kind: type[M], path: str) -> M | None:
        """One file, typed; None with its problems kept where it is wrong."""
        return self.raw(kind, path)[0].value

    def raw(self, kind: type[M], path: str) -> tuple[Bound[M], Any]:
        """One file, typed, and its plain values; its problems are kept."""
        self.files += 1
        data = read(self.root, path)
        if isinstance(data, Problem):
            self.problems.append(data)
            return Bound(None), None
        try:
            value = parse(data, path)
        except BadYaml as error:
            self.problems.append(error.problem)
            return Bound(None), None
        bound = bind(kind, value, data, path)
        self.problems += bound.problems
        return bound, value

    def placed(self, path: str, faults: Iterable[Fault], places: Places | None = None) -> list[Problem]:
        """Faults as problems with their place, for which the file is read once more if `places` are not at hand."""
        faults = list(faults)
        if not faults:
            return []
        data = b"" if places else read(self.root, path)
        try:
            places = places or Places(b"" if isinstance(data, Problem) else data, path)
        except BadYaml as error:
            return [error.problem]
        return [_placed(places, loc, message) for loc, message in faults]

    def outcome(self) -> Fleet:
        """The checked chain, or FleetError with every problem."""
        if self.problems or self.fleet is None:
            count = len(self.problems)
            raise FleetError(
                f"{count} {'fault' if count == 1 else 'faults'} in {self.root}",
                sorted(set(self.problems)),
                resolution="Mend them and run: retailops check" + _another_index(self.stores.values()),
            )
        stores = {store.id: store for store in self.stores.values()}
        return Fleet(self.root, self.fleet, self.formats, stores, tuple(self.warnings))


def _another_index(stores: Iterable[Store]) -> str:
    doubles = doubled(stores)
    return (
        f" (another index for a store that was never opened: retailops store renumber {doubles[0]})" if doubles else ""
    )


def _placed(places: Places, loc: Loc, message: str) -> Problem:
    return places.problem(loc, f"{field_name(loc)}: {message}" if loc else message)


def load_fleet(root: Path, today: date | None = None) -> Fleet:
    """The whole chain; raises FleetError with every Problem. `today` (for quarantines) is the computer's date if not given."""
    return read_fleet(root, today).outcome()


def read_fleet(root: Path, today: date | None = None) -> Reading:
    """Everything read and checked, with its problems; `outcome()` makes a Fleet of it."""
    with _without_collector():
        reading, files = Reading(root), listing(root)
        reading.problems += files.strays
        _fleet_and_formats(reading, files.formats)
        _stores(reading, files)
        _prices(reading, today or date.today())
        _between(reading, today or date.today())
        _rings(reading, files)
        _waivers(reading, today or date.today())
    return reading


def load_chain(root: Path) -> FleetFile:
    """fleet.yaml alone: the chain and its policies, no format and no store; raises FleetError with every Problem."""
    reading = Reading(root)
    _fleet_and_formats(reading, ())
    return reading.outcome().file


def load_waivers(root: Path) -> tuple[Waiver, ...]:
    """Every waiver, ended ones too, none where there is no waivers.yaml; raises FleetError with every Problem of that file."""
    reading = Reading(root)
    file = _waivers(reading, date.today())
    if reading.problems:
        raise FleetError(
            f"{WAIVERS} in {root} is wrong", reading.problems, resolution="Mend it and run: retailops check"
        )
    return file.waivers if file else ()


def load_design(root: Path, store_id: str) -> StoreDesign:
    """The design of one store, reading that store's file and no other store's; raises FleetError with every Problem."""
    reading, files = Reading(root), listing(root)
    paths = [path for path in files.stores if path.rpartition("/")[2] == f"{store_id}.yaml"]
    if not paths:
        known = ids_of(files.stores)
        raise FleetError(
            f"no store {store_id!r} in {root}{nearest(store_id, known)}",
            resolution="retailops store list shows the stores.",
        )
    _fleet_and_formats(reading, files.formats)
    _stores(reading, Listing(files.formats, tuple(paths), ()))
    fleet = reading.outcome()
    store = fleet.stores[store_id]
    return resolve(fleet.file, fleet.formats[store.format], store)


def _fleet_and_formats(reading: Reading, paths: Iterable[str]) -> None:
    reading.fleet = reading.file(FleetFile, FLEET)
    if reading.fleet:
        reading.problems += reading.placed(FLEET, fleet_faults(reading.fleet))
        reading.warnings += reading.placed(FLEET, fleet_warnings(reading.fleet))
    for path in paths:
        form = reading.file(Format, path)
        if form is None:
            continue
        flows = reading.fleet.wan.flows if reading.fleet else None
        production = reading.fleet is not None and reading.fleet.environment == "production"
        reading.problems += reading.placed(path, (*_named(form.id, path), *format_faults(form, flows, production)))
        reading.warnings += reading.placed(path, format_warnings(form))
        reading.formats[form.id] = form


def load_price_file(root: Path) -> PriceFile:
    """prices.yaml alone; raises FleetError with every Problem, also where it is missing."""
    reading = Reading(root)
    file = _prices(reading, date.min) or reading.file(PriceFile, PRICES)
    if file is None or reading.problems:
        raise FleetError(
            f"{PRICES} can't be used",
            reading.problems,
            resolution="retailops init writes a sample of it; retailops schema prices lists every key.",
        )
    return file


def _prices(reading: Reading, today: date) -> PriceFile | None:
    """A chain without the file has no prices; that is no fault."""
    if not os.path.lexists(reading.root / PRICES):
        return None
    file = reading.file(PriceFile, PRICES)
    if file:
        reading.problems += reading.placed(PRICES, price_faults(file))
        reading.warnings += reading.placed(PRICES, price_warnings(file, today))
    return file


def _stores(reading: Reading, files: Listing) -> None:
    names = ids_of(files.formats)
    context = Context.of(reading.fleet, reading.formats, names) if reading.fleet else None
    for path in files.stores:
        bound, value = reading.raw(Store, path)
        if bound.value is not None:
            reading.problems += reading.placed(path, _faults(bound.value, path, context))
            reading.stores[path] = bound.value
        elif saved := salvage(value, bound.bad):
            reading.problems += reading.placed(path, saved.sound(_faults(saved.store, path, context)), bound.places)
            if saved.has_identity:
                reading.salvaged[path] = saved.store


def _faults(store: Store, path: str, context: Context | None) -> list[Fault]:
    general = [*_named(store.id, path), *_in_folder(store, path)]
    return [*general, *store_faults(store, context)] if context else general


def _named(name: str, path: str) -> Iterator[Fault]:
    if path.rpartition("/")[2] != f"{name}.yaml":
        yield ("id",), f"{name} stands in {path}; the file's name is the id: {name}.yaml"


def _in_folder(store: Store, path: str) -> Iterator[Fault]:
    folder = path.split("/")[1]
    if store.region != folder:
        yield ("region",), f"{store.region} stands in the folder of {folder}: stores/{store.region}/{store.id}.yaml"


def _between(reading: Reading, today: date) -> None:
    by_path: dict[str, list[Fault]] = {}
    for path, loc, message in chain_faults(reading.fleet, {**reading.stores, **reading.salvaged}, today):
        by_path.setdefault(path, []).append((loc, message))
    for path, faults in by_path.items():
        reading.problems += reading.placed(path, faults)
    if reading.fleet:
        reading.warnings += reading.placed(FLEET, room_warnings(reading.fleet, reading.stores.values()))


def _rings(reading: Reading, files: Listing) -> None:
    if reading.fleet:
        faults = ring_names(reading.fleet, ids_of(files.stores), ids_of(files.formats))
        reading.problems += reading.placed(FLEET, faults)


def _waivers(reading: Reading, today: date) -> WaiversFile | None:
    if not (reading.root / WAIVERS).exists():
        return None
    file = reading.file(WaiversFile, WAIVERS)
    if file:
        reading.problems += reading.placed(WAIVERS, waiver_faults(file))
        reading.warnings += reading.placed(WAIVERS, waiver_warnings(file, today))
    return file


@contextmanager
def _without_collector() -> Iterator[None]:
    """Ten thousand stores make no garbage worth looking for, and looking takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
