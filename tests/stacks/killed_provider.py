"""Runs one `up` in this process and dies by SIGKILL at the point that KILL_AT numbers; without it, tells how many there are.

A point is: before and after each request that changes the cluster, and after each thing written about it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from stack_desk import Desk

from kill_points import passed, point
from retailops.engine import flights
from retailops.engine.providers.kube_api import Api
from retailops.engine.state import crypto
from retailops.engine.state.journal import Journal

crypto.ROUNDS = 10
flights.WORKERS = 1


def watched_requests() -> None:
    real = Api._send

    def send(self: Api, method: str, path: str, body: Any, query: Any, *kind: str) -> Any:
        if method == "GET" or "dryRun" in query:
            return real(self, method, path, body, query, *kind)
        point(f"before {method}")
        answer = real(self, method, path, body, query, *kind)
        point(f"after {method}")
        return answer

    Api._send = send  # type: ignore[method-assign]


def watched_journal() -> None:
    real = Journal._append

    def append(self: Any, entry: Any) -> int:
        number = real(self, entry)
        point("after the journal")
        return number

    Journal._append = append  # type: ignore[method-assign]


def main(folder: Path) -> None:
    watched_requests()
    watched_journal()
    Desk(folder, folder / "program", folder / "kubeconfig").up()
    print(json.dumps(passed))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
