"""The rendered map, by Ceph's own `crushtool`."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from fleets import hci, stretched

from retailops.model.hosts import Hci
from retailops.render.hci_crush import crush_map, osds

pytestmark = pytest.mark.skipif(shutil.which("crushtool") is None, reason="no crushtool here (Debian: ceph-base)")
GROUPS = 4096


def _mappings(hosts: Hci, copies: int, folder: Path) -> list[list[int]]:
    """For each of GROUPS placement groups, the numbers of the disks that hold it."""
    text, compiled = folder / "map.txt", folder / "map"
    text.write_bytes(crush_map(hosts))
    subprocess.run(["crushtool", "-c", text, "-o", compiled], check=True, capture_output=True)
    command = ["crushtool", "-i", compiled, "--test", "--rule", "0", "--num-rep", str(copies), "--show-mappings"]
    said = subprocess.run(
        [*command, "--min-x", "0", "--max-x", str(GROUPS - 1)], check=True, capture_output=True, text=True
    )
    return [[int(n) for n in line[line.index("[") + 1 : -1].split(",")] for line in said.stdout.splitlines()]


def test_every_group_of_a_hundred_hosts_spans_racks(tmp_path: Path) -> None:
    hosts = hci({f"r{n}": 10 for n in range(1, 11)})
    rack = {disk.id: host.rack for disk in osds(hosts) for host in hosts.hosts if host.id == disk.host}
    groups = _mappings(hosts, 3, tmp_path)
    assert len(groups) == GROUPS
    assert {len({rack[disk] for disk in group}) for group in groups} == {3}
    used = Counter(rack[disk] for group in groups for disk in group)
    assert max(used.values()) < 1.1 * min(used.values())


def test_between_two_rooms_each_group_has_two_copies_in_each(tmp_path: Path) -> None:
    hosts = stretched({"a1": 2, "a2": 2, "b1": 2, "b2": 2})
    rack = {disk.id: host.rack for disk in osds(hosts) for host in hosts.hosts if host.id == disk.host}
    for group in _mappings(hosts, 4, tmp_path):
        assert sorted(rack[disk] for disk in group) == ["a1", "a2", "b1", "b2"]
