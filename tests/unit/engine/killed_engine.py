"""Runs one `up`, or imports `a` and `b`, and dies by SIGKILL at the point that KILL_AT numbers; without it, tells how many there are.

A point is: before, in the middle of and after each write of the journal, before and after each whole file, before and after each
call of the provider that changes the world.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parent))

from engine_bench import Bench
from fake_world import World

from kill_points import is_next, passed, point
from retailops.engine.adopting import Wish, Wishes
from retailops.engine.state import crypto, files
from retailops.engine.state.bucket import Bucket
from retailops.engine.state.journal import Journal

crypto.ROUNDS = 10


def around(owner: Any, name: str, label: str) -> None:
    real = getattr(owner, name)

    def call(*arguments: Any, **options: Any) -> Any:
        point(f"before {label}")
        result = real(*arguments, **options)
        point(f"after {label}")
        return result

    setattr(owner, name, call)


def torn_journal() -> None:
    real = Journal._append

    def append(self: Any, entry: Any) -> int:
        point("before the journal")
        if is_next():
            line = json.dumps(entry).encode()
            self._file.write(line[: len(line) // 2])
            self._file.flush()
        point("inside the journal")
        number = real(self, entry)
        point("after the journal")
        return number

    Journal._append = append  # type: ignore[method-assign]


def main(folder: Path, doing: str) -> None:
    torn_journal()
    around(files, "write", "a file")
    around(files, "remove", "a removal")
    for verb in ("create", "update", "delete"):
        around(World, verb, verb)
    if state := os.environ.get("STATE"):
        for verb in ("write", "create", "remove"):
            around(Bucket, verb, f"an object {verb}")
    bench = Bench(folder, World(folder / "world"))
    if doing == "up":
        bench.up(**({"state": state} if state else {}))
    else:
        things = tuple(Wish("fake:index:Thing", name, name) for name in ("a", "b"))
        bench.engine().adopt(bench.request, Wishes(things), bench.lines.append, (folder / "imported.py").write_text)
    print(json.dumps(passed))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(sys.argv[2:] or ["up"]))
