"""What ansible-playbook is given for one play: inventory, variables and rendered files, as files of one private folder."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from retailops.drivers.ssh import options
from retailops.errors import RetailopsError
from retailops.ports import Host, Json, Play, RenderedFile

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
GROUP = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
KEY = re.compile(r"[^{}\x00-\x1f]*")


def write(play: Play, folder: Path) -> Path:
    """Lays the play out in `folder` (0700, ours) and returns the inventory's path. Raises `RetailopsError` for names that are no names."""
    hosts = {host.name: host for group in play.groups.values() for host in group}
    for name, host in hosts.items():
        _check_host(name, host)
        root = folder / "files" / name
        _write_files(root, play.files.get(name, {}))
        variables = {**play.variables.get(name, {}), "files_root": str(root)}
        _write(folder / "inventory" / "host_vars" / f"{name}.json", {"retailops": unsafe(variables)})
    inventory = folder / "inventory" / "hosts.json"
    _write(inventory, _inventory(play.groups, hosts))
    return inventory


def unsafe(value: Json) -> Any:
    """The value with every string marked, so that Ansible never takes one for a template. Keys may hold no braces."""
    if isinstance(value, str):
        return {"__ansible_unsafe": value}
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str) or not KEY.fullmatch(key):
                raise RetailopsError(f"{key!r} can't be a key of a variable")
        return {key: unsafe(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [unsafe(item) for item in value]
    return value


def _inventory(groups: Mapping[str, tuple[Host, ...]], hosts: Mapping[str, Host]) -> dict[str, Any]:
    for group in groups:
        if not GROUP.fullmatch(group):
            raise RetailopsError(f"{group!r} is no name of an inventory group")
    children: dict[str, Any] = {group: {"hosts": {host.name: {} for host in of}} for group, of in groups.items()}
    return {"all": {"hosts": {name: unsafe(_connection(host)) for name, host in hosts.items()}, "children": children}}


def _connection(host: Host) -> dict[str, Json]:
    return {
        "ansible_host": host.address,
        "ansible_port": host.port,
        "ansible_user": host.user,
        "ansible_ssh_common_args": shlex.join(options(host)),
    }


def _check_host(name: str, host: Host) -> None:
    if not NAME.fullmatch(name):
        raise RetailopsError(f"{name!r} is no name of a host")
    if host.transport != "ssh":
        raise RetailopsError(f"{name} is a device of the lab and can't be configured")


def _write_files(root: Path, files: Mapping[str, RenderedFile]) -> None:
    for path, file in files.items():
        if not path.startswith("/") or ".." in PurePosixPath(path).parts or path.endswith("/"):
            raise RetailopsError(f"{path!r} is no absolute path of a file")
        target = root / "tree" / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)
    manifest = {path: {"mode": file.mode, "owner": file.owner} for path, file in files.items()}
    _write(root / "manifest.json", manifest)


def _write(path: Path, document: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(document, file)
