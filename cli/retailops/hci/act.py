"""Performing what was decided, through ports; each may run twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from retailops.hci.wanted import HostWanted
from retailops.ports import Configurator, Host, Json, OnLine, Play, PlayResult

PLAYBOOK, TOGETHER = "hci", "hci_cluster"


def provision(
    configurator: Configurator,
    wanted: Iterable[HostWanted],
    hosts: Mapping[str, Host],
    on_line: OnLine,
) -> PlayResult:
    """Brings hosts, monitors, disks and pools to what is wanted, in this order. Raises `Unreachable`, `ToolError`."""
    boxes = tuple(wanted)
    files = {box.name: box.files for box in boxes}
    variables = {box.name: box.variables for box in boxes}
    return configurator.play(Play(PLAYBOOK, _groups(boxes, hosts), files, variables), on_line)


def unite(
    configurator: Configurator,
    wanted: Iterable[HostWanted],
    hosts: Mapping[str, Host],
    passwords: Mapping[str, Path],
    on_line: OnLine,
) -> PlayResult:
    """Lets the hosts take over each other's machines, which have their volumes by then. Raises `Unreachable`, `ToolError`.

    `passwords` host -> file with the password of its management controller; the members of the cluster get them all.
    """
    boxes = tuple(wanted)
    opened: dict[str, Json] = {"passwords": {host: str(path) for host, path in passwords.items()}}
    files = {box.name: box.files for box in boxes}
    variables = {box.name: {**box.variables, **opened} for box in boxes}
    return configurator.play(Play(TOGETHER, _groups(boxes, hosts), files, variables), on_line)


def _groups(boxes: tuple[HostWanted, ...], hosts: Mapping[str, Host]) -> dict[str, tuple[Host, ...]]:
    names = dict.fromkeys(group for box in boxes for group in box.groups)
    return {group: tuple(hosts[box.name] for box in boxes if group in box.groups) for group in names}
