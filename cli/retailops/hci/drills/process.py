"""The process of one disk is killed; its own host starts it again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from retailops.hci.drills.drill import Drill, Stage
from retailops.ports import Reading


@contextmanager
def killed(stage: Stage) -> Iterator[None]:
    number = next(osd["id"] for osd in stage.state["osds"] if osd["host"] == stage.victim.id)
    argv = ["systemctl", "kill", "--signal=KILL", f"ceph-osd@{number}.service"]
    stage.prober.read(stage.hosts[stage.victim.id], Reading("command", {"argv": argv}))
    yield


DRILL = Drill("process", "the process of one disk is killed", killed, worst=2.0, hold=5.0)
