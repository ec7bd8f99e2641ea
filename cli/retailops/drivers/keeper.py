"""Runs one tool and lets nothing of it outlive us: `python -I -S keeper.py --parent=PID -- ARGV…`, standard library only.

It dies with its parent and ends every descendant first, also those that forked twice; signals are passed to the tool;
it exits as the tool did. It has a session of its own, so that a signal to the parent's process group leaves it time to do so.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
PARENT_DIED = signal.SIGUSR2
PASSED = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1}
WATCHED = {signal.SIGCHLD, PARENT_DIED, *PASSED}
GRACE_SECONDS = 5.0
CANNOT_START = 127


def prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def parents() -> dict[int, int]:
    """pid -> parent's pid, of every process to be seen."""
    found = {}
    for entry in os.listdir("/proc"):  # noqa: PTH208 (pathlib takes longer to import than the tool to start)
        if entry.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{entry}/stat", "rb") as stat:  # noqa: PTH123
                found[int(entry)] = int(stat.read().rpartition(b")")[2].split()[1])
    return found


def descendants() -> set[int]:
    above = parents()
    ours: set[int] = set()
    grown = {os.getpid()}
    while grown:
        grown = {pid for pid, parent in above.items() if parent in grown} - ours
        ours |= grown
    return ours


def end_all() -> None:
    """Kills every descendant and reaps it; orphans come to us, since we are the subreaper."""
    while True:
        for pid in descendants():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def start(argv: list[str]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
        os.execvp(argv[0], argv)
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(CANNOT_START)


def reap(tool: int) -> int | None:
    """The tool's wait status if it has ended; other dead children are reaped on the way."""
    status = None
    while True:
        try:
            pid, code = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status
        if pid == 0:
            return status
        if pid == tool:
            status = code


def watch(tool: int, parent: int) -> int:
    """The tool's wait status; ends it when the parent is gone, or when it ignores a request to end."""
    deadline = None
    while True:
        wait = 3600.0 if deadline is None else max(0.0, deadline - time.monotonic())
        info = signal.sigtimedwait(WATCHED, wait)
        if info is None:
            if deadline is not None:
                end_all()
                return int(signal.SIGKILL)
        elif info.si_signo == signal.SIGCHLD:
            status = reap(tool)
            if status is not None:
                return status
        elif info.si_signo == PARENT_DIED:
            if os.getppid() != parent:
                end_all()
                return int(signal.SIGKILL)
        else:
            os.kill(tool, info.si_signo)
            if info.si_signo in (signal.SIGTERM, signal.SIGINT):
                deadline = deadline or time.monotonic() + GRACE_SECONDS


def leave(status: int) -> None:
    """Ends this process as the tool ended."""
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(-code, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {-code})
        os.kill(os.getpid(), -code)
    os._exit(code if code >= 0 else 128 - code)


def main(arguments: list[str]) -> None:
    parent = int(arguments[0].removeprefix("--parent="))
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    with contextlib.suppress(PermissionError):
        os.setsid()
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    prctl(PR_SET_PDEATHSIG, PARENT_DIED)
    if os.getppid() != parent:
        os._exit(128 + signal.SIGKILL)
    status = watch(start(arguments[2:]), parent)
    end_all()
    leave(status)


if __name__ == "__main__":
    main(sys.argv[1:])
