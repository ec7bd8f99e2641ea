"""The processes of the victim's disks, as drills end and start them."""

from __future__ import annotations

from retailops.hci.drills.drill import Stage


def numbers(stage: Stage) -> list[int]:
    return [osd["id"] for osd in stage.state["osds"] if osd["host"] == stage.victim.id]


def systemctl(stage: Stage, number: int, *words: str) -> None:
    """Its starts so far are forgotten first: Ceph's unit gives up at the fourth in half an hour, and drills come in rows.

    Raises `ToolError` where systemd refuses.
    """
    unit, host = f"ceph-osd@{number}.service", stage.victim.id
    for argv in (("reset-failed",), words):
        stage.standing.must(host, ("systemctl", *argv, unit), 60)
