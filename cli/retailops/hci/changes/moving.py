"""Bringing disks to their weights while the cluster serves: one bounded step, wait until all copies are where they belong, the next."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from retailops.errors import ToolError, Unreachable
from retailops.hci.changes.weights import next_weights
from retailops.hci.standing import Standing
from retailops.hci.wanted import disk_weights
from retailops.ports import Json, OnLine

PATIENCE = 6 * 3600.0
MOST_STEPS = 1000
SEEN = 6.0
"""Seconds until the cluster's own counts show a step: disks report every five, and before that all seems whole."""

WATCH = 30.0
"""Seconds that one question waits while copies move, for hours maybe: each takes a host half a second of a processor."""


def settle(standing: Standing, on_line: OnLine, without: Collection[str] = (), patience: float = PATIENCE) -> int:
    """Every disk of fleet.yaml has the weight of its size, those of hosts `without` none; the steps that it took.

    Killed anywhere, the same call goes on. Raises `ToolError` where copies don't find their places in `patience` seconds a step.
    """
    wanted = disk_weights(standing.hci, standing.chain, without)
    for taken in range(MOST_STEPS):
        state = standing.answer()
        moved = next_weights(_weights(state), _by_number(state, wanted))
        if not moved:
            return taken
        for number, weight in moved.items():
            command(standing, "osd", "crush", "reweight", f"osd.{number}", f"{weight:.4f}")
        on_line(
            f"step {taken + 1}: " + ", ".join(f"osd.{number} weighs {weight:g}" for number, weight in moved.items())
        )
        standing.ports.clock.sleep(SEEN)
        standing.wait_healthy(patience, on_line, without, WATCH)
    raise ToolError("the disks' weights don't settle", details=f"{MOST_STEPS} steps", resolution="retailops hci status")


def command(standing: Standing, *words: str) -> str:
    """What the cluster answers to a command, given on the first monitor's host that can be reached.

    Raises `ToolError` with its words where it refuses, and where nobody answers.
    """
    hosts = standing.hosts
    for name in (host.id for host in standing.hci.with_role("monitor") if host.id in hosts):
        try:
            return standing.must(name, _argv(name, words), 60, f"ceph {' '.join(words)} failed")
        except Unreachable:
            continue
    raise standing.silence()


def _argv(monitor: str, words: tuple[str, ...]) -> tuple[str, ...]:
    ring = f"/var/lib/ceph/mon/ceph-{monitor}/keyring"
    return ("ceph", "-n", "mon.", "--keyring", ring, "--connect-timeout", "20", *words)


def _weights(state: Mapping[str, Json]) -> dict[int, float]:
    return {osd["id"]: osd["weight"] for osd in state["osds"]}


def _by_number(state: Mapping[str, Json], wanted: Mapping[str, float]) -> dict[int, float]:
    return {osd["id"]: wanted[osd["uuid"]] for osd in state["osds"] if osd["uuid"] in wanted}
