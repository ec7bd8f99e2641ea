"""The mapping of an import: which column of a table is which field of a store."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from retailops.errors import FleetError, Problem
from retailops.model.binding import bind
from retailops.model.folder import read
from retailops.model.parsing import BadYaml, parse
from retailops.model.stores import Device, Store, Uplink
from retailops.model.values import FreeText, Misplaced, Part, entries, nearest, shown

_LISTS: dict[str, type[Part]] = {"uplinks": Uplink, "devices": Device}
_MAPPINGS = ("prefixes", "externalIds", "serials")
_TEXTS = ("name", "address")
_PLAIN = frozenset(field.alias or name for name, field in Store.model_fields.items()) - {
    *("apiVersion", "kind", "overrides"),
    *_LISTS,
    *_MAPPINGS,
}
LISTS_OF_TEXT = ("hours", "maintenance")
_PATH = re.compile(r"(?P<head>[a-zA-Z]+)(\[(?P<place>\d)\])?(\.(?P<tail>[a-zA-Z0-9-]+))?")


def _field(value: str) -> str:
    found = _PATH.fullmatch(value)
    head, place, tail = found.group("head", "place", "tail") if found else (value, None, None)
    if head in _LISTS:
        known = [field.alias or name for name, field in _LISTS[head].model_fields.items()]
        fits = place is not None and tail in known
    elif head in _MAPPINGS:
        fits = place is None and tail is not None
    else:
        fits = place is None and head in _PLAIN and (tail is None or (head in _TEXTS and tail in ("zh", "en")))
    if not fits:
        shapes = [*_PLAIN, *(f"{name}.zh" for name in _TEXTS), *(f"{name}[0].id" for name in _LISTS)]
        raise ValueError(f"{shown(value)} is no field of a store{nearest(value, shapes)}")
    return value


FieldPath = Annotated[str, AfterValidator(_field)]
"""`format`, `name.zh`, `uplinks[0].carrier`, `externalIds.erp`."""


class Mapping(Part):
    """`columns` is header -> field; `values` is field -> text of the table -> our word; `defaults` is field -> text."""

    api_version: Literal["retailops/v1"]
    kind: Literal["Import"]
    sheet: FreeText | None = None
    encoding: FreeText = "utf-8"
    columns: Annotated[dict[FreeText, FieldPath], entries(1)]
    values: dict[FieldPath, dict[FreeText, FreeText]] = Field(default_factory=dict)
    defaults: dict[FieldPath, FreeText] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _each_once(self) -> Mapping:
        targets = list(self.columns.values())
        for column, target in self.columns.items():
            if targets.count(target) > 1:
                raise Misplaced(f"{target} comes from more than one column", "columns", column)
        named = {*targets, *self.defaults}
        for text in _TEXTS:
            if text in named and named & {f"{text}.zh", f"{text}.en"}:
                raise Misplaced(f"{text} is named whole and by language", "columns")
        return self


def load_mapping(path: Path) -> Mapping:
    """The mapping in a YAML file; FleetError with every problem."""
    data = read(path.parent, path.name)
    problems: tuple[Problem, ...] = ()
    if isinstance(data, Problem):
        problems = (data,)
    else:
        try:
            bound = bind(Mapping, parse(data, path.name), data, path.name)
            if bound.value is not None:
                return bound.value
            problems = bound.problems
        except BadYaml as error:
            problems = (error.problem,)
    raise FleetError(f"the mapping {path} is wrong", problems, resolution="It maps columns to fields of a store.")


def filled(
    cells: Iterable[tuple[str, str]], defaults: Iterable[tuple[str, str]], mapped: Collection[str]
) -> dict[str, Any]:
    """A store's document from (field, text): cells first, then defaults where no cell spoke.

    A list's item to which columns are `mapped` stays away where none of them has a cell.
    """
    document: dict[str, Any] = {}
    for field, text in cells:
        _put(document, field, text)
    with_columns = {field.partition(".")[0] for field in mapped}
    with_cells = {field.partition(".")[0] for field, _ in cells}
    for field, text in defaults:
        head = field.partition(".")[0]
        if "[" not in head or head not in with_columns or head in with_cells:
            _put(document, field, text)
    for name in _LISTS:
        if name in document:
            document[name] = [item for item in document[name] if item]
    return document


def _put(document: dict[str, Any], field: str, text: str) -> None:
    """Sets a field that is not set yet; lists grow with empty mappings up to the place named."""
    head, _, tail = field.partition(".")
    name, _, place = head.rstrip("]").partition("[")
    if not tail:
        document.setdefault(name, [part.strip() for part in text.split(";")] if name in LISTS_OF_TEXT else text)
    elif place:
        items = document.setdefault(name, [])
        items += [{} for _ in range(int(place) + 1 - len(items))]
        items[int(place)].setdefault(tail, text)
    else:
        document.setdefault(name, {}).setdefault(tail, text)
