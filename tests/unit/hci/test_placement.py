"""Where machines run: apart, by room, stable, and what is refused before anything is touched."""

from __future__ import annotations

from typing import Any

import pytest
from fleets import hci

from retailops.hci.decide import decide_machines
from retailops.hci.machines.placement import place
from retailops.hci.machines.running import MachineFacts, wrong
from retailops.hci.promises import broken
from retailops.model.hosts import Hci
from retailops.plan import Action, Noop


def machine(name: str, gib: int = 8, number: int = 10, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "vcpus": 2,
        "memoryMib": gib * 1024,
        "diskGib": 10,
        "zone": "services",
        "address": f"10.9.0.{number}",
        "image": "tiny",
        "pool": "machines",
        **more,
    }


def fleet(*machines: dict[str, Any], racks: dict[str, int] | None = None, **more: Any) -> Hci:
    """Hosts with 128 GiB each: 100 for machines, or 104 without a monitor."""
    numbered = [each | {"address": f"10.9.0.{10 + n}"} for n, each in enumerate(machines)]
    return hci(
        racks or {"r1": 2, "r2": 2, "r3": 2},
        zones=[{"id": "services", "vlan": 110, "prefix": "10.9.0.0/24"}],
        images=[{"id": "tiny", "file": "tiny.raw", "sha256": "0" * 64}],
        machines=numbered,
        **more,
    )


def test_machines_of_one_kind_are_in_different_racks() -> None:
    described = fleet(*(machine(f"db{n}", apart="db") for n in (1, 2, 3)))
    where = place(described).host
    racks = {host.id: host.rack for host in described.hosts}
    assert sorted(racks[where[f"db{n}"]] for n in (1, 2, 3)) == ["r1", "r2", "r3"]


def test_load_is_spread() -> None:
    where = place(fleet(*(machine(f"m{n}") for n in range(6)))).host
    assert sorted(where.values()) == ["h01", "h02", "h03", "h04", "h05", "h06"]


def test_what_runs_stays_when_a_host_is_lost_and_the_important_ones_find_a_place_first() -> None:
    described = fleet(
        machine("small", 60, priority=1),
        machine("big", 90),
        machine("first", 60, priority=9),
        racks={"r1": 1, "r2": 1, "r3": 1},
    )
    before = place(described).host
    assert before == {"small": "h03", "big": "h02", "first": "h01"}
    after = place(described, ["h01"], before)
    assert after.host == {"small": "h03", "big": "h02"}
    assert [each.id for each in after.left] == ["first"]
    assert place(described, ["h03"], {}).host == {"first": "h01", "big": "h02"}, (
        "from nothing the important one is first"
    )


def test_processors_are_counted_too() -> None:
    many = fleet(*(machine(f"m{n}", 1, vcpus=128) for n in range(4)), racks={"r1": 1, "r2": 1, "r3": 1})
    assert [each.id for each in place(many).left] == ["m3"]


@pytest.mark.parametrize(
    ("machines", "said"),
    [
        ([machine("giant", 110)], "no host has room for machine giant (112640 MiB, 2 vCPUs); add hosts"),
        (
            [machine("vault", diskGib=30_000)],
            "the machines' disks in pool machines take 30000 GiB, and its share is 2880; add disks, or give it a larger share",
        ),
        (
            [machine(f"m{n}", 70) for n in range(6)],
            "without host h01 no host has room for machine m0; add memory or hosts, or give it priority 0",
        ),
        (
            [machine(f"db{n}", apart="db") for n in range(4)],
            "4 machines apart as db would share a rack; add racks with the role machines, or fewer of them",
        ),
    ],
)
def test_what_has_no_room_is_refused(machines: list[dict[str, Any]], said: str) -> None:
    assert said in list(broken(fleet(*machines)))


@pytest.mark.parametrize(("priority", "refused"), [(0, 0), (1, 6)])
def test_a_machine_that_may_stay_off_needs_no_room_after_a_loss(priority: int, refused: int) -> None:
    lines = list(broken(fleet(*(machine(f"m{n}", 52, priority=priority) for n in range(6)))))
    assert len([line for line in lines if line.startswith("without host") and "no host has room" in line]) == refused
    assert refused or lines == []


def test_described_machines_count_where_they_take_more_than_was_planned() -> None:
    described = fleet(machine("a", 8), machine("b", 9, priority=0), machinesGib=4)
    assert (described.promised_gib(), described.promised_gib(priority=1)) == (17, 8)
    assert fleet(machine("a", 8), machinesGib=40).promised_gib() == 40


def test_what_is_wrong_with_where_machines_run() -> None:
    described = fleet(machine("a"), machine("b"), machine("c"), machine("d"))
    facts = MachineFacts(
        {
            "a": (("h01", "running"),),
            "b": (("h01", "running"), ("h02", "running")),
            "c": (("h02", "paused"),),
            "x": (("h03", "running"),),
        },
        ("h04",),
    )
    assert list(wrong(described, facts)) == [
        "h04 can't be asked which machines it runs",
        "machine b runs on h01 and h02: stop one at once, its disk is being destroyed",
        "machine c is paused on h02",
        "machine d runs nowhere, unless on h04",
        "machine x runs on h03 and is not in fleet.yaml",
    ]
    assert "machine d runs nowhere; retailops hci up starts it" in list(wrong(described, MachineFacts(facts.at)))


def test_a_machine_that_runs_nowhere_is_an_action_and_one_that_runs_is_left_where_it_is() -> None:
    described = fleet(machine("a"), machine("b"))
    items = decide_machines(described, MachineFacts({"a": (("h05", "running"),)}))
    assert [(type(item), item.target, item.reason) for item in items] == [
        (Noop, "a", "runs on h05"),
        (Action, "b", "runs nowhere; belongs on h02"),
    ]
