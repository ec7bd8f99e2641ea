"""Drill mirror, with two sites of memory: what it does, in which order, and what it measures."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest
from two_sites import NOW, TwoSites, volume, whole

from retailops.errors import GateNotMet, UsageError
from retailops.hci.drills import mirror
from retailops.hci.drills.drill import Stage
from retailops.ports import Host, Reading

LAST, COPIED = 900, 400


class Recorded(TwoSites):
    """The drill's volume too: `COPIED` of `LAST` records have come over when the main site goes."""

    gone = threading.Event()

    def read(self, host: Host, reading: Reading) -> dict[str, Any]:
        if reading.name != "mirror_records":
            if reading.name == "mirror_state" and "retailops-mirror-drill" in self.names("main"):
                self.find("recovery", mirror.VOLUME)["point"] = int(NOW + self.passed) - 20
            return super().read(host, reading)
        site, do = "recovery" if host.name.startswith("v") else "main", str(reading.args["do"])
        self.log.append(f"{site}: {do}")
        if do == "remove":
            for state in self.sites.values():
                inside = state["pools"]["machines"]
                inside["volumes"] = [each for each in inside["volumes"] if each["name"] != mirror.VOLUME]
            return {}
        if do == "write" and site == "main":
            for name, state in self.sites.items():
                state["pools"]["machines"]["volumes"].append(volume(mirror.VOLUME, primary=name == "main"))
            self.gone.wait(10)
            return {"first": 0, "last": LAST, "at": NOW + self.passed}
        if do == "write":
            return {"first": COPIED + 1, "last": COPIED + 9, "at": NOW + self.passed}
        after = (
            any(" switchover" in each or "promote retailops" in each for each in self.log) or "main: read" in self.log
        )
        return {"last": COPIED + (9 if after else 0), "at": NOW + self.passed - 25, "holes": 0, "wrong": 0}

    def names(self, site: str) -> list[str]:
        return [each["name"] for each in self.sites[site]["pools"]["machines"]["volumes"]]


def staged(two: Recorded, mirrored: bool = True) -> tuple[Stage, list[str]]:
    pair, done = two.pair, cast("list[str]", [])

    def unplug(rack: str) -> None:
        two.silent = {"main"}
        two.gone.set()
        done.append(f"unplug {rack}")

    def replug(rack: str) -> None:
        two.silent = set()
        done.append(f"replug {rack}")

    main = pair.sites["main"]
    standing = cast(Any, SimpleNamespace(hci=main.hci, chain=main.chain, ports=main.ports, wait_healthy=lambda *_: 1.0))
    faults = cast(Any, SimpleNamespace(unplug=unplug, replug=replug))
    host = main.hci.hosts[0]
    return Stage(standing, {}, faults, {}, host, host, print, pair=pair if mirrored else None), done


def test_the_site_goes_is_taken_over_comes_back_and_is_given_back_to() -> None:
    two = Recorded(whole("a").sites)
    two.sites["main"]["pools"]["machines"]["volumes"] = []
    two.sites["recovery"]["pools"]["machines"]["volumes"] = []
    stage, done = staged(two)
    mirror.ready(stage)
    with mirror.lost_and_back(stage):
        assert two.silent == {"main"}
    assert done == ["unplug r1", "unplug r2", "unplug r3", "replug r1", "replug r2", "replug r3"]
    acts = [line.replace(f"machines/{mirror.VOLUME}", "it") for line in two.log if "read" not in line]
    assert acts == [
        "main: remove",
        "main: write",
        "recovery: mirror image promote --force it",
        "recovery: write",
        "main: mirror image demote it",
        "main: mirror image resync it",
        "recovery: mirror image demote it",
        "main: mirror image promote it",
        "main: remove",
    ]
    figures = {each.name: each for each in stage.figures}
    assert figures["records lost with the site"].value == LAST - COPIED
    assert figures["two histories are named"].wrong == ""
    assert [each.wrong for each in stage.figures if "RPO" in each.name] == [""]


def test_without_a_mirror_there_is_no_such_drill() -> None:
    with pytest.raises(UsageError, match="takes the main site away"):
        mirror.ready(staged(Recorded(whole("a").sites), mirrored=False)[0])


def test_a_mirror_that_is_not_whole_is_not_drilled() -> None:
    two = Recorded(whole("a").sites)
    two.find("recovery", "a")["up"] = False
    with pytest.raises(GateNotMet, match="would prove nothing"):
        mirror.ready(staged(two)[0])
