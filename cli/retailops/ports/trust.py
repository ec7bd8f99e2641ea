"""Secrets, signatures, and what this computer has for each need."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Secrets(Protocol):
    """Resolves a reference (`file:…`, `env:…`, `sops:…`, `vault:…`) into a 0600 file that lives as long as the process."""

    def file(self, reference: str) -> Path: ...


@dataclass(frozen=True)
class Signature:
    """Who signed: the principal as the trust file names it, and the key's fingerprint (`SHA256:…`)."""

    signer: str
    fingerprint: str


class Signatures(Protocol):
    """Signs bytes and says who signed, for one namespace; `identity` is whom we sign as."""

    @property
    def identity(self) -> str: ...

    def prepare(self, namespace: str) -> tuple[str, ...]:
        """Makes sure that we can sign; returns a line for each thing that it had to do."""

    def sign(self, content: bytes, namespace: str) -> bytes:
        """The armoured signature; the same again for the same content."""

    def verify(self, content: bytes, armour: bytes, namespace: str) -> Signature:
        """Raises `GateNotMet` unless a trusted signer signed exactly this, for this namespace."""


@dataclass(frozen=True)
class Choice:
    """One need of the tool and what serves it here; `chosen` is empty where nothing does, and `remedy` then says how to get it."""

    need: str
    chosen: str
    version: str
    why: str
    stands_in: bool = False
    production: str = ""
    remedy: str = ""
