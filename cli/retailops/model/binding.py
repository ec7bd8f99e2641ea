"""Plain values into a model type, and pydantic's errors into problems with their place and field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from retailops.errors import Problem
from retailops.model.parsing import Loc, Place, parse
from retailops.model.values import Misplaced, nearest, shown

M = TypeVar("M", bound=BaseModel)


class Places:
    """Where each key and value of a file stands; made only once something is wrong with it."""

    def __init__(self, data: bytes, path: str) -> None:
        self.path = path
        self._keys: dict[Loc, Place] = {}
        self._values: dict[Loc, Place] = {}
        parse(data, path, self._see)

    def _see(self, loc: Loc, is_key: bool, place: Place) -> None:
        (self._keys if is_key else self._values)[loc] = place

    def problem(self, loc: Loc, message: str, *, at_key: bool = False) -> Problem:
        """A problem at the value of `loc`, or at its key; what isn't there is placed at what holds it."""
        first = self._keys if at_key else self._values
        while loc:
            place = first.get(loc) or self._values.get(loc)
            if place:
                return Problem(self.path, *place, message)
            loc = loc[:-1]
        return Problem(self.path, 1, 1, message)


@dataclass(frozen=True)
class Bound(Generic[M]):
    """The typed value, or every problem of the file, the fields that have one, and where everything stands."""

    value: M | None
    problems: tuple[Problem, ...] = ()
    bad: frozenset[Loc] = frozenset()
    places: Places | None = None


def bind(kind: type[M], value: Any, data: bytes, path: str) -> Bound[M]:
    """Types `value`, which is what `parse(data, path)` gave."""
    if not isinstance(value, dict):
        message = "is empty" if value is None else "has no keys: a mapping is wanted"
        return Bound(None, (Problem(path, 1, 1, message),))
    try:
        return Bound(kind.model_validate(value, by_alias=True, by_name=False))
    except ValidationError as error:
        places = Places(data, path)
        faults = [_light(dict(fault)) for fault in error.errors(include_url=False)]
        problems = {_problem(places, kind, fault) for fault in faults}
        return Bound(None, tuple(sorted(problems)), frozenset(map(_loc, faults)), places)


def _light(fault: dict[str, Any]) -> dict[str, Any]:
    """Without its traceback, which would keep everything of this file alive while the collector is off."""
    cause = fault.get("ctx", {}).get("error")
    if isinstance(cause, Exception):
        cause.__traceback__ = None
    return fault


def _loc(fault: dict[str, Any]) -> Loc:
    loc: Loc = tuple(part for part in fault["loc"] if part != "[key]")
    cause = fault.get("ctx", {}).get("error")
    return (*loc, *cause.loc) if isinstance(cause, Misplaced) else loc


def _problem(places: Places, kind: type[BaseModel], fault: dict[str, Any]) -> Problem:
    loc = _loc(fault)
    at_key = fault["type"] == "extra_forbidden" or fault["loc"][-1:] == ("[key]",)
    message = _message(kind, loc, fault)
    if fault["type"] == "missing":
        return places.problem(loc[:-1], f"{_field(loc[:-1])}lacks {loc[-1]}")
    if fault["type"] == "extra_forbidden":
        return places.problem(loc, f"{_field(loc[:-1])}{message}", at_key=True)
    return places.problem(loc, f"{_field(loc)}{message}", at_key=at_key)


def field_name(loc: Iterable[str | int]) -> str:
    """`uplinks[0].plane`, as messages name a field."""
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{_word(part)}"
    return text.lstrip(".")


def _word(part: str) -> str:
    return part if part.isidentifier() and part.isascii() else shown(part)


def _field(loc: Loc) -> str:
    return f"{field_name(loc)}: " if loc else ""


_WANTED = {
    "string_type": "text",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "date_type": "a date (2027-03-01)",
    "ip_v4_network": "a prefix (10.1.0.0/16)",
    "ip_v4_address": "an IPv4 address",
}


def _message(kind: type[BaseModel], loc: Loc, fault: dict[str, Any]) -> str:
    what, value, context = fault["type"], fault.get("input"), fault.get("ctx", {})
    if what == "extra_forbidden":
        return f"unknown key {shown(loc[-1])}{nearest(str(loc[-1]), _known(kind, loc[:-1]))}"
    if what == "value_error":
        return str(context["error"])
    if value is None:
        return "has no value"
    if what == "literal_error":
        names = [name.strip("'") for name in context["expected"].replace(" or ", ", ").split(", ")]
        return f"{shown(value)} is none of {', '.join(names)}{nearest(str(value), names)}"
    if what in _WANTED:
        given = "" if isinstance(value, (dict, list)) else f", not {shown(value)}"
        return f"should be {_WANTED[what]}{given}"
    message = str(fault["msg"]).removeprefix("Input ")
    return message[:1].lower() + message[1:]


def _known(kind: type[BaseModel], loc: Loc) -> list[str]:
    current: type[BaseModel] | None = kind
    for part in loc:
        if isinstance(part, str) and current is not None:
            current = _part_type(current, part)
    return [] if current is None else [field.alias or name for name, field in current.model_fields.items()]


def _part_type(kind: type[BaseModel], key: str) -> type[BaseModel] | None:
    for name, field in kind.model_fields.items():
        if key in (name, field.alias):
            return _first_model(field.annotation)
    return None


def _first_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        if found := _first_model(argument):
            return found
    return None
