"""Capacity by formula, and against a placement that is searched for by hand."""

from __future__ import annotations

import itertools
import random

import pytest
from fleets import hci, stretched

from retailops.hci.promises import broken
from retailops.hci.sizing import BACKFILLFULL, NEARFULL, size, spread_gib


@pytest.mark.parametrize(
    ("domains", "replicas", "data"),
    [
        ([10, 10, 10], 3, 10),
        ([10, 10], 3, 0),
        ([20, 10, 10], 3, 10),
        ([20, 10, 10, 10], 3, 15),
        ([100, 1, 1, 1], 2, 3),
        ([5, 5, 5, 5], 2, 10),
        ([], 2, 0),
        ([0, 7, 7], 2, 7),
    ],
)
def test_spread(domains: list[float], replicas: int, data: float) -> None:
    assert spread_gib(domains, replicas) == pytest.approx(data)


def _placed(domains: list[int], replicas: int) -> int:
    """Blocks that fit when each goes to the emptiest domains: the best that can be done."""
    left = list(domains)
    for blocks in itertools.count():
        fullest = sorted(range(len(left)), key=lambda n: -left[n])[:replicas]
        if len(fullest) < replicas or any(left[n] < 1 for n in fullest):
            return blocks
        for n in fullest:
            left[n] -= 1
    raise AssertionError


def test_spread_is_what_a_placement_reaches() -> None:
    chance = random.Random(7)
    for _ in range(300):
        domains = [chance.randint(1, 40) for _ in range(chance.randint(2, 7))]
        replicas = chance.randint(2, 3)
        assert int(spread_gib(domains, replicas) + 1e-9) == _placed(domains, replicas), (domains, replicas)


def test_what_a_lost_host_leaves_bounds_what_may_be_stored() -> None:
    sizing = size(hci({"r1": 2, "r2": 2, "r3": 2, "r4": 2}))
    assert sizing.raw_gib == 32_000
    assert sizing.stranded_gib == 0
    worst = sizing.worst("host")
    assert worst is not None
    assert worst.usable_gib == pytest.approx(28_000 / 3 * BACKFILLFULL)
    assert sizing.usable_gib == pytest.approx(min(worst.usable_gib, 32_000 / 3 * NEARFULL))


def test_hosts_that_hold_their_promise_have_no_lines() -> None:
    assert list(broken(hci({"r1": 2, "r2": 2, "r3": 2}))) == []


@pytest.mark.parametrize(
    ("racks", "more", "line"),
    [
        ({"r1": 1, "r2": 1, "r3": 1}, {}, "without host h01 no place is left for every copy, so nothing heals"),
        ({"r1": 3, "r2": 3}, {}, "2 racks with disks can't hold 3 copies in different racks"),
        ({"r1": 6, "r2": 2, "r3": 2}, {}, "rack r1 has 24000 GiB of 40000"),
        ({"r1": 2, "r2": 2, "r3": 2}, {"survives": {"rack": "heals"}}, "without rack r1 no place is left"),
        ({"r1": 2, "r2": 2, "r3": 2}, {"machinesGib": 600}, "without host h01"),
        ({"r1": 2, "r2": 2, "r3": 2}, {"tieBreak": "h01"}, "a tie-break decides between two rooms"),
    ],
)
def test_what_cannot_hold_its_promise_is_said(racks: dict[str, int], more: dict[str, object], line: str) -> None:
    assert any(said.startswith(line) for said in broken(hci(racks, **more))), list(broken(hci(racks, **more)))


def test_between_two_rooms_one_may_be_lost() -> None:
    hosts = stretched()
    assert list(broken(hosts)) == []
    sizing = size(hosts)
    assert (sizing.raw_gib, sizing.usable_gib, sizing.stranded_gib) == (16_000, 4_000 * NEARFULL, 0)
    rooms = {loss.name: (loss.usable_gib, loss.memory_gib) for loss in sizing.losses if loss.kind == "room"}
    assert rooms == {"a": (0, 200), "b": (0, 200), "t": (4_000 * BACKFILLFULL, 400)}


def test_without_a_tie_break_no_room_is_promised() -> None:
    assert not any(loss.kind == "room" for loss in size(hci({"r1": 2, "r2": 2, "r3": 2})).losses)


def test_machines_fit_into_the_room_that_is_left() -> None:
    lines = list(broken(stretched(machinesGib=250)))
    assert lines == [
        f"without room {room} 200 GiB are left for machines, which take 250; add memory or hosts" for room in "ab"
    ]


@pytest.mark.parametrize(
    ("racks", "more", "line"),
    [
        (
            {"a1": 2, "a2": 2, "b1": 1, "b2": 1},
            {},
            "room a has 16000 GiB of 24000; with copies in different rooms 8000",
        ),
        (
            {"a1": 3, "a2": 1, "b1": 2, "b2": 2},
            {},
            "rack a1 has 12000 GiB of 32000; with copies in different racks 16000",
        ),
        ({"a1": 1, "a2": 1, "a3": 1, "b1": 3}, {}, "room b has disks in one rack; its two copies belong in two"),
        (None, {"tieBreak": "h01"}, "the tie-break h01 stands in room a, which holds data"),
        (
            None,
            {"pools": [{"id": "m", "replicas": 4, "share": 9}, {"id": "n", "share": 9}]},
            "between two rooms each block has 4",
        ),
    ],
)
def test_rooms_that_cannot_hold_their_promise(racks: dict[str, int], more: dict[str, object], line: str) -> None:
    assert any(said.startswith(line) for said in broken(stretched(racks, **more))), list(
        broken(stretched(racks, **more))
    )


def test_a_room_with_most_monitors_is_refused() -> None:
    hosts = stretched()
    without = [host for host in hosts.hosts if host.id != "tie"]
    moved = [*without, hosts.hosts[-1].model_copy(update={"rack": "a1"})]
    assert (
        "without room a 2 of 5 monitors are left, no majority; give both rooms the same number, and one to the tie-break"
        in list(broken(hosts.model_copy(update={"hosts": tuple(moved)})))
    )
