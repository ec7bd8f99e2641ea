"""What daemons of Ceph a host runs, asked of the host alone: `{}` -> `{daemons: [{unit, kind, id, version, ready, behind, failed}]}`.

`ready`: a monitor belongs to the majority, an OSD is active, a manager answers, a copier to another site runs (it tells no version).
`behind` says why it would be another one after a restart: `configuration` was written after it began, or `packages` have replaced a
file that it runs from. `failed` are its last words where systemd has given it up, else "".
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

CONF = Path("/etc/ceph/ceph.conf")
READY = {"mon": ("mon_status", ("leader", "peon")), "osd": ("status", ("active",))}


def said(*argv: str) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=False).stdout


def units() -> list[str]:
    patterns = [f"ceph-{kind}@*" for kind in ("mon", "mgr", "osd", "rbd-mirror")]
    lines = said("systemctl", "list-units", "--all", "--plain", "--no-legend", *patterns).splitlines()
    return sorted(line.split()[0] for line in lines if line.strip())


def states(names: list[str]) -> list[tuple[int, str]]:
    """Process and state of each unit."""
    blocks = said("systemctl", "show", "--property=MainPID,ActiveState", "--", *names).split("\n\n") if names else []
    found = (dict(line.split("=", 1) for line in block.splitlines() if line) for block in blocks)
    return [(int(each["MainPID"]), each["ActiveState"]) for each in found]


def last_words(unit: str) -> str:
    lines = said("journalctl", "--no-pager", "-o", "cat", "-n", "30", "-u", unit).splitlines()
    return "\n".join([line for line in lines if not line.startswith(unit)][-3:])


def asked(daemon: str, prefix: str) -> dict[str, Any]:
    """What a daemon's own socket answers; empty where nobody does. Ceph sends the length first, in four bytes."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(5)
            line.connect(f"/run/ceph/ceph-{daemon}.asok")
            line.sendall(json.dumps({"prefix": prefix, "format": "json"}).encode() + b"\0")
            with line.makefile("rb") as answer:
                return dict(json.loads(answer.read(int.from_bytes(answer.read(4), "big"))))
    except (OSError, ValueError):
        return {}


def began(pid: int) -> float:
    ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + ticks / os.sysconf("SC_CLK_TCK")


def replaced(pid: int) -> bool:
    files = (
        line.split(maxsplit=5)[5] for line in Path(f"/proc/{pid}/maps").read_text().splitlines() if line.count("/")
    )
    return any(name.startswith("/usr/") and name.endswith(" (deleted)") for name in files)


def behind(pid: int) -> list[str]:
    try:
        # A file of the future was written before the clock was set back: no restart would ever make a daemon younger.
        newer = CONF.exists() and began(pid) < CONF.stat().st_mtime <= time.time()
        found = {"configuration": newer, "packages": replaced(pid)}
    except OSError:
        return []
    return [what for what, is_so in found.items() if is_so]


def ready(kind: str, name: str, version: str, state: str) -> bool:
    if kind not in READY:
        return state == "active" and (kind != "mgr" or bool(version))
    question, states = READY[kind]
    return asked(name, question).get("state") in states


def daemon(unit: str, pid: int, state: str) -> dict[str, Any]:
    kind, _, number = unit.removeprefix("ceph-").removesuffix(".service").partition("@")
    number = number.removeprefix(f"{kind}.")
    version = asked(f"{kind}.{number}", "version").get("version", "")
    return {
        "unit": unit,
        "kind": kind,
        "id": number,
        "version": version,
        "ready": ready(kind, f"{kind}.{number}", version, state),
        "behind": behind(pid),
        "failed": (last_words(unit) or "no last words") if state == "failed" else "",
    }


if __name__ == "__main__":
    names = units()
    print(json.dumps({"daemons": [daemon(unit, *each) for unit, each in zip(names, states(names), strict=True)]}))
