"""Performing what was decided, through ports; each may run twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from retailops.hci.wanted import HostWanted
from retailops.ports import Configurator, Host, Json, OnLine, Play, PlayResult

PLAYBOOK = "hci"


def provision(
    configurator: Configurator,
    wanted: Iterable[HostWanted],
    hosts: Mapping[str, Host],
    passwords: Mapping[str, Path],
    on_line: OnLine,
) -> PlayResult:
    """Brings hosts, monitors, disks, pools and the cluster to what is wanted, in this order. Raises `Unreachable`, `ToolError`.

    `passwords` host -> file with the password of its management controller; the members of the cluster get them all.
    """
    boxes = tuple(wanted)
    names = dict.fromkeys(group for box in boxes for group in box.groups)
    groups = {group: tuple(hosts[box.name] for box in boxes if group in box.groups) for group in names}
    files = {box.name: box.files for box in boxes}
    opened: dict[str, Json] = {"passwords": {host: str(path) for host, path in passwords.items()}}
    variables = {box.name: {**box.variables, **opened} for box in boxes}
    return configurator.play(Play(PLAYBOOK, groups, files, variables), on_line)
