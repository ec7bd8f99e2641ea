"""Runs outside tools under the keeper, so that none outlives this process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from retailops.errors import ToolError
from retailops.ports import OnLine

KEEPER = Path(__file__).with_name("keeper.py")
CANNOT_START = 127
END_SECONDS = 8.0


@dataclass(frozen=True)
class Completed:
    """How a tool ended: `code` as the shell counts (a signal is negative), what it wrote, and how long it took in seconds."""

    code: int
    out: bytes
    err: bytes
    seconds: float

    @property
    def text(self) -> str:
        return self.out.decode(errors="replace")

    @property
    def last_words(self) -> str:
        """The end of what it said, stderr first, at most 20 lines."""
        said = (self.err.strip() or self.out.strip()).decode(errors="replace")
        return "\n".join(said.splitlines()[-20:])


class TimedOut(ToolError):
    """A tool took longer than it may; it and its descendants were ended."""


def keeper_argv(argv: Sequence[str]) -> list[str]:
    """`argv` under the keeper, for a child of this very process."""
    return [sys.executable, "-I", "-S", str(KEEPER), f"--parent={os.getpid()}", "--", *argv]


def keepers_of(parent: int, containing: str = "") -> list[int]:
    """Pids of the keepers whose parent is, or was, process `parent`: non-empty after its death means that its tools still end."""
    mark, name = f"--parent={parent}".encode(), os.fsencode(KEEPER)
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            words = line.split(b"\0")[:6]
            if mark in words and name in words and containing.encode() in line:
                found.append(int(entry.name))
    return found


def keep(
    argv: Sequence[str],
    *,
    stdin: bytes = b"",
    timeout: float | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    on_line: OnLine | None = None,
) -> Completed:
    """Runs `argv` to its end and returns how it went, whatever its exit code.

    `on_line` gets each line of both outputs as it comes. Raises `TimedOut`, and `ToolError` if the program is not there.
    """
    begun = time.monotonic()
    process = start(argv, env=env, cwd=cwd)
    try:
        out, err = _converse(process, stdin, timeout, on_line)
    except subprocess.TimeoutExpired as error:
        raise TimedOut(f"{Path(argv[0]).name} did not end within {timeout:g} s and was stopped") from error
    finally:
        end(process)
    if process.returncode == CANNOT_START and err.decode(errors="replace").startswith(f"{argv[0]}: "):
        raise ToolError(
            f"{argv[0]} can't be started", details=err.decode(errors="replace"), resolution=f"Install {argv[0]}."
        )
    return Completed(process.returncode, out, err, time.monotonic() - begun)


def start(
    argv: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.Popen[bytes]:
    """Starts `argv` under the keeper with pipes; the caller ends it with `end`, or this process' death does."""
    pipe = subprocess.PIPE
    return subprocess.Popen(keeper_argv(argv), stdin=pipe, stdout=pipe, stderr=pipe, env=env, cwd=cwd)


def end(process: subprocess.Popen[bytes]) -> None:
    """Asks the tool to end, then makes it; returns when it and all its descendants are gone."""
    terminate(process)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None and not stream.closed:
            try:
                stream.close()
            except BrokenPipeError:
                continue


def terminate(process: subprocess.Popen[bytes]) -> None:
    """Ends the tool but leaves its outputs to be read."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _converse(
    process: subprocess.Popen[bytes], stdin: bytes, timeout: float | None, on_line: OnLine | None
) -> tuple[bytes, bytes]:
    if on_line is None:
        return process.communicate(stdin, timeout)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    out: list[bytes] = []
    err: list[bytes] = []
    threads = [
        threading.Thread(target=_listen, args=(stream, heard, on_line), daemon=True)
        for stream, heard in ((process.stdout, out), (process.stderr, err))
    ]
    for thread in threads:
        thread.start()
    try:
        process.stdin.write(stdin)
        process.stdin.close()
    except BrokenPipeError:
        pass
    process.wait(timeout)
    for thread in threads:
        thread.join()
    return b"".join(out), b"".join(err)


def _listen(stream: IO[bytes], heard: list[bytes], on_line: OnLine) -> None:
    for line in stream:
        heard.append(line)
        on_line(line.decode(errors="replace").rstrip("\r\n"))
