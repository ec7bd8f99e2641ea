"""Two rooms that both serve and a tie-break in a third: one room may go, and without the tie-break neither goes on alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hci_bench import Ground, bare_hosts

pytestmark = [pytest.mark.lab, pytest.mark.long]


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory, world: Path) -> Iterator[Ground]:
    """A lab with five bare hosts."""
    del world
    with bare_hosts(tmp_path_factory.mktemp("rooms") / "fleet", "hci_rooms.yaml") as ground:
        yield ground


def test_every_block_is_twice_in_each_room(rooms: Ground) -> None:
    rooms.answer("up")
    found = rooms.answer("status")
    assert found["faults"] == []
    assert found["spread"] == {"racks": 4, "rooms": 2}
    assert (found["pools"]["machines"]["size"], found["pools"]["machines"]["least"]) == (4, 2)
    assert sorted(found["quorum"]) == ["ha1", "ha2", "hb1", "hb2", "tie"]
    assert rooms.ceph("ha1", "mon", "dump")["election_strategy"] == 3


def test_a_second_run_changes_nothing(rooms: Ground) -> None:
    assert rooms.answer("up")["changed"] == {}
    assert {item["do"] for item in rooms.answer("plan")["items"]} == {False}


def test_a_rule_that_somebody_changed_is_mended(rooms: Ground) -> None:
    rooms.ceph("ha1", "osd", "crush", "rule", "create-replicated", "theirs", "default", "host")
    rooms.ceph("ha1", "osd", "pool", "set", "machines", "crush_rule", "theirs")
    reasons = {item["target"]: item["reason"] for item in rooms.answer("plan")["items"] if item["do"]}
    assert reasons == {"cluster": "missing or different: machines"}
    rooms.answer("up")
    assert rooms.answer("status")["pools"]["machines"]["rule"] == "copies"


@pytest.mark.parametrize("name", ["site", "rooms", "tie-break"])
def test_a_drill_holds(rooms: Ground, name: str) -> None:
    """Waits are the computer's, so only what may never happen is asked for."""
    (ran,) = rooms.answer("drill", name, "--yes")["runs"]
    assert (ran["flow"]["failed"], ran["flow"]["lost"], ran["flow"]["wrong"]) == (0, 0, 0)
    assert [line for line in ran["wrong"] if "a write waited" not in line] == []
