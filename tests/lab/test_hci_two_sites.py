"""Two sites: tied together, the link cut and back, a copier killed, taken over, two histories, given back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hci_bench import Ground, at, bare_hosts
from lab_bench import killed_when, until

pytestmark = [pytest.mark.lab, pytest.mark.long]
MAIN, RECOVERY = ("r1", "r2", "r3"), ("q1", "q2", "q3")
COPIER = "ceph-rbd-mirror@rbd-mirror.{}.service"
MAKE = """
import json, os, subprocess, sys
import rados, rbd
argv = ["ceph", "-n", "mon.", "--keyring", "/var/lib/ceph/mon/ceph-h1/keyring", "auth", "get-key", "client.machines"]
key = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()
handle = rados.Rados(name="client.machines", conffile="/etc/ceph/ceph.conf", conf={"key": key})
handle.connect()
with handle.open_ioctx("machines") as io:
    rbd.RBD().create(io, "till", 1 << 24)
"""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, world: Path) -> Iterator[Ground]:
    """Three bare hosts at each site."""
    del world
    with bare_hosts(tmp_path_factory.mktemp("mirror") / "fleet", "hci_mirror.yaml") as made:
        yield made


def mirror(ground: Ground) -> dict[str, Any]:
    answer: dict[str, Any] = ground.answer("mirror", "status")
    return answer


def whole(ground: Ground) -> bool:
    return mirror(ground)["faults"] == []


def test_two_clusters_are_tied_together_also_after_a_kill(ground: Ground) -> None:
    ground.hci("up")
    ground.hci("up", "--site", "recovery")
    killed_when(ground.argv("mirror", "up"), at("Make the copier's key", changed=True))
    ground.hci("mirror", "up")
    assert until(lambda: whole(ground), 120)
    assert ground.answer("mirror", "up")["changed"] == {}
    assert ground.answer("up")["changed"] == {}


def test_a_new_volume_is_named_until_it_is_mirrored(ground: Ground) -> None:
    ground.run("h1", "python3", "-c", MAKE)
    assert mirror(ground)["faults"] == ["machines/till is not mirrored; retailops hci mirror up"]
    assert ground.answer("mirror", "up")["changed"].keys() == {"h1"}
    assert until(lambda: whole(ground), 180)
    (volume,) = mirror(ground)["volumes"]
    assert (volume["primary"], volume["splitBrain"]) == (["main"], False)


def test_the_key_of_the_other_site_is_in_no_file_of_a_host_or_of_the_fleet(ground: Ground) -> None:
    ring = "ceph -n mon. --keyring /var/lib/ceph/mon/ceph-v1/keyring auth get-key client.rbd-mirror-peer"
    key = ground.run("v1", "sh", "-c", ring).strip()
    assert len(key) > 30
    for host in ("h1", "v1"):
        search = 'grep -rlF "$1" /etc /run /root /tmp /var/log /var/lib/ceph --exclude-dir=store.db || true'
        assert ground.run(host, "sh", "-c", search, "sh", key) == "", host
    assert [path for path in ground.fleet.rglob("*") if path.is_file() and key.encode() in path.read_bytes()] == []


def test_the_link_is_cut_and_comes_back(ground: Ground) -> None:
    before = mirror(ground)["volumes"][0]["sites"]["recovery"]["point"]
    ground.faults.split(MAIN, RECOVERY)
    try:
        assert until(lambda: any("s behind at recovery" in line for line in mirror(ground)["faults"]), 300)
    finally:
        ground.faults.join()
    assert until(lambda: whole(ground), 300)
    assert mirror(ground)["volumes"][0]["sites"]["recovery"]["point"] > before


def test_a_copier_that_is_killed_starts_again_however_often(ground: Ground) -> None:
    for host in ("v1", "v2"):
        for _ in range(5):
            ground.run(host, "systemctl", "kill", "--signal=KILL", COPIER.format(host), check=False)
            unit = COPIER.format(host)
            assert until(lambda unit=unit, host=host: active(ground, host, unit), 30)
    assert until(lambda: whole(ground), 300)


def active(ground: Ground, host: str, unit: str) -> bool:
    return ground.run(host, "systemctl", "is-active", unit, check=False).strip() == "active"


def test_taking_over_from_a_site_that_is_written_is_refused(ground: Ground) -> None:
    said = ground.hci("mirror", "promote", "recovery", "--yes", code=6)
    assert "main answers and is written: machines/till" in said
    assert "Nobody is here to answer" in ground.hci("mirror", "promote", "recovery", "--force", code=2)
    assert mirror(ground)["volumes"][0]["primary"] == ["main"]


def test_forced_there_are_two_histories_and_one_is_thrown_away_when_it_is_said_so(ground: Ground) -> None:
    ground.hci("mirror", "promote", "recovery", "--force", "--yes")
    assert mirror(ground)["volumes"][0]["primary"] == ["main", "recovery"]
    assert any("split-brain" in line for line in mirror(ground)["faults"])
    assert "can't be switched to" in ground.hci("mirror", "switchover", "main", "--yes", code=6)
    assert ground.answer("mirror", "resync", "main", "--yes")["resynced"] == ["machines/till"]
    assert ground.answer("mirror", "resync", "main", "--yes")["resynced"] == []
    assert mirror(ground)["volumes"][0]["primary"] == ["recovery"]


def test_sides_are_changed_and_nothing_is_lost(ground: Ground) -> None:
    assert until(lambda: whole(ground), 180)
    assert ground.answer("mirror", "switchover", "main", "--yes")["promoted"] == ["machines/till"]
    assert ground.answer("mirror", "switchover", "main", "--yes")["promoted"] == []
    assert until(lambda: whole(ground), 180)


def test_a_site_is_lost_taken_over_and_given_back(ground: Ground) -> None:
    (ran,) = ground.answer("drill", "mirror", "--yes")["runs"]
    figures = {each["name"]: each for each in ran["figures"]}
    assert ran["wrong"] == []
    assert figures["records missing that were written before the snapshot"]["value"] == 0
    assert figures["two histories are named"]["value"] == 1
    assert figures["records of the other site missing after the return"]["value"] == 0
