"""Performing what was decided, through ports; each may run twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from retailops.hci.wanted import HostWanted
from retailops.ports import Configurator, Host, OnLine, Play, PlayResult

PLAYBOOK = "hci"


def provision(
    configurator: Configurator,
    wanted: Iterable[HostWanted],
    hosts: Mapping[str, Host],
    on_line: OnLine,
) -> PlayResult:
    """Brings hosts, monitors, disks and pools to what is wanted, in this order. Raises `Unreachable`, `ToolError`."""
    boxes = tuple(wanted)
    names = dict.fromkeys(group for box in boxes for group in box.groups)
    groups = {group: tuple(hosts[box.name] for box in boxes if group in box.groups) for group in names}
    files = {box.name: box.files for box in boxes}
    variables = {box.name: box.variables for box in boxes}
    return configurator.play(Play(PLAYBOOK, groups, files, variables), on_line)
