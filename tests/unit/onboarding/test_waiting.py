"""A wait ends soon after the fleet is paused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from made_up import Bench

from retailops.errors import Paused
from retailops.ports import Pause
from retailops.run.pausing import wait_until
from retailops.twin.memory_revisions import MemoryPauses


def test_a_wait_of_a_day_ends_within_five_seconds_of_a_pause(bench: Bench) -> None:
    clock, pauses = bench.ports.clock, MemoryPauses()
    ports = replace(bench.ports, pauses=pauses)
    begin = clock.now()
    real = clock.sleep

    def sleep(seconds: float) -> None:
        if clock.now() - begin > timedelta(hours=3) and pauses.current() is None:
            pauses.pause(Pause("li@ops", clock.now(), ""))
        real(seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "sleep", sleep)
        with pytest.raises(Paused):
            wait_until(ports, begin + timedelta(days=1), 5.0)
    held = pauses.current()
    assert held
    assert clock.now() - held.at <= timedelta(seconds=5)


def test_a_wait_ends_at_its_moment(bench: Bench) -> None:
    begin = bench.ports.clock.now()
    wait_until(bench.ports, begin + timedelta(minutes=7), 60.0)
    assert bench.ports.clock.now() == begin + timedelta(minutes=7)
    wait_until(bench.ports, begin, 60.0)
    assert bench.ports.clock.now() == begin + timedelta(minutes=7)
