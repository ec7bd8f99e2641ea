"""Steps between weights: bounded, towards the aim, and an end."""

from __future__ import annotations

import random

import pytest

from retailops.hci.changes.weights import STEP, next_weights


def test_nothing_to_move() -> None:
    assert next_weights({0: 1.0, 1: 1.0001}, {0: 1.0, 1: 1.0}) == {}


def test_a_new_disk_of_a_small_cluster_comes_in_several_steps() -> None:
    now, wanted = {0: 1.0, 1: 1.0, 2: 1.0, 3: 0.0}, dict.fromkeys(range(4), 1.0)
    steps = []
    while moved := next_weights(now, wanted):
        steps.append(moved)
        now |= moved
    assert steps == [{3: 0.4}, {3: 0.8}, {3: 1.0}]


def test_of_a_large_cluster_several_disks_move_at_once() -> None:
    now = {**dict.fromkeys(range(100), 1.0), 100: 0.0, 101: 0.0}
    assert next_weights(now, dict.fromkeys(range(102), 1.0)) == {100: 1.0, 101: 1.0}


def test_a_disk_is_drained_and_one_that_nobody_names_is_left_alone() -> None:
    assert next_weights({0: 1.0, 1: 1.0, 7: 5.0}, {0: 1.0, 1: 0.0}) == {1: 0.3}


@pytest.mark.parametrize("seed", range(20))
def test_every_walk_ends_and_no_step_moves_more_than_its_share(seed: int) -> None:
    chance = random.Random(seed)
    now = {osd: chance.choice([0.0, chance.uniform(0, 8)]) for osd in range(chance.randint(1, 30))}
    wanted = {osd: chance.choice([0.0, chance.uniform(0, 8)]) for osd in now}
    for _ in range(500):
        moved = next_weights(now, wanted)
        if not moved:
            break
        most = STEP * max(sum(now.values()), sum(wanted.values()))
        assert sum(abs(weight - now[osd]) for osd, weight in moved.items()) <= most + 0.002
        now |= moved
    assert all(abs(now[osd] - wanted[osd]) <= 0.0002 for osd in now)
