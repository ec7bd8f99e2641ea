"""No tool outlives us, however we die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from retailops.drivers import tool
from retailops.errors import ToolError

PARENT = """
import sys
from retailops.drivers.tool import keep
keep(["sh", "-c", sys.argv[1]])
"""
NEST = """
mark={mark}
note() {{ echo $$ >> $mark; }}
note
sh -c 'echo $$ >> {mark}; sleep 1000' &
(setsid sh -c 'echo $$ >> {mark}; (setsid sh -c "echo \\$\\$ >> {mark}; exec sleep 1000" &) ; sleep 1000' &)
trap '' TERM INT HUP
sleep 1000
"""
EVERYBODY = 4


def pids(mark: Path) -> list[int]:
    return [int(line) for line in mark.read_text().split()] if mark.exists() else []


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition: object, seconds: float = 20) -> bool:
    assert callable(condition)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def parent(tmp_path: Path) -> tuple[subprocess.Popen[bytes], list[int]]:
    mark = tmp_path / "pids"
    process = subprocess.Popen([sys.executable, "-c", PARENT, NEST.format(mark=mark)], start_new_session=True)
    assert until(lambda: len(pids(mark)) == EVERYBODY)
    return process, pids(mark)


def test_kill_9_of_the_parent_ends_every_descendant(parent: tuple[subprocess.Popen[bytes], list[int]]) -> None:
    process, family = parent
    assert all(map(alive, family))
    process.kill()
    process.wait()
    assert until(lambda: not any(map(alive, family))), [pid for pid in family if alive(pid)]
    assert until(lambda: not tool.keepers_of(process.pid))


def test_kill_9_of_the_whole_process_group_too(parent: tuple[subprocess.Popen[bytes], list[int]]) -> None:
    process, family = parent
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert until(lambda: not any(map(alive, family)))


def test_ctrl_c_ends_a_tool_that_ignores_it(parent: tuple[subprocess.Popen[bytes], list[int]]) -> None:
    process, family = parent
    os.kill(process.pid, signal.SIGINT)
    process.wait()
    assert not any(map(alive, family))


def test_what_a_finished_tool_left_behind_is_ended(tmp_path: Path) -> None:
    mark = tmp_path / "pids"
    done = tool.keep(["sh", "-c", f"(setsid sh -c 'echo $$ > {mark}; exec sleep 1000' &); sleep 0.3; exit 3"])
    assert done.code == 3
    assert pids(mark)
    assert not alive(pids(mark)[0])


def test_input_output_and_exit_code_go_through() -> None:
    done = tool.keep(["sh", "-c", "cat; echo oops >&2; exit 7"], stdin=b"x" * 200_000)
    assert (done.code, len(done.out), done.err) == (7, 200_000, b"oops\n")


def test_a_signal_death_is_seen_as_one() -> None:
    assert tool.keep(["sh", "-c", "kill -9 $$"]).code == -9


def test_a_signal_reaches_the_tool() -> None:
    process = tool.start(["sh", "-c", "trap 'echo got; exit 5' USR1; echo ready; while :; do sleep 0.05; done"])
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGUSR1)
    assert process.stdout.readline() == b"got\n"
    assert process.wait() == 5
    tool.end(process)


def test_lines_come_as_they_are_said() -> None:
    lines: list[str] = []
    done = tool.keep(["sh", "-c", "echo a; echo 门店; printf tail"], on_line=lines.append)
    assert lines == ["a", "门店", "tail"]
    assert done.text == "a\n门店\ntail"


def test_too_long_is_an_error_and_ends_it() -> None:
    with pytest.raises(tool.TimedOut, match=r"sleep did not end within 0\.2 s"):
        tool.keep(["sleep", "1000"], timeout=0.2)
    assert not tool.keepers_of(os.getpid())


def test_a_missing_program_is_named() -> None:
    with pytest.raises(ToolError, match="no-such-program can't be started") as error:
        tool.keep(["no-such-program"])
    assert error.value.resolution == "Install no-such-program."


def test_the_death_of_the_starting_thread_is_not_ours() -> None:
    import threading

    started: list[subprocess.Popen[bytes]] = []
    thread = threading.Thread(target=lambda: started.append(tool.start(["sleep", "1000"])))
    thread.start()
    thread.join()
    time.sleep(0.3)
    assert started[0].poll() is None
    tool.end(started[0])
