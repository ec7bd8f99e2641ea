"""Network namespaces: made and removed by `ip`, entered by `setns`."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from retailops.errors import ToolError

_NETNS = Path("/run/netns")
_CLONE_NEWNET = 0x4000_0000


def path(space: str) -> Path:
    return _NETNS / space


def exists(space: str) -> bool:
    """Whether it is there and alive: a half-made one is a file without a namespace mounted on it."""
    try:
        return path(space).stat().st_dev != _NETNS.stat().st_dev
    except OSError:
        return False


def ensure(space: str) -> bool:
    """Makes it where it is missing; True when it was made now."""
    if exists(space):
        return False
    path(space).unlink(missing_ok=True)
    run("ip", "netns", "add", space)
    return True


def of(root: str) -> list[str]:
    """The lab's namespaces: `root` and all whose name begins with it and a dash."""
    if not _NETNS.is_dir():
        return []
    return sorted(each.name for each in _NETNS.iterdir() if each.name == root or each.name.startswith(f"{root}-"))


def remove(space: str) -> None:
    """Takes its links away first, so that they are gone also while some process still sits in it."""
    if exists(space):
        names = [name for name in links(space) if name != "lo"]
        ip(space, (f"link del {name}" for name in names), force=True)
        subprocess.run(["ip", "netns", "del", space], capture_output=True, check=False)
    with suppress(FileNotFoundError):
        path(space).unlink()


def tidy() -> None:
    """Unmounts /run/netns when nothing is left in it: `ip netns add` mounts it and never takes it away."""
    if _NETNS.is_dir() and not any(_NETNS.iterdir()):
        subprocess.run(["umount", str(_NETNS)], capture_output=True, check=False)


def links(space: str) -> dict[str, dict[str, Any]]:
    """Name -> what `ip -j -d link` says of it."""
    done = run("ip", "-n", space, "-j", "-d", "link")
    return {str(link["ifname"]): link for link in json.loads(done or "[]")}


def ip(space: str | None, commands: Iterable[str], *, force: bool = False) -> None:
    """A batch of `ip` commands in a namespace (None: the one we are in); `force` goes on after one that fails."""
    text = "\n".join(commands)
    if not text:
        return
    argv = ["ip", *(["-n", space] if space else []), *(["-force"] if force else []), "-batch", "-"]
    done = subprocess.run(argv, input=text + "\n", capture_output=True, text=True, check=False)
    if done.returncode and not force:
        raise ToolError(f"ip failed in namespace {space}", details=f"{done.stderr.strip()[:500]}\n{text}")


def enter(space: str) -> None:
    """Moves the calling thread into the namespace, and with it what it starts from now on (threads and processes)."""
    libc = ctypes.CDLL(None, use_errno=True)
    with path(space).open("rb") as handle:
        if libc.setns(handle.fileno(), _CLONE_NEWNET):
            number = ctypes.get_errno()
            raise ToolError(
                f"can't enter the network namespace {space}: {os.strerror(number)}",
                resolution="Run it as root.",
            )


def inside(space: str, act: Callable[[], None]) -> None:
    """Calls `act` in the namespace, in a thread of its own, so that the caller stays where it is."""
    failed: list[BaseException] = []

    def body() -> None:
        try:
            enter(space)
            act()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


def sysctl(space: str, values: dict[str, str]) -> None:
    """Settings of the namespace's own network, `ipv4/ip_forward` -> `1`."""

    def write() -> None:
        for key, value in values.items():
            with suppress(FileNotFoundError):
                Path("/proc/sys/net", key).write_text(value)

    inside(space, write)


def run(*argv: str, stdin: str | None = None) -> str:
    """Runs a tool and returns its output; ToolError with its last words."""
    done = subprocess.run(
        argv,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise ToolError(f"{' '.join(argv[:6])} failed", details=(done.stderr or done.stdout).strip()[-2000:])
    return done.stdout
