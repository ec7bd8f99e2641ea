"""The hyperconverged hosts: where they are, and the faults that a lab can give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

from retailops.ports.sites import Host

ControllerMood = Literal["honest", "silent", "lying"]
"""`silent`: nobody reaches it; `lying`: it says that the power is off, and cuts nothing."""


class Ground(Protocol):
    """Where the hosts under the private cloud are; raises `RetailopsError` where there are none yet."""

    @property
    def stands_in(self) -> tuple[str, ...]: ...

    def hosts(self) -> Mapping[str, Host]:
        """Name of each host of fleet.yaml -> how the controller reaches it."""


class Faults(Protocol):
    """Faults on purpose, for drills. Each but `rot` may be given and taken back twice; only a lab has them."""

    def unplug(self, rack: str) -> None:
        """The rack's cable is pulled: no interface of its hosts goes down, and nobody else hears them."""

    def replug(self, rack: str) -> None: ...

    def split(self, one: tuple[str, ...], other: tuple[str, ...]) -> None:
        """Racks of `one` and of `other` no longer hear each other."""

    def join(self) -> None:
        """Takes every split back."""

    def power_off(self, host: str) -> None:
        """The host is gone at once, as by its power switch."""

    def power_on(self, host: str) -> None: ...

    def controller(self, host: str, mood: ControllerMood) -> None:
        """How the host's management controller behaves from now on."""

    def rot(self, host: str, serial: str, head: bytes) -> None:
        """The byte with which `head` begins is another one on this disk from now on; refused where the disk has `head` not exactly once.

        Nothing takes it back but whoever mends the data.
        """
