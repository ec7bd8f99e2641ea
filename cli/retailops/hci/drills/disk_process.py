"""The processes of the victim's disks, as drills end and start them."""

from __future__ import annotations

from retailops.hci.drills.drill import Stage
from retailops.ports import Reading


def numbers(stage: Stage) -> list[int]:
    return [osd["id"] for osd in stage.state["osds"] if osd["host"] == stage.victim.id]


def systemctl(stage: Stage, number: int, *words: str) -> None:
    """Its starts so far are forgotten first: Ceph's unit gives up at the fourth in half an hour, and drills come in rows."""
    for argv in (("reset-failed",), words):
        asked = {"argv": ["systemctl", *argv, f"ceph-osd@{number}.service"], "timeout": 60}
        stage.prober.read(stage.hosts[stage.victim.id], Reading("command", asked, timeout=70.0))
