"""Hosts and lines: where a store's machines are, how they are asked, how a line is cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from retailops.ports.values import Json, OnLine

Role = Literal["gateway", "server", "agent", "hub", "centre", "cloud", "hci", "device"]
Direction = Literal["both", "in", "out"]


@dataclass(frozen=True)
class Host:
    """A machine that can be reached now: `name` is unique in the fleet (`s0001-gw1`, `hub1`).

    `address` is where the controller finds it (SSH), or the namespace's name for `transport="netns"` (lab devices only).
    `zone` is set for devices: the zone whose network they are plugged into.
    """

    name: str
    role: Role
    address: str
    store: str | None = None
    zone: str | None = None
    transport: Literal["ssh", "netns"] = "ssh"
    user: str = "root"
    port: int = 22
    identity: Path | None = None
    known_hosts: Path | None = None


@dataclass(frozen=True)
class Interface:
    """How a network of the design is plugged into a host: `network` is `uplink:<id>`, `zone:<zone>`, `centre`, `management` or `crosslink`."""

    network: str
    device: str


@dataclass(frozen=True)
class Site:
    """What is known of a store's machines and the hubs it calls, from the lab or from an inventory; never computed from the design.

    `interfaces` maps a host's name to its plugs; `endpoints` maps `(hub, uplink id)` as `"hub1/a"` to `address:port`-less
    addresses at which the hub answers on that uplink's provider.
    """

    store: str
    hosts: tuple[Host, ...]
    interfaces: Mapping[str, tuple[Interface, ...]]
    endpoints: Mapping[str, str]
    stands_in: tuple[str, ...] = ()


class Sites(Protocol):
    """Where a store's machines are. Raises `RetailopsError` where the store has none yet."""

    def site(self, store: str) -> Site: ...


@dataclass(frozen=True)
class Reading:
    """One question to a host, answered by a small read-only program of `retailops/probes/<name>.py` that runs there.

    The program gets `args` as one JSON object on its command line's only argument and prints one JSON object.
    """

    name: str
    args: Mapping[str, Json] = field(default_factory=dict)
    timeout: float = 30.0


class Prober(Protocol):
    """Asks hosts. Raises `Unreachable` if the host does not answer, `ToolError` if the program failed there."""

    def read(self, host: Host, reading: Reading) -> dict[str, Json]: ...

    def reboot(self, host: Host) -> None:
        """Ask for an orderly reboot and return at once."""


class Lines(Protocol):
    """Cuts a store's internet line beyond the store's own equipment, so that no interface there goes down."""

    def cut(self, store: str, uplink: str, direction: Direction = "both") -> None: ...

    def heal(self, store: str, uplink: str) -> None: ...

    def state(self, store: str) -> Mapping[str, str]:
        """Uplink id -> `up` or the direction that is cut."""


@dataclass(frozen=True)
class Verdict:
    """What the hosts' own tests said: `failed` names each test with its last words."""

    passed: int
    failed: Mapping[str, str]
    seconds: float

    def to_json(self) -> dict[str, Json]:
        return {"passed": self.passed, "failed": dict(self.failed), "seconds": round(self.seconds, 2)}


class Verifier(Protocol):
    """Runs `playbooks/verify/test_*.py` (testinfra) against hosts. Raises `ToolError` where they can't run at all."""

    def verify(self, hosts: Sequence[Host], on_line: OnLine) -> Verdict: ...
