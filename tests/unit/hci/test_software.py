"""Packages of this site's hosts, and of no other's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from fleets import hci

from retailops.errors import RetailopsError
from retailops.hci.changes.software import HostsSoftware
from retailops.hci.standing import Standing
from retailops.ports import Host, OnLine, Play, Reading

HOSTS = hci({"r1": 1, "r2": 1, "r3": 1}, disks=1)
OLD, NEW = "16.2.15-1", "16.2.16-1"


class World:
    """Prober and configurator; keeps what was played on which host."""

    def __init__(self) -> None:
        self.played: list[tuple[str, dict[str, list[str]]]] = []

    def read(self, _host: Host, reading: Reading) -> dict[str, Any]:
        assert reading.name == "ceph_packages"
        return {"installed": {"ceph-osd": OLD}, "candidate": {"ceph-osd": NEW}}

    def play(self, play: Play, _on_line: OnLine) -> None:
        names = [host.name for host in play.groups["hci"]]
        assert names == list(play.variables)
        self.played.append((play.playbook, {name: play.variables[name]["packages"] for name in names}))


def software(world: World, **more: Any) -> HostsSoftware:
    names = [*(host.id for host in HOSTS.hosts), "v1"]
    hosts = {name: Host(name, "hci", f"198.18.0.{n}") for n, name in enumerate(names)}
    ground = SimpleNamespace(hosts=lambda: hosts)
    ports = SimpleNamespace(world="lab", prober=world, configurator=world, ground=ground)
    return HostsSoftware(Standing(HOSTS.model_copy(update=more), "lanxing", cast(Any, ports)), lambda _line: None)


def test_lists_are_fetched_on_every_host_of_this_site_before_they_are_read() -> None:
    world = World()
    found = software(world).packages()
    assert {name: each.newer for name, each in found.items()} == {
        name: {"ceph-osd": NEW} for name in ("h01", "h02", "h03")
    }
    assert world.played == [("hci_upgrade", {"h01": [], "h02": [], "h03": []})]


def test_packages_are_named_with_their_versions() -> None:
    world = World()
    software(world).install({"h02": {"ceph-osd": NEW, "librados2": NEW}})
    assert world.played == [("hci_upgrade", {"h02": [f"ceph-osd={NEW}", f"librados2={NEW}"]})]


def test_containers_are_refused_with_who_changes_them() -> None:
    world = World()
    with pytest.raises(RetailopsError, match="whose versions are cephadm's"):
        software(world, backend="cephadm").packages()
    assert world.played == []
