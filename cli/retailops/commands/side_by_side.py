"""Commands of this tool at the same time: one process each, so that none shares the fate of another."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from retailops.commands.app import App
from retailops.commands.console import Console

if TYPE_CHECKING:
    from retailops.ports import OnLine

PR_SET_PDEATHSIG = 1


@dataclass
class Job:
    """`document` is the outcome as JSON, or `{error}`."""

    name: str
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    printed: str = ""
    listeners: tuple[threading.Thread, ...] = ()

    @property
    def code(self) -> int:
        return self.process.returncode

    @property
    def last_words(self) -> str:
        said = [line for line in self.lines if line.startswith("Error: ")] or self.lines
        return said[-1].removeprefix("Error: ") if said else f"ended with {self.code}"

    @property
    def document(self) -> Any:
        return {"error": self.last_words, "code": self.code} if self.code else json.loads(self.printed)

    def join(self) -> None:
        """Returns when the process has ended and all that it said was heard."""
        self.process.wait()
        for listener in self.listeners:
            listener.join()


def onboard_all(app: App, console: Console, stores: tuple[str, ...], until: str | None, jobs: int) -> dict[str, Job]:
    """Every store's job, ended; at most `jobs` at once."""
    waiting, running, ended = list(stores), list[Job](), dict[str, Job]()
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                store = waiting.pop(0)
                words = ["store", "onboard", store, "--yes", *(["--until", until] if until else [])]
                running.append(start(app, store, words, console.line))
            time.sleep(0.05)
            for job in [job for job in running if job.process.poll() is not None]:
                running.remove(job)
                job.join()
                _show(console, job)
                ended[job.name] = job
    finally:
        for job in running:
            job.process.terminate()
    return {store: ended[store] for store in stores}


def start(app: App, name: str, words: Sequence[str], on_line: OnLine) -> Job:
    """The command on the same fleet and world, in a process that ends with the thread that calls; `on_line` hears its progress."""
    argv = [sys.executable, "-m", "retailops", "--fleet", str(app.root), *(["--simulate"] if app.simulate else [])]
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [*argv, *words, "--output", "json"],
        stdin=subprocess.DEVNULL,
        stdout=pipe,
        stderr=pipe,
        text=True,
        preexec_fn=_die_with(os.getpid()),
    )
    job = Job(name, process)
    job.listeners = (
        threading.Thread(target=_listen, args=(job, on_line)),
        threading.Thread(target=_collect, args=(job,)),
    )
    for listener in job.listeners:
        listener.start()
    return job


def _show(console: Console, job: Job) -> None:
    if not job.code:
        document = job.document
        what = "changed" if document["changed"] else "already open: nothing changed"
        console.line(f"{job.name}: {document['state']}, {what} ({document['seconds']:.1f} s)")


def _listen(job: Job, on_line: OnLine) -> None:
    assert job.process.stderr is not None
    for line in job.process.stderr:
        job.lines.append(line.rstrip())
        on_line(line.rstrip())


def _collect(job: Job) -> None:
    assert job.process.stdout is not None
    job.printed = job.process.stdout.read()


def _die_with(parent: int) -> Any:
    prctl = ctypes.CDLL(None).prctl

    def prepare() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return prepare
