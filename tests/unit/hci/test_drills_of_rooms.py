"""The drills of two rooms with a tie-break: who is hit, who watches, and what neither room may do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fleets import hci, stretched
from test_drilling import Faults, Prober, quiet, standing

from retailops.errors import UsageError
from retailops.hci.drills.apart import one_goes_on
from retailops.hci.drills.catalogue import find
from retailops.hci.drills.drilling import run
from retailops.hci.standing import Standing
from retailops.ports import Host

ROOMS = stretched()


def here(prober: Prober, faults: Faults) -> Standing:
    known = standing(prober, faults)
    hosts = {host.id: Host(host.id, "hci", "198.18.0.1") for host in ROOMS.hosts}
    known.ports.ground.hosts = lambda: hosts  # type: ignore[union-attr]
    return replace(known, hci=ROOMS)


def test_a_room_is_cut_off_while_both_write() -> None:
    prober, faults = Prober(flow={"worst": 18.0}), Faults()
    ran = run(here(prober, faults), find("site"), None, quiet)
    assert faults.log == ["split ('a1', 'a2') ('b1', 'b2', 't1')", "join"]
    assert (ran.victim, ran.rack) == ("h01", "a1")
    assert sorted(host for host, name in prober.asked if name == "volume_writer") == ["h01", "h03"]
    assert ran.wrong == ("longest wait in the room that is cut off: 18 s; 30 s are wanted",)


def test_the_room_of_the_rack_that_is_named_is_hit() -> None:
    faults = Faults()
    ran = run(here(Prober(), faults), find("site"), "b2", quiet)
    assert (ran.victim, faults.log[0]) == ("h03", "split ('b1', 'b2') ('a1', 'a2', 't1')")


@pytest.mark.parametrize(
    ("flow", "wrong"),
    [
        ({"worst": 44.0}, ()),
        (
            {"worst": 8.4},
            (
                "longest wait in the one room: 8.4 s; 30 s are wanted",
                "longest wait in the other room: 8.4 s; 30 s are wanted",
            ),
        ),
        (
            {"worst": 44.0, "lost": 1},
            (
                "1 acknowledged writes are lost",
                "records lost or changed in the one room: 1; 0 are allowed",
                "records lost or changed in the other room: 1; 0 are allowed",
            ),
        ),
    ],
)
def test_without_the_tie_break_neither_room_goes_on_alone(flow: dict[str, Any], wrong: tuple[str, ...]) -> None:
    faults = Faults()
    ran = run(here(Prober(flow=flow), faults), find("tie-break"), None, quiet)
    assert faults.log == ["unplug t1", "split ('a1', 'a2') ('b1', 'b2')", "join", "replug t1"]
    assert ran.wrong == wrong


def test_the_tie_break_is_plugged_in_again_when_pulling_its_cable_failed() -> None:
    faults = Faults(broken=True)
    with pytest.raises(Exception, match="no such cable"):
        run(here(Prober(), faults), find("tie-break"), None, quiet)
    assert faults.log == ["unplug t1", "join", "replug t1"]


def test_hosts_without_a_tie_break_are_refused() -> None:
    with pytest.raises(UsageError, match="these hosts have no tie-break"):
        find("site").cast(hci({"r1": 2, "r2": 2, "r3": 2}), None)


def test_a_rack_of_neither_room_is_refused() -> None:
    with pytest.raises(UsageError, match="no monitor with disks stands in the room of rack t1"):
        find("site").cast(ROOMS, "t1")


def test_of_rooms_that_do_not_hear_each_other_one_goes_on() -> None:
    faults = Faults()
    prober = Prober(flow={"worst": 8.4})
    ran = run(here(prober, faults), find("rooms"), None, quiet)
    assert faults.log == ["split ('a1', 'a2') ('b1', 'b2')", "join"]
    assert ran.wrong == ("both rooms went on: no write waited longer than 8.4 s, of 60",)


@pytest.mark.parametrize(
    ("waits", "wrong"),
    [
        ((66.0, 8.4), ()),
        ((8.4, 66.0), ()),
        ((61.0, 60.5), ("a write waited 60.5 s in the room that went on; 20 are allowed",)),
    ],
)
def test_which_room_goes_on_does_not_matter(waits: tuple[float, float], wrong: tuple[str, ...]) -> None:
    ran = run(here(Prober(), Faults()), find("rooms"), None, quiet)
    figures = tuple(
        replace(figure, value=wait)
        for figure, wait in zip([f for f in ran.figures if f.name.startswith("longest")], waits, strict=True)
    )
    assert tuple(one_goes_on(replace(ran, figures=figures))) == wrong
