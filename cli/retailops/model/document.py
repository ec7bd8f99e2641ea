"""A design as JSON values."""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from pydantic import BaseModel

_PLAIN = (str, int, bool, float, type(None))
_TEXT = (IPv4Address, IPv4Network)


def design_document(design: Any) -> dict[str, Any]:
    """Every field of a dataclass such as `StoreDesign`; names as in Python, addresses as text."""
    kind: Any = type(design)
    return {name: _plain(getattr(design, name)) for name in _names(kind)}


def _plain(value: Any) -> Any:
    kind: Any = type(value)
    if kind in _PLAIN:
        return value
    if kind in _TEXT:
        return str(value)
    if kind is dict:
        return {str(key): _plain(item) for key, item in value.items()}
    if kind is tuple or kind is list:
        return [_plain(item) for item in value]
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return {name: _plain(getattr(value, name)) for name in _names(kind)}


@lru_cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
