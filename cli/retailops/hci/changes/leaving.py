"""Taking hosts and disks out of the cluster for good, only once every copy is elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress

from retailops.errors import GateNotMet, ToolError, Unreachable, UsageError
from retailops.hci.changes.moving import command, settle
from retailops.hci.promises import broken
from retailops.hci.sizing import size
from retailops.hci.standing import Standing
from retailops.hci.wanted import disk_weights
from retailops.model.hosts import GIB, Hci
from retailops.ports import Json, OnLine

PATIENCE = 6 * 3600.0
EVERY = 3.0


def without(hci: Hci, host: str) -> Hci:
    """The same hosts but one; raises `UsageError` for one that isn't there or that keeps a monitor."""
    known = {each.id: each for each in hci.hosts}
    if host not in known:
        raise UsageError(f"fleet.yaml has no host {host}", resolution=f"Its hosts: {', '.join(known)}")
    if "monitor" in known[host].roles:
        raise UsageError(f"{host} keeps a monitor", resolution="Give the role monitor to another host first.")
    return hci.model_copy(update={"hosts": tuple(each for each in hci.hosts if each.id != host)})


def refuse_unfit(hci: Hci, host: str, state: Mapping[str, Json]) -> None:
    """Raises `GateNotMet` where the others could not hold the data that is there, or the promises made of it."""
    rest = without(hci, host)
    lines = list(broken(rest))
    stored = sum(pool["stored"] for pool in state["pools"].values()) / GIB
    usable = size(rest).usable_gib
    if stored > usable:
        lines.append(f"{stored:.0f} GiB are stored, and {usable:.0f} GiB could be without {host}")
    if lines:
        raise GateNotMet(f"{host} can't be spared", details="\n".join(lines), resolution="Add a host first.")


def drain(standing: Standing, host: str, on_line: OnLine) -> int:
    """Moves every copy off the host's disks, a little at a time; the steps that it took. It may run twice."""
    refuse_unfit(standing.hci, host, standing.answer())
    return settle(standing, on_line, without={host})


def remove(standing: Standing, numbers: tuple[int, ...], on_line: OnLine) -> None:
    """Takes disks out for good once every copy of theirs is elsewhere; `ToolError` where one still isn't after `PATIENCE` seconds."""
    for number in numbers:
        command(standing, "osd", "out", str(number))
    for number in numbers:
        _await_safe(standing, number, on_line)
    hosts = {osd["id"]: osd["host"] for osd in standing.answer()["osds"]}
    for number in numbers:
        _stop(standing, hosts.get(number, ""), number)
        command(standing, "osd", "purge", str(number), "--yes-i-really-mean-it")
        on_line(f"osd.{number} is out of the cluster")


def _await_safe(standing: Standing, number: int, on_line: OnLine) -> None:
    clock = standing.ports.clock
    end, told = clock.monotonic() + PATIENCE, False
    while (
        number
        not in json.loads(command(standing, "osd", "safe-to-destroy", str(number), "-f", "json"))["safe_to_destroy"]
    ):
        if clock.monotonic() > end:
            raise ToolError(
                f"osd.{number} still holds copies", resolution="Nothing was removed; the same command goes on."
            )
        if not told:
            on_line(f"osd.{number} still holds copies; waiting until they are elsewhere")
            told = True
        clock.sleep(EVERY)


def strangers(standing: Standing) -> dict[int, str]:
    """Disks in the cluster that fleet.yaml no longer names, replaced ones: number -> the host that they are on."""
    known = disk_weights(standing.hci, standing.chain)
    return {osd["id"]: osd["host"] for osd in standing.answer()["osds"] if osd["uuid"] not in known}


def refuse_others(standing: Standing, agreed: Mapping[int, str]) -> None:
    """Raises `GateNotMet` where more would leave now than was agreed to; fewer, when an earlier run took some out, is well."""
    if more := sorted(strangers(standing).keys() - agreed.keys()):
        names = ", ".join(f"osd.{number}" for number in more)
        raise GateNotMet(f"{names} would leave too, and nobody agreed to that", resolution="Repeat the command.")


def disks_of(standing: Standing, host: str) -> tuple[int, ...]:
    return tuple(osd["id"] for osd in standing.answer()["osds"] if osd["host"] == host)


def _stop(standing: Standing, host: str, number: int) -> None:
    """Where the host answers; a dead one has nothing to stop. Raises `ToolError` where systemd refuses."""
    if host not in standing.hosts:
        return
    argv = ["systemctl", "disable", "--now", f"ceph-osd@{number}.service"]
    with suppress(Unreachable):
        standing.must(host, argv, 60, f"osd.{number} could not be stopped on {host}")
