"""The modules of the hci roles, run as Ansible runs them, with programs that stand for Ceph's and folders of the test."""

from __future__ import annotations

import json
import os
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest
from hci_module import SYSTEMCTL, programs, run_module

OURS, OTHER = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
CEPH_OSD = """#!/bin/sh
[ -e "$HOME/die-in-mkfs" ] && exit 1
while [ $# -gt 0 ]; do case $1 in --osd-data) data=$2;; --osd-uuid) uuid=$2;; esac; shift; done
printf 'bluestore block device\\n%s\\n' "$uuid" | dd of="$data/block" conv=notrunc status=none
echo "$uuid" >"$data/fsid"
"""
CEPH = """#!/bin/sh
for word; do [ "$last" = new ] && uuid=$word; last=$word; done
said=$(cat); echo "$said" >>"$HOME/entered"
grep -qs "$uuid" "$HOME/numbers" || echo "$uuid" >>"$HOME/numbers"
grep -n "$uuid" "$HOME/numbers" | cut -d: -f1
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    authtool = "#!/bin/sh\nod -An -tx8 -N8 /dev/urandom | tr -d ' '\n"
    programs(tmp_path, ceph_osd=CEPH_OSD, ceph=CEPH, ceph_authtool=authtool, systemctl=SYSTEMCTL)
    for folder in ("osd", "disks"):
        (tmp_path / folder).mkdir()
    return tmp_path


def run(home: Path, check: bool = False, **args: Any) -> dict[str, Any]:
    return run_module("retailops_ceph_osd", home, check, **args)


def disk(home: Path, serial: str = "S1", content: bytes = b"", name: str = OURS) -> dict[str, str]:
    path = home / "disks" / serial
    path.write_bytes(content)
    os.truncate(path, 1 << 24)
    return {"serial": serial, "uuid": name, "kind": "ssd", "path": str(path)}


def test_an_empty_disk_becomes_an_osd_once(home: Path) -> None:
    wanted = [disk(home), disk(home, "S2", name=OTHER)]
    first = run(home, disks=wanted, key="AQB0")
    assert first["made"] == ["S1", "S2"], first
    assert first["units"] == ["ceph-osd@1.service", "ceph-osd@2.service"]
    assert (home / "osd/ceph-1/keyring").read_text().startswith("[osd.1]\n\tkey = ")
    assert (home / "osd/ceph-1/keyring").stat().st_mode & 0o777 == 0o600
    assert not (home / "osd/ceph-1/secret").exists()
    second = run(home, disks=wanted, key="AQB0")
    assert (second["changed"], second["units"]) == (False, first["units"])


def test_check_mode_enters_nothing(home: Path) -> None:
    would = run(home, check=True, disks=[disk(home)])
    assert (would["changed"], would["made"], would["units"]) == (True, ["S1"], [])
    assert not (home / "entered").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"bluestore block device\n" + OTHER.encode() + b"\n", f"disk S1 is OSD {OTHER} of some cluster, not ours"),
        (b"\0" * 1024 + b"somebody's data", "disk S1 is not empty, and nobody knows what it holds"),
        (b"\0" * 510 + b"\x55\xaa", "disk S1 carries dos; whoever is sure that it may go wipes it by hand"),
    ],
)
def test_a_disk_with_anything_on_it_is_refused_and_left_as_it_was(home: Path, content: bytes, said: str) -> None:
    wanted = [disk(home, "S2", name=OTHER), disk(home, content=content)]
    before = Path(wanted[1]["path"]).read_bytes()
    answer = run(home, disks=wanted, key="AQB0")
    assert answer["failed"]
    assert answer["msg"].startswith(said)
    assert Path(wanted[1]["path"]).read_bytes() == before
    assert not (home / "entered").exists(), "the other disk was touched before all were judged"


def test_a_file_system_is_named(home: Path) -> None:
    wanted = disk(home)
    subprocess.run(["/sbin/mkfs.ext4", "-q", wanted["path"]], check=True)
    answer = run(home, disks=[wanted], key="AQB0")
    assert answer["msg"].startswith("disk S1 carries ext4; whoever is sure")


def test_a_disk_that_is_not_there_is_named(home: Path) -> None:
    wanted = disk(home)
    Path(wanted["path"]).unlink()
    assert run(home, disks=[wanted], key="AQB0")["msg"] == f"disk S1 is not in this host ({wanted['path']})"


def test_killed_between_entering_and_making_it_goes_on_with_the_same_key(home: Path) -> None:
    (home / "die-in-mkfs").touch()
    wanted = [disk(home)]
    assert run(home, disks=wanted, key="AQB0")["failed"]
    (home / "die-in-mkfs").unlink()
    assert run(home, disks=wanted, key="AQB0")["units"] == ["ceph-osd@1.service"]
    entered = [json.loads(line)["cephx_secret"] for line in (home / "entered").read_text().splitlines()]
    assert len(entered) == 2
    assert len(set(entered)) == 1
    assert entered[0] in (home / "osd/ceph-1/keyring").read_text()
    assert [path.name for path in (home / "osd").iterdir()] == ["ceph-1"]


def test_a_half_made_disk_of_ours_is_made_anew(home: Path) -> None:
    wanted = [disk(home, content=b"bluestore block device\n" + OURS.encode() + b"\n")]
    assert run(home, disks=wanted, key="AQB0")["made"] == ["S1"]


def test_what_is_left_of_a_disk_that_was_taken_out_is_tidied_up_for_the_new_one(home: Path) -> None:
    old, new = disk(home), disk(home, "S2", name=OTHER)
    run(home, disks=[old], key="AQB0", known={})
    (home / "numbers").unlink()
    would = run(home, check=True, disks=[new], known={})
    assert (would["changed"], would["retired"]) == (True, ["ceph-osd@1.service"])
    answer = run(home, disks=[new], key="AQB0", known={})
    assert (answer["made"], answer["retired"], answer["units"]) == (
        ["S2"],
        ["ceph-osd@1.service"],
        ["ceph-osd@1.service"],
    )
    assert (home / "stopped").read_text() == "disable --now ceph-osd@1.service\n"
    assert (home / "osd/ceph-1/fsid").read_text().strip() == OTHER


def test_a_disk_that_was_taken_out_is_neither_used_nor_wiped(home: Path) -> None:
    wanted = disk(home)
    run(home, disks=[wanted], key="AQB0", known={})
    before = Path(wanted["path"]).read_bytes()
    answer = run(home, disks=[wanted], key="AQB0", known={OTHER: 1})
    assert answer["msg"].startswith(
        "disk S1 was taken out of the cluster and still carries its copies; whoever is sure"
    )
    assert Path(wanted["path"]).read_bytes() == before
    assert (home / "osd/ceph-1").is_dir(), "a cluster that forgot its disks needs what is on them"


def test_no_key_stands_in_the_answer(home: Path) -> None:
    assert "canary" not in json.dumps(run(home, disks=[disk(home)], key="canary"))
