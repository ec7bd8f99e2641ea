"""The modules that bring monitors in and out, run as Ansible runs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hci_module import SYSTEMCTL, programs, run_module

CEPH_MON = """#!/bin/sh
while [ $# -gt 0 ]; do case $1 in --mon-data) data=$2;; --keyring) ring=$2;; esac; shift; done
cp "$ring" "$data/keyring"
"""
CEPH = """#!/bin/sh
for word; do
    case $word in mon | auth) words=;; esac
    words="$words $word"
done
case $words in
" mon dump") printf '{"mons": ['; sed 's/.*/{"name": "&"}/' "$HOME/members" | paste -sd,; echo ']}';;
*) echo "$words" >>"$HOME/done"; case $words in " mon ok-to-rm $KEPT") echo "no majority" >&2; exit 16;; esac;;
esac
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    programs(tmp_path, ceph=CEPH, ceph_mon=CEPH_MON, systemctl=SYSTEMCTL)
    (tmp_path / "mon" / "ceph-h1").mkdir(parents=True)
    return tmp_path


def leave(home: Path, members: str, wanted: str, check: bool = False) -> dict[str, Any]:
    (home / "members").write_text("\n".join(members.split()) + "\n")
    return run_module("retailops_ceph_monmap", home, check, wanted=wanted.split(), monitor="h1")


def store(home: Path, **args: Any) -> dict[str, Any]:
    return run_module("retailops_ceph_monitor", home, name="h3", folder=str(home / "mon"), **args)


def test_one_that_nobody_wants_is_taken_out_with_its_managers_key(home: Path) -> None:
    answer = leave(home, "h1 h2 h3 h4", "h1 h2 h4")
    assert (answer["left"], answer["members"]) == (["h3"], ["h1", "h2", "h4"])
    assert (home / "done").read_text() == " mon ok-to-rm h3\n mon rm h3\n auth rm mgr.h3\n"


def test_none_leaves_before_all_that_are_wanted_are_in(home: Path) -> None:
    answer = leave(home, "h1 h2 h3", "h1 h2 h4")
    assert (answer["changed"], answer["left"], answer["members"]) == (False, [], ["h1", "h2", "h3"])


def test_one_that_the_majority_needs_stays(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "h3")
    answer = leave(home, "h1 h2 h3", "h1 h2")
    assert answer["msg"] == "ceph mon ok-to-rm h3 failed: no majority"
    assert "mon rm" not in (home / "done").read_text()


def test_check_mode_takes_none_out(home: Path) -> None:
    answer = leave(home, "h1 h2 h3", "h1 h2", check=True)
    assert (answer["changed"], answer["left"], answer["members"]) == (True, ["h3"], ["h1", "h2", "h3"])
    assert not (home / "done").exists()


def test_a_store_is_made_once(home: Path) -> None:
    first = store(home, key="AQ")
    assert (first["made"], first["aside"]) == (True, False)
    assert "key = AQ" in (home / "mon/ceph-h3/keyring").read_text()
    assert not store(home, key="AQ", members=["h1", "h3"])["changed"]
    assert not store(home, members=[])["changed"], "where nobody can be asked a store is kept"


def test_a_store_of_one_that_was_taken_out_meanwhile_is_put_aside_and_made_anew(home: Path) -> None:
    store(home, key="AQ")
    (home / "mon/ceph-h3/old").touch()
    assert "needs the key" in store(home, members=["h1", "h2"])["msg"]
    assert (home / "mon/ceph-h3/old").exists()
    answer = store(home, key="AQ", members=["h1", "h2"])
    assert (answer["made"], answer["aside"]) == (True, True)
    assert (home / "stopped").read_text() == "disable --now -- ceph-mon@h3.service ceph-mgr@h3.service\n"
    assert (home / "mon/.ceph-h3.left/old").exists()
    assert not (home / "mon/ceph-h3/old").exists()


def test_a_monitor_that_left_is_put_away_once(home: Path) -> None:
    store(home, key="AQ")
    assert store(home, state="absent")["aside"]
    assert sorted(path.name for path in (home / "mon").iterdir()) == [".ceph-h3.left", "ceph-h1"]
    assert not store(home, state="absent")["changed"]
