"""The program's process: an unchanged Pulumi program runs there, never in ours."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from retailops.errors import RetailopsError, ToolError

PARALLEL = 16
_NOT_FOR_PROGRAMS = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


@dataclass(frozen=True)
class Job:
    """One run of a program: `folder` becomes the working folder, `main` is the file, `monitor` our socket."""

    project: str
    stack: str
    root: str
    folder: str
    main: str
    config: Mapping[str, str]
    secret_keys: list[str]
    monitor: str
    dry_run: bool
    debug: bool = False
    parallel: int = PARALLEL


@dataclass(frozen=True)
class Ending:
    """How a run ended: `error` is empty when the program came to its end by itself."""

    error: str = ""
    where: str = ""


class ProgramHost:
    """A child process that forks once a run; ends with the thread that made it, and with `close`, together with all it started.

    `on_line` gets what the program prints.
    """

    def __init__(self, python: str) -> None:
        self.on_line: Callable[[str], None] = lambda _line: None
        self.alive = True
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self._process = self._start(python)
        self._readers = [
            threading.Thread(target=self._read_output, daemon=True),
            threading.Thread(target=self._read_answers, daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        first = self._answers.get()
        if "ready" not in first:
            self.close()
            raise RetailopsError(
                first.get("fatal", "the program's Python did not start"),
                resolution="Install the program's requirements (pip install pulumi …) where its Pulumi.yaml names them.",
            )

    def _start(self, python: str) -> subprocess.Popen[bytes]:
        reading, writing = os.pipe()
        environment = {key: value for key, value in os.environ.items() if key not in _NOT_FOR_PROGRAMS}
        script = str(Path(__file__).with_name("child.py"))
        try:
            process = subprocess.Popen(
                [python, "-u", script, str(writing), str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(writing,),
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise ToolError(f"{python} can't be started", details=str(error)) from error
        finally:
            os.close(writing)
        self._reading = os.fdopen(reading, "rb")
        return process

    def run(self, job: Job, idle: Callable[[], float], patience: float) -> Ending:
        """Runs to its end; a program that does nothing for `patience` seconds (`idle` tells) is ended."""
        stdin = self._process.stdin
        assert stdin is not None
        with contextlib.suppress(BrokenPipeError):
            stdin.write(json.dumps(asdict(job)).encode() + b"\n")
            stdin.flush()
        outcome: dict[str, Any] = {}
        while "status" not in outcome and "gone" not in outcome:
            try:
                outcome.update(self._answers.get(timeout=0.5))
                self.alive = self.alive and "gone" not in outcome
            except queue.Empty:
                if idle() > patience:
                    self.close()
                    return Ending(f"it did nothing for {patience:.0f} s and was ended")
        return _ending(outcome)

    def close(self) -> None:
        """Kills the child and everything in its session."""
        self.alive = False
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        for reader in self._readers:
            reader.join(timeout=2)

    def _read_output(self) -> None:
        assert self._process.stdout is not None
        for raw in iter(lambda: self._process.stdout.readline(65536), b""):  # type: ignore[union-attr]
            text = raw.decode("utf-8", "replace").rstrip()
            if shown := "".join(char for char in text if char.isprintable() or char == "\t"):
                self.on_line(shown)

    def _read_answers(self) -> None:
        for raw in self._reading:
            with contextlib.suppress(ValueError):
                self._answers.put(json.loads(raw))
        self._answers.put({"gone": True})


def _ending(outcome: Mapping[str, Any]) -> Ending:
    if "error" in outcome:
        return Ending(outcome["error"], outcome.get("where", ""))
    if outcome.get("done") and outcome.get("status") == 0:
        return Ending()
    status = outcome.get("status")
    if status is None:
        return Ending("its process was ended from outside")
    if status < 0:
        return Ending(f"its process was ended by {signal.Signals(-status).name}")
    return Ending(f"its process ended with status {status} in the middle of the run")


def python_for(folder: Path, options: Mapping[str, Any]) -> str:
    """The interpreter that a Pulumi.yaml names by `virtualenv`, else ours."""
    if name := options.get("virtualenv"):
        own = folder / str(name) / "bin" / "python"
        if own.exists():
            return str(own)
    return sys.executable
