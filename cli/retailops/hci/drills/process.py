"""The process of one disk is killed; its own host starts it again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from retailops.hci.drills import disk_process
from retailops.hci.drills.drill import Drill, Stage


@contextmanager
def killed(stage: Stage) -> Iterator[None]:
    disk_process.systemctl(stage, disk_process.numbers(stage)[0], "kill", "--signal=KILL")
    yield


DRILL = Drill("process", "the process of one disk is killed", killed, worst=2.0, hold=5.0)
