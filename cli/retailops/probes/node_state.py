"""What is on a node: `{files?, texts?, units?, joined?}` -> digests, small texts, unit states, and whether a play was cut off there.

`{files: {path: sha256|null}, texts: {path: text|null}, units: {unit: {active, enabled}}, astray: [path], unsettled: [path], boot,
machine, virtualization}`. `unsettled` are files written by a play whose handlers may not have run; `astray` are those of `joined`
(path -> folder) that are not the `*.conf` of their folder, joined by name.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def content(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def said(argv: Sequence[str]) -> str:
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:
        return ""


def states(units: Sequence[str]) -> dict[str, dict[str, str]]:
    if not units:
        return {}
    answer = said(["systemctl", "show", "--property=ActiveState,UnitFileState", "--", *units])
    blocks = [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in answer.split("\n\n")]
    return {
        unit: {"active": block.get("ActiveState", ""), "enabled": block.get("UnitFileState", "")}
        for unit, block in zip(units, blocks, strict=False)
    }


def unsettled() -> list[str]:
    try:
        return list(json.loads(Path("/var/lib/retailops/files.json").read_text())["unsettled"])
    except (OSError, ValueError, KeyError):
        return []


def astray(joined: dict[str, str]) -> list[str]:
    return [
        path
        for path, folder in joined.items()
        if content(path) != b"".join(part.read_bytes() for part in sorted(Path(folder).glob("*.conf")))
    ]


def state(args: dict[str, Any]) -> dict[str, Any]:
    found = {path: content(path) for path in args.get("files", ())}
    texts = {path: content(path) for path in args.get("texts", ())}
    start = (content("/proc/1/stat") or b"").decode().rpartition(")")[2].split()
    return {
        "files": {path: None if data is None else hashlib.sha256(data).hexdigest() for path, data in found.items()},
        "texts": {path: None if data is None else data.decode(errors="replace") for path, data in texts.items()},
        "units": states(args.get("units", ())),
        "astray": astray(args.get("joined", {})),
        "unsettled": unsettled(),
        "boot": f"{(content('/proc/sys/kernel/random/boot_id') or b'').decode().strip()}/{start[19]}",
        "machine": (content("/etc/machine-id") or b"").decode().strip(),
        "virtualization": said(["systemd-detect-virt"]) or "none",
    }


if __name__ == "__main__":
    print(json.dumps(state(json.loads(sys.argv[1]))))
