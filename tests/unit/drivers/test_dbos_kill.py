"""kill -9 at any moment of a durable run: each finished step stays done, the interrupted one is at most repeated."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from retailops.drivers.dbos import DbosDurable
from retailops.ports import RunKey, Step

folder, store, kill, pause = Path(sys.argv[1]), sys.argv[2], sys.argv[3], float(sys.argv[4])

def note(what):
    with (folder / f"{store}.log").open("a") as log:
        log.write(what + "\\n")

def execute(step):
    note(f"begin {step.name}")
    if kill == f"in {step.name}":
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(pause)
    note(f"end {step.name}")
    if kill == f"end {step.name}":
        os.kill(os.getpid(), signal.SIGKILL)
    return step.name

durable = DbosDurable(folder / "dbos.sqlite")
steps = [Step(f"s{n}", {}) for n in range(5)]
print(durable.run(RunKey(store, "wan", 1, "plan"), steps, execute))
"""
NAMES = [f"s{n}" for n in range(5)]


def start(folder: Path, store: str = "hz0001", kill: str = "", pause: float = 0.0) -> subprocess.Popen[str]:
    argv = [sys.executable, "-c", PROGRAM, str(folder), store, kill, str(pause)]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def log(folder: Path, store: str = "hz0001") -> list[str]:
    path = folder / f"{store}.log"
    return path.read_text().splitlines() if path.exists() else []


def finish(process: subprocess.Popen[str]) -> None:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out.strip() == str(NAMES)
    assert err == "", "quiet"


@pytest.mark.parametrize("moment", ["in s0", "end s0", "in s2", "end s4"])
def test_killed_at_a_step_the_same_command_goes_on_there(tmp_path: Path, moment: str) -> None:
    process = start(tmp_path, kill=moment)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    finish(start(tmp_path))
    begun = Counter(line for line in log(tmp_path) if line.startswith("begin"))
    repeated = moment.split()[1]
    assert begun == {f"begin {name}": 2 if name == repeated else 1 for name in NAMES}
    finish(start(tmp_path))
    assert Counter(line for line in log(tmp_path) if line.startswith("begin")) == begun


def test_killed_at_any_time_until_it_is_done(tmp_path: Path) -> None:
    for number in range(8):
        process = start(tmp_path, pause=0.05)
        time.sleep(0.3 + 0.08 * number)
        process.kill()
        process.communicate()
    finish(start(tmp_path))
    ended = [line for line in log(tmp_path) if line.startswith("end")]
    assert list(dict.fromkeys(ended)) == [f"end {name}" for name in NAMES], "in order"
    begun = Counter(line for line in log(tmp_path) if line.startswith("begin"))
    assert sum(begun.values()) - len(NAMES) <= 8, "a kill repeats one step at most"


def test_two_stores_side_by_side_in_one_file(tmp_path: Path) -> None:
    both = [start(tmp_path, store, pause=0.2) for store in ("hz0001", "hz0002")]
    for process in both:
        finish(process)
    for store in ("hz0001", "hz0002"):
        assert Counter(log(tmp_path, store)) == Counter(
            [f"{what} {name}" for name in NAMES for what in ("begin", "end")]
        )


def test_another_store_takes_over_nothing_of_a_killed_one(tmp_path: Path) -> None:
    killed = start(tmp_path, "hz0001", kill="in s2")
    killed.communicate(timeout=60)
    before = log(tmp_path, "hz0001")
    finish(start(tmp_path, "hz0002", pause=0.5))
    assert log(tmp_path, "hz0001") == before
    assert set(log(tmp_path, "hz0002")) == {f"{what} {name}" for name in NAMES for what in ("begin", "end")}
    finish(start(tmp_path, "hz0001"))
    assert log(tmp_path, "hz0001")[len(before)] == "begin s2"


def test_ctrl_c_leaves_a_run_that_goes_on(tmp_path: Path) -> None:
    process = start(tmp_path, pause=0.5)
    while "begin s1" not in log(tmp_path):
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode != 0
    count = log(tmp_path).count("begin s0")
    finish(start(tmp_path))
    assert log(tmp_path).count("begin s0") == count == 1


def test_it_talks_to_nobody(tmp_path: Path) -> None:
    hook = "import sys\nsys.addaudithook(lambda e, a: print(e, a) if e in ('socket.connect', 'socket.getaddrinfo') else None)\n"
    argv = [sys.executable, "-c", hook + PROGRAM, str(tmp_path), "hz0001", "", "0.3"]
    finish(subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))


def test_commits_are_on_disk_before_the_next_step(tmp_path: Path) -> None:
    import sqlite3

    finish(start(tmp_path))
    connection = sqlite3.connect(tmp_path / "dbos.sqlite")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    from retailops.drivers.dbos import _engine

    with _engine(tmp_path / "dbos.sqlite").connect() as ours:
        assert ours.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    from retailops.drivers.dbos import DbosDurable
    from retailops.errors import RetailopsError
    from retailops.ports import RunKey

    (tmp_path / "file").write_text("")
    with pytest.raises(RetailopsError, match="can't be used"):
        DbosDurable(tmp_path / "file" / "dbos.sqlite").run(RunKey("hz0001", "wan", 1, "p"), (), lambda _step: None)


FULL = """
import sys
from pathlib import Path
from retailops.drivers.dbos import DbosDurable
from retailops.errors import RetailopsError
from retailops.ports import RunKey, Step
try:
    steps = [Step(f"s{n}", {}) for n in range(60)]
    DbosDurable(Path(sys.argv[1]) / "dbos.sqlite").run(RunKey("hz0001", "wan", 1, "p"), steps, lambda step: "x" * 50000)
except RetailopsError as error:
    print(error.message.rpartition("/")[2])
"""


@pytest.mark.skipif(os.getuid() != 0, reason="a small disk needs a mount")
def test_a_full_disk_is_one_line_and_the_run_goes_on_when_there_is_room(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = 'mount -t tmpfs -o size=2m none "$1" && "$2" -c "$3" "$1" && mount -o remount,size=50m "$1" && "$2" -c "$3" "$1"'
    argv = ["unshare", "-m", "sh", "-c", mount, "sh", str(small), sys.executable, FULL]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if "mount" in done.stderr or "unshare" in done.stderr:
        pytest.skip("this machine lets us mount nothing")
    assert (done.returncode, done.stdout) == (0, "dbos.sqlite can't be used: database or disk is full\n"), done.stderr
