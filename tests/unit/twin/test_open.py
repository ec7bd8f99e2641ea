"""A store opened in the simulated world, by the tool's own wiring."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from simulated import STORE, apart, evidence, open_store, world

from retailops.drivers.clock import SystemClock
from retailops.drivers.locks import FileLocks
from retailops.model import load_fleet


def test_opened_and_marked_simulated(fleet: Path) -> None:
    ended = apart(lambda: open_store(fleet))
    assert ended.code == 0, ended.answer
    assert ended.answer["world"] == "SIMULATED"
    assert ended.answer["state"] == "APPS_READY"
    assert [gate["gate"] for gate in ended.answer["gates"] if gate["answer"] == "met"] == ["G6", "G7", "G8", "G10"]
    assert all(ok for *_, ok in evidence(fleet))


def test_a_second_time_changes_nothing(fleet: Path) -> None:
    apart(lambda: open_store(fleet))
    before, proven = world(fleet, STORE), evidence(fleet)
    ended = apart(lambda: open_store(fleet))
    assert ended.answer["changed"] is False
    assert not [call for call in ended.answer["calls"] if call.startswith(("play", "up", "cut", "reboot"))]
    assert (world(fleet, STORE), evidence(fleet)) == (before, proven)


def test_two_stores_side_by_side(fleet: Path) -> None:
    second = next(
        store.id for store in load_fleet(fleet).stores.values() if store.format == "compact" and store.id != STORE
    )
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=open_store, args=(fleet, store)) for store in (STORE, second)]
    for child in children:
        child.start()
    for child in children:
        child.join(120)
    assert [child.exitcode for child in children] == [0, 0]
    assert set(world(fleet, "centre")["sales"]) == {STORE, second}


def test_the_same_store_twice_says_who_holds_it(fleet: Path) -> None:
    locks = FileLocks(fleet / ".retailops" / "simulated" / "locks", SystemClock())
    held = locks.take(STORE, f"store onboard {STORE}")
    ended = apart(lambda: open_store(fleet))
    held.release()
    assert ended.code == 7
    assert f"{STORE} is locked by " in ended.answer["error"]
    assert ended.answer["error"].endswith(f": store onboard {STORE}")


def test_a_changed_design_is_proven_anew(fleet: Path) -> None:
    apart(lambda: open_store(fleet))
    proven = evidence(fleet)
    path = next(fleet.glob(f"stores/*/{STORE}.yaml"))
    path.write_text(path.read_text().replace("opens: ", "serials: {gw1: SN-42}\nopens: "))
    ended = apart(lambda: open_store(fleet))
    assert ended.code == 0, ended.answer
    assert evidence(fleet)[: len(proven)] == proven
    assert {item[2:] for item in evidence(fleet)[len(proven) :]} == {item[2:] for item in proven}


@pytest.mark.parametrize(("form", "why"), [("standard", "2 nodes"), ("flagship", "2 gateways")])
def test_a_format_that_can_not_be_built_yet_is_refused_before_anything_is_touched(
    fleet: Path, form: str, why: str
) -> None:
    store = next(store.id for store in load_fleet(fleet).stores.values() if store.format == form)
    ended = apart(lambda: open_store(fleet, store))
    assert ended.code == 1
    assert why in ended.answer["error"]
    assert not list((fleet / ".retailops").glob("simulated/world/[!c]*.json"))
