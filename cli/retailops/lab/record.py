"""What a lab is, as its `lab.json` says: enough to build, repair and take down everything without the fleet repository."""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from retailops.errors import RetailopsError, UsageError

VERSION = 1
_ID = re.compile(r"[a-z0-9]{1,8}")


@dataclass(frozen=True)
class UplinkSpec:
    """A store's line: `isp` is the provider's letter (`a`, `b`, `c`), rates are Mbit/s seen from the store."""

    id: str
    isp: str
    down_mbit: int
    up_mbit: int


@dataclass(frozen=True)
class DeviceSpec:
    """A device on a store's LAN: `name` without the store's id (`pos1`)."""

    name: str
    zone: str
    mac: str


@dataclass(frozen=True)
class StoreSpec:
    """A store of the lab in the compact format: one gateway, one server, its lines, zones and devices."""

    id: str
    zones: tuple[str, ...]
    uplinks: tuple[UplinkSpec, ...]
    devices: tuple[DeviceSpec, ...]


@dataclass(frozen=True)
class MemberSpec:
    """A machine of the lab's cloud: `place` (1-40) gives its addresses; `leaving` while it is being removed."""

    name: str
    place: int
    leaving: bool = False


@dataclass(frozen=True)
class DiskSpec:
    """A disk of a hyperconverged host: a file of `gib` GiB that is named by its serial number."""

    serial: str
    gib: int


@dataclass(frozen=True)
class ControllerSpec:
    """A host's management controller: where it answers, to whom; `password` is a file of the fleet repository."""

    address: str
    user: str
    password: str


@dataclass(frozen=True)
class HciSpec:
    """A hyperconverged host: `number` gives its address in `storage`, a prefix; its cables go to its rack's switch."""

    name: str
    rack: str
    number: int
    storage: str
    disks: tuple[DiskSpec, ...]
    controller: ControllerSpec | None = None


@dataclass(frozen=True)
class Record:
    """One lab. `slice` is the n of its `198.18.0.0/15`'s n-th /24, `base` the folder of the hosts' read-only image.

    `layer` lies over it in hyperconverged hosts.
    """

    id: str
    fleet: str
    base: str
    slice: int
    stores: tuple[StoreSpec, ...] = field(default=())
    members: tuple[MemberSpec, ...] = field(default=())
    hci: tuple[HciSpec, ...] = field(default=())
    layer: str = ""
    version: int = VERSION

    def with_stores(self, stores: tuple[StoreSpec, ...]) -> Record:
        """The same lab with more stores; a store that is there keeps its place, so its numbers stay."""
        have = {store.id for store in self.stores}
        return replace(self, stores=self.stores + tuple(store for store in stores if store.id not in have))

    def with_hci(self, hosts: tuple[HciSpec, ...], layer: str) -> Record:
        """The same lab with these hyperconverged hosts too; one that is there stays what it was."""
        have = {host.name for host in self.hci}
        more = tuple(host for host in hosts if host.name not in have)
        return replace(self, hci=self.hci + more, layer=self.layer or layer)


def check_id(lab: str) -> str:
    """The id itself; UsageError for one that can't be part of an interface's name."""
    if not _ID.fullmatch(lab):
        raise UsageError(f"lab id {lab!r} is not 1-8 of a-z and 0-9", resolution="Choose another with --id.")
    return lab


def default_id(fleet: Path) -> str:
    """The id of a fleet repository's own lab: the same at every call, another for another folder."""
    return "l" + hashlib.sha256(str(fleet.resolve()).encode()).hexdigest()[:5]


def labs_folder() -> Path:
    """Where all labs of this user keep their state."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state"
    return Path(state) / "retailops" / "labs"


def folder(lab: str) -> Path:
    return labs_folder() / check_id(lab)


def write(record: Record) -> None:
    write_json(folder(record.id) / "lab.json", asdict(record))


def write_json(target: Path, document: Mapping[str, Any]) -> None:
    """Replaces a file of a lab's folder in one step, on disk when it returns."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = target.with_suffix(f".{os.getpid()}.{threading.get_ident()}.tmp")
    with temporary.open("w") as file:
        json.dump(document, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(target)


def read(lab: str) -> Record | None:
    """The lab's record, or None where there is none; RetailopsError for one that can't be read."""
    path = folder(lab) / "lab.json"
    try:
        return _parse(json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise RetailopsError(
            f"{path} can't be read as a lab's record",
            details=str(error),
            resolution=f"retailops lab down --id {lab}, then lab up",
        ) from error


def every() -> list[Record]:
    """All labs of this user that can be read, by id."""
    found = (read(path.parent.name) for path in sorted(labs_folder().glob("*/lab.json")))
    return [record for record in found if record is not None]


def _parse(data: dict[str, Any]) -> Record:
    if data["version"] != VERSION:
        raise ValueError(f"version {data['version']}, this tool knows {VERSION}")
    stores = tuple(
        StoreSpec(
            store["id"],
            tuple(store["zones"]),
            tuple(UplinkSpec(**uplink) for uplink in store["uplinks"]),
            tuple(DeviceSpec(**device) for device in store["devices"]),
        )
        for store in data["stores"]
    )
    members = tuple(MemberSpec(**member) for member in data.get("members", ()))
    hci = tuple(_hyperconverged(host) for host in data.get("hci", ()))
    return Record(data["id"], data["fleet"], data["base"], data["slice"], stores, members, hci, data.get("layer", ""))


def _hyperconverged(data: dict[str, Any]) -> HciSpec:
    """What a later version wrote beside is passed over: labs of two versions share one computer, and each reads all records."""
    known = {key: data[key] for key in data if key in HciSpec.__dataclass_fields__}
    controller = ControllerSpec(**data["controller"]) if data.get("controller") else None
    return HciSpec(**{**known, "disks": tuple(DiskSpec(**disk) for disk in data["disks"]), "controller": controller})
