"""A table of stores into documents of this chain: every fault by row, indices given, what is there already told apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from retailops.errors import Problem
from retailops.model.adding import clashes, store_path, typed
from retailops.model.fleet import Fleet
from retailops.model.indices import free_indices
from retailops.model.mapping import Mapping, filled
from retailops.model.stores import Store
from retailops.model.table import Row, Table
from retailops.model.values import nearest
from retailops.model.writing import store_document

NO_INDEX = "lacks index"
"""What follows from a region that is none, and needs no telling beside it."""


@dataclass
class Imported:
    """`new` is path -> document, `unchanged` the ids that are there with the same values."""

    new: dict[str, dict[str, Any]] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def import_table(fleet: Fleet, mapping: Mapping, table: Table, name: str, today: date) -> Imported:
    """What the table adds to the chain; `name` is the table's file as problems call it. Nothing is written."""
    if missing := list(_missing_columns(mapping, table, name)):
        return Imported(problems=missing)
    importer = _Importer(fleet, mapping, table, name, today)
    for row in table.rows:
        importer.row(row)
    importer.compare(today)
    return importer.done


def _missing_columns(mapping: Mapping, table: Table, name: str) -> Iterator[Problem]:
    for column in mapping.columns:
        if column not in table.columns:
            yield Problem(name, 1, 1, f"no column {column!r}{nearest(column, table.columns)}")


class _Importer:
    def __init__(self, fleet: Fleet, mapping: Mapping, table: Table, name: str, today: date) -> None:
        self.fleet, self.mapping, self.table, self.name, self.done = fleet, mapping, table, name, Imported()
        self.columns = {target: column for column, target in mapping.columns.items()}
        self.stores: dict[str, Store] = {}
        self.rows: dict[str, Row] = {}
        taken = fleet.stores.values()
        self.free = {region.id: free_indices(region, taken, today) for region in fleet.file.regions}

    def row(self, row: Row) -> None:
        document = self._document(row)
        known = self.fleet.stores.get(document.get("id", ""))
        if known:
            self._same(known, document, row)
            return
        self._number(document)
        store, faults = typed(document, self.fleet)
        for fault in faults:
            if fault != NO_INDEX:
                self._fault(row, fault)
        if store is None:
            return
        path = store_path(document)
        if path in self.rows:
            self._fault(row, f"id: {store.id} stands in row {self.rows[path].number} too")
            return
        self.stores[path], self.rows[path] = store, row
        self.done.new[path] = store_document(store)

    def compare(self, today: date) -> None:
        """Faults between the new stores, and between them and the chain's."""
        for path, message in clashes(self.fleet, self.stores, today):
            if path in self.rows:
                self._fault(self.rows[path], message)

    def _document(self, row: Row) -> dict[str, Any]:
        words = self.mapping.values
        cells = [
            (target, words.get(target, {}).get(row.cells[column], row.cells[column]))
            for column, target in self.mapping.columns.items()
            if column in row.cells
        ]
        document = filled(cells, list(self.mapping.defaults.items()), self.mapping.columns.values())
        return {"apiVersion": "retailops/v1", "kind": "Store", **document}

    def _number(self, document: dict[str, Any]) -> None:
        """Gives the next free index of the region where the table has none."""
        if "index" in document or document.get("region") not in self.free:
            return
        given = next(self.free[document["region"]], None)
        if given:
            document["index"], document["generation"] = map(str, given)

    def _same(self, known: Store, document: dict[str, Any], row: Row) -> None:
        store, faults = typed({**store_document(known), **document}, self.fleet)
        for fault in faults:
            self._fault(row, fault)
        if store is None:
            return
        told = (name for name, field in Store.model_fields.items() if (field.alias or name) in document)
        differs = [name for name in told if getattr(store, name) != getattr(known, name)]
        if differs:
            names = ", ".join(sorted(Store.model_fields[name].alias or name for name in differs))
            self._fault(row, f"id: {known.id} is there already and differs in {names}; an import only adds")
        else:
            self.done.unchanged.append(known.id)

    def _fault(self, row: Row, message: str) -> None:
        target = message.partition(":")[0]
        column = self.columns.get(target, "")
        place = self.table.columns.get(column, 1)
        named = f"column {column}: {message}" if column and column != target else message
        self.done.problems.append(Problem(self.name, row.number, place, named))
