"""What probes make of what a host's own programs say."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, cast

import pytest
from clock_of_memory import Clock

from retailops.probes import ceph_daemons, ceph_packages, ceph_state, clock

POLICY = """ceph-osd:
  Installed: 16.2.15+ds-0+deb12u2
  Candidate: 16.2.16+ds-1
  Version table:
     16.2.16+ds-1 500
        500 file:/srv/packages ./ Packages
librados2:
  Installed: 16.2.15+ds-0+deb12u2
  Candidate: 16.2.15+ds-0+deb12u2
"""
ROWS = """ceph installed ceph-osd 16.2.15+ds-0+deb12u2
ceph installed librados2:amd64 16.2.15+ds-0+deb12u2
ceph config-files ceph-mds 15.2.1-1
nftables installed nftables 1.0.6-2
"""


def test_packages_of_ceph_and_what_the_sources_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ceph_packages, "said", lambda *argv: ROWS if argv[0] == "dpkg-query" else POLICY)
    here = ceph_packages.installed()
    assert here == {"ceph-osd": "16.2.15+ds-0+deb12u2", "librados2": "16.2.15+ds-0+deb12u2"}
    assert ceph_packages.candidates(sorted(here)) == {"ceph-osd": "16.2.16+ds-1", "librados2": "16.2.15+ds-0+deb12u2"}


@pytest.mark.parametrize(
    ("tracking", "source", "offset"),
    [
        (
            "0A08000B,10.8.0.11,11,1.0,-0.000009,0.0002,0.00006,0,0,0,0.000027,0.00003,64.7,Normal",
            "10.8.0.11",
            -0.000009,
        ),
        ("7F7F0101,,10,1.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,Normal", "local", 0.0),
        ("00000000,,0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,1.0,0.0,Not synchronised", "", None),
    ],
)
def test_whom_a_clock_follows(
    monkeypatch: pytest.MonkeyPatch, tracking: str, source: str, offset: float | None
) -> None:
    monkeypatch.setattr(clock, "said", lambda *argv: tracking if argv[0] == "chronyc" else "0")
    found = clock.clock()
    assert (found["running"], found["source"], found["offset"]) == (True, source, offset)


def test_a_chrony_that_does_not_answer_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "said", lambda *_argv: "")
    assert clock.clock()["running"] is False


@pytest.mark.parametrize(("seconds", "reasons"), [(-5, []), (1, ["configuration"]), (3600, [])])
def test_a_configuration_that_is_newer_than_its_reader(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seconds: float, reasons: list[str]
) -> None:
    conf, began = tmp_path / "ceph.conf", time.time() - 10
    conf.touch()
    os.utime(conf, (began + seconds, began + seconds))
    monkeypatch.setattr(ceph_daemons, "CONF", conf)
    monkeypatch.setattr(ceph_daemons, "began", lambda _pid: began)
    assert ceph_daemons.behind(os.getpid()) == reasons


def test_a_unit_names_its_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"osd.3": {"version": "16.2.15", "state": "active"}, "mon.h1": {"version": "16.2.15", "state": "probing"}}
    monkeypatch.setattr(ceph_daemons, "asked", lambda name, _question: answers.get(name, {}))
    monkeypatch.setattr(ceph_daemons, "behind", lambda _pid: [])
    monkeypatch.setattr(ceph_daemons, "last_words", lambda _unit: "no such plugin")
    found = {
        each["kind"]: (each["id"], each["version"], each["ready"], each["failed"])
        for each in (
            ceph_daemons.daemon("ceph-osd@3.service", 7, "active"),
            ceph_daemons.daemon("ceph-mon@h1.service", 7, "active"),
            ceph_daemons.daemon("ceph-mgr@h1.service", 0, "failed"),
            ceph_daemons.daemon("ceph-rbd-mirror@rbd-mirror.h1.service", 7, "active"),
        )
    }
    assert found == {
        "osd": ("3", "16.2.15", True, ""),
        "mon": ("h1", "16.2.15", False, ""),
        "mgr": ("h1", "", False, "no such plugin"),
        "rbd-mirror": ("h1", "", True, ""),
    }


@pytest.mark.parametrize(
    ("clean", "patience", "asked"),
    [([8], 30.0, 1), ([2, 5, 8, 8], 30.0, 3), ([2] * 9, 5.0, 3), ([2], 0.0, 0)],
)
def test_a_question_waits_until_every_group_is_clean_or_it_has_waited_long_enough(
    monkeypatch: pytest.MonkeyPatch, clean: list[int], patience: float, asked: int
) -> None:
    time_of = Clock()
    monkeypatch.setattr(ceph_state, "time", time_of)
    cluster = Groups(clean)
    ceph_state.settled(cast(Any, cluster), patience)
    assert cluster.asked == asked


class Groups:
    """A cluster of eight placement groups, of which so many are clean, one answer after the other."""

    def __init__(self, clean: list[int]) -> None:
        self.clean, self.asked = clean, 0

    def ask(self, prefix: str) -> dict[str, Any]:
        assert prefix == "status"
        now, self.asked = self.clean[self.asked], self.asked + 1
        states = [
            {"state_name": "active+clean", "count": now},
            {"state_name": "active+remapped+backfilling", "count": 8 - now},
        ]
        return {"pgmap": {"num_pgs": 8, "pgs_by_state": states}}
