"""The centre beside the store that `demo` opens: its cluster, and the private cloud's stack on it."""

from __future__ import annotations

import re
import threading
import time
from types import TracebackType
from typing import Any

from retailops.commands.app import App
from retailops.commands.console import Console
from retailops.commands.side_by_side import Job, start

CLOUD = "private"
STEPS = (("lab", "centre"), ("cloud", "up", CLOUD))
_DETAIL = re.compile(
    r" *([\d.]+ s )? *(k3s : |.+: changed$|The handlers|[-+~±=] |(create|update|replace|delete|same) )"
)
"""What Ansible and the engine say of single steps."""


class Centre:
    """A context: what is inside runs beside the centre's commands, and is left when both are done."""

    def __init__(self, app: App, console: Console) -> None:
        self._app, self._console = app, console
        self._jobs: list[Job] = []
        self._left = False
        self._thread = threading.Thread(target=self._run)
        self.seconds = 0.0

    def __enter__(self) -> Centre:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        if kind:
            self._left = True
            for job in self._jobs:
                job.process.terminate()
        elif self._thread.is_alive():
            self._console.line("the store is done; the centre is not yet")
        self._thread.join()

    @property
    def error(self) -> str:
        """What the first command that failed said last."""
        return next((f"{' '.join(words)}: {job.last_words}" for words, job in self._ended if job.code), "")

    @property
    def stack(self) -> dict[str, Any]:
        """The stack's document, as `cloud up --output json` prints it."""
        found: dict[str, Any] = self._jobs[-1].document
        return found

    @property
    def _ended(self) -> list[tuple[tuple[str, ...], Job]]:
        return list(zip(STEPS, self._jobs, strict=False))

    def _say(self, line: str) -> None:
        if not _DETAIL.match(line):
            self._console.line(f"centre: {line.strip()}")

    def _run(self) -> None:
        begun = time.monotonic()
        for words in STEPS:
            if self._left:
                return
            job = start(self._app, "centre", words, self._say)
            self._jobs.append(job)
            job.join()
            if job.code:
                return
        self.seconds = time.monotonic() - begun
