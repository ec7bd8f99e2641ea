"""A stack's configuration as a program reads it: a missing or odd value is one line that names its key."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

import pulumi


@dataclass(frozen=True)
class Settings:
    """`get` gives a value of `namespace` or None; every method raises `pulumi.RunError` naming the file and the key."""

    namespace: str
    get: Callable[[str], str | None]

    def fault(self, key: str, what: str) -> pulumi.RunError:
        """The error to raise where the value of `key` is odd; `what` follows the key's name."""
        return pulumi.RunError(f"Pulumi.{pulumi.get_stack()}.yaml: {self.namespace}:{key} {what}")

    def text(self, key: str) -> str:
        value = self.get(key)
        if not value:
            raise self.fault(key, "is missing")
        return value

    def whole(self, key: str) -> int:
        value = self.text(key)
        if not (value.isascii() and value.isdigit()):
            raise self.fault(key, f"is {value!r}, not a whole number")
        return int(value)

    def network(self, key: str) -> IPv4Network:
        return self._network(key, self.text(key))

    def document(self, key: str, kind: type[list[Any]] | type[dict[str, Any]]) -> Any:
        """A JSON list or object; empty where the key is missing."""
        value = self.get(key)
        try:
            found = json.loads(value) if value else kind()
        except ValueError:
            found = None
        if not isinstance(found, kind):
            raise self.fault(key, f"is no JSON {'list' if kind is list else 'object'}")
        return found

    def networks(self, key: str) -> tuple[IPv4Network, ...]:
        return tuple(self._network(key, str(item)) for item in self.document(key, list))

    def each(self, key: str, kind: Callable[..., Any]) -> tuple[Any, ...]:
        """A JSON list of objects, each one as `kind(**object)`."""
        return tuple(self._one(key, kind, item) for item in self.document(key, list))

    def one(self, key: str, kind: Callable[..., Any]) -> Any:
        """A JSON object as `kind(**object)`, or None where the key is missing."""
        return self._one(key, kind, self.document(key, dict)) if self.get(key) else None

    def _one(self, key: str, kind: Callable[..., Any], item: Any) -> Any:
        try:
            return kind(**item)
        except TypeError as error:
            raise self.fault(key, f"has an odd entry: {error}") from error

    def _network(self, key: str, text: str) -> IPv4Network:
        try:
            return IPv4Network(text)
        except ValueError as error:
            raise self.fault(key, f"is no range: {error}") from error
