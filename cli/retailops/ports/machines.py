"""Machines that a cloud gives, and the clusters that are made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from retailops.ports.sites import Host
from retailops.ports.values import Json, OnLine


@dataclass(frozen=True)
class CloudMachine:
    """A machine outside every store: `host` is how the controller reaches it, `address` where its cluster's nodes do."""

    host: Host
    address: str


@dataclass(frozen=True)
class ImageArchive:
    """A container image as a file: `reference` is by digest, `sha256` the file's, `version` that of what is in it."""

    reference: str
    file: Path
    sha256: str
    version: str


class Machines(Protocol):
    """Gives and takes machines. Each call may be repeated after a death at any point; raises `RetailopsError`."""

    def make(self, name: str, on_line: OnLine) -> CloudMachine:
        """The machine of this name, made if it is missing; returns when its init says that it is done."""

    def find(self, name: str) -> CloudMachine | None: ...

    def remove(self, name: str, on_line: OnLine) -> None:
        """Nothing of it stays; a machine that is gone already counts as removed."""


class Clusters(Protocol):
    """Makes machines nodes of a cluster. Each call may be repeated; raises `ToolError`, `Unreachable`."""

    def serve(self, server: CloudMachine, on_line: OnLine, images: Iterable[ImageArchive] = ()) -> str:
        """The machine runs a cluster's server with these images, and is Ready; returns the admin kubeconfig, a secret."""

    def join(self, node: CloudMachine, server: CloudMachine, labels: Mapping[str, str], on_line: OnLine) -> None:
        """The machine is a Ready node of the server's cluster, by a token that ends soon."""

    def leave(self, node: str, server: CloudMachine, on_line: OnLine) -> None:
        """Nothing new goes to the node, what runs there ends in its own time elsewhere, then the cluster forgets it."""

    def nodes(self, server: CloudMachine) -> Mapping[str, bool]:
        """Name of each node -> whether it is Ready."""


class Records(Protocol):
    """What stands for a cloud's objects without machines: one JSON object a key, on disk when `put` returns."""

    def get(self, key: str) -> Mapping[str, Json] | None: ...

    def put(self, key: str, value: Mapping[str, Json]) -> None: ...

    def drop(self, key: str) -> None: ...


@dataclass(frozen=True)
class CloudPorts:
    """What a cloud made of our own machines needs.

    `images` are those of the centre's services that were made here; `front` is the reference of one that every machine has, and that
    takes sales on port 8080.
    """

    machines: Machines
    clusters: Clusters
    records: Records
    images: Mapping[str, ImageArchive] = field(default_factory=dict)
    front: str | None = None


class Web(Protocol):
    """Asks over HTTP."""

    def status(self, url: str, timeout: float) -> int:
        """The answer's status code; 0 where nobody answered in time."""
