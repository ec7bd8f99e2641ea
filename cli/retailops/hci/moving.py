"""Bringing disks to their weights while the cluster serves: one bounded step, wait until all copies are where they belong, the next."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from retailops.errors import ToolError
from retailops.hci.standing import Standing
from retailops.hci.wanted import disk_weights
from retailops.hci.weights import next_weights
from retailops.ports import Json, OnLine, Reading

PATIENCE = 6 * 3600.0
MOST_STEPS = 1000


def settle(standing: Standing, on_line: OnLine, without: Collection[str] = (), patience: float = PATIENCE) -> int:
    """Every disk of fleet.yaml has the weight of its size, those of hosts `without` none; the steps that it took.

    Killed anywhere, the same call goes on. Raises `ToolError` where copies don't find their places in `patience` seconds a step.
    """
    wanted = disk_weights(standing.hci, standing.chain, without)
    for taken in range(MOST_STEPS):
        state = standing.state()
        moved = next_weights(_weights(state), _by_number(state, wanted))
        if not moved:
            return taken
        for number, weight in moved.items():
            command(standing, "osd", "crush", "reweight", f"osd.{number}", f"{weight:.4f}")
        on_line(
            f"step {taken + 1}: " + ", ".join(f"osd.{number} weighs {weight:g}" for number, weight in moved.items())
        )
        standing.wait_healthy(patience, on_line)
    raise ToolError("the disks' weights don't settle", details=f"{MOST_STEPS} steps", resolution="retailops hci status")


def command(standing: Standing, *words: str) -> str:
    """A command to the cluster, on the first host that has a monitor and answers; raises `ToolError` with its words."""
    monitor = standing.monitor
    argv = [
        "ceph",
        "-n",
        "mon.",
        "--keyring",
        f"/var/lib/ceph/mon/ceph-{monitor}/keyring",
        "--connect-timeout",
        "20",
        *words,
    ]
    done = standing.ports.prober.read(
        standing.hosts[monitor], Reading("command", {"argv": argv, "timeout": 60}, timeout=70)
    )
    if done["code"]:
        raise ToolError(f"ceph {' '.join(words)} failed", details=str(done["stderr"])[-800:])
    return str(done["stdout"])


def _weights(state: Mapping[str, Json]) -> dict[int, float]:
    return {osd["id"]: osd["weight"] for osd in state["osds"]}


def _by_number(state: Mapping[str, Json], wanted: Mapping[str, float]) -> dict[int, float]:
    return {osd["id"]: wanted[osd["uuid"]] for osd in state["osds"] if osd["uuid"] in wanted}
