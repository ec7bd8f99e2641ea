"""What goes wrong in a program, from the command line: one line and a way out, a whole state, and the next run goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fake_apiserver import Cluster
from stack_desk import Desk

from retailops.cli import main
from retailops.drivers import pulumi as driver

Run = Callable[..., Result]
SHOP = 'k8s.core.v1.Namespace("shop", metadata={"name": "shop"})\n'
SECOND = 'k8s.core.v1.ConfigMap("c", metadata={"name": "c", "namespace": "shop"})\n'
LINE = "import sys; from retailops.engine.state import crypto; crypto.ROUNDS = 10\n"
LINE += "from retailops.drivers import pulumi; pulumi.shutil.which = lambda _name: None\n"
LINE += "from retailops.cli import main; main(sys.argv[1:])"


def words(desk: Desk, *verb: str) -> list[str]:
    where = ["--program", str(desk.program), "--stack", "dev", "--passphrase-file", str(desk.folder / "passphrase")]
    return ["cloud", *verb, *where, "--kubeconfig", str(desk.kubeconfig)]


@pytest.fixture
def run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(driver.shutil, "which", lambda _name: None)
    monkeypatch.delenv("RETAILOPS_FLEET", raising=False)
    monkeypatch.chdir(desk.folder)
    desk.write(SHOP)

    def call(*verb: str) -> Result:
        return CliRunner().invoke(main, words(desk, *verb))

    return call


def whole(run: Run, desk: Desk) -> None:
    """The state passes the checker, nobody holds it, and the next run of a good program goes on."""
    check = run("state", "check")
    assert check.exit_code == 0, check.output
    assert "held by" not in check.output
    desk.write(SHOP + SECOND)
    done = run("up")
    assert done.exit_code == 0, done.output
    assert run("preview", "--check").exit_code == 0


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('raise ValueError("odd")', "ValueError: odd"),
        ("import sys; sys.exit(0)", "sys.exit(0)"),
        ("import sys; sys.exit(3)", "sys.exit(3)"),
        ("import os; os._exit(0)", "in the middle of the run"),
        ("import os; os.abort()", "SIGABRT"),
        ("def broken(:", "SyntaxError"),
        ("def deep(): return deep()\ndeep()", "RecursionError"),
    ],
)
def test_a_program_that_does_not_end_well(run: Run, desk: Desk, cluster: Cluster, source: str, said: str) -> None:
    assert run("up").exit_code == 0
    desk.write(SECOND + source + "\n")
    done = run("up")
    assert done.exit_code == 1
    assert "Error: the program of proj failed" in done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "What to do: Mend the program and run it again; nothing was deleted." in done.stderr
    assert list(cluster.objects) == ["/api/v1/namespaces/shop"]
    whole(run, desk)


def test_garbage_is_shown_in_plain_characters_and_never_on_jsons_stdout(run: Run, desk: Desk) -> None:
    noise = (
        'import sys, os\nos.write(1, b"\\x1b[31m\\xff\\x00 noise\\n" * 3)\nprint("{")\nprint("]", file=sys.stderr)\n'
    )
    desk.write(noise + SHOP)
    done = run("up", "-o", "json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["changes"] == 2
    assert "noise" in done.stderr
    assert all(char.isprintable() or char == "\n" for char in done.stderr)
    whole(run, desk)


def test_a_program_that_hangs_is_ended_when_patience_ends(run: Run, desk: Desk) -> None:
    desk.write(SHOP + "import time; time.sleep(600)\n")
    done = run("up", "--patience", "1")
    assert done.exit_code == 1
    assert "it did nothing for 1 s and was ended" in done.stderr
    whole(run, desk)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_program_that_hangs_is_ended_by_ctrl_c_and_by_sigterm(run: Run, desk: Desk, number: signal.Signals) -> None:
    mark = desk.folder / "reached"
    told = f'os.symlink(str(os.getpid()), "{mark}")'
    desk.write(SHOP + f"import os, time\n{told}\ntime.sleep(600)\n")
    process = _started(desk)
    _until(mark.is_symlink)
    process.send_signal(number)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 130, (out, error)
    assert "Interrupted. The same command goes on where it was." in error
    assert "Traceback" not in error
    program = Path("/proc") / mark.readlink()
    _until(lambda: not program.exists())
    whole(run, desk)


def test_ctrl_c_while_an_object_is_not_getting_ready(run: Run, desk: Desk, cluster: Cluster) -> None:
    box = '{"containers": [{"name": "x", "image": "never"}]}'
    desk.write(
        SHOP
        + 'k8s.apps.v1.Deployment("d", metadata={"name": "d", "namespace": "shop"}, spec={"selector": {"match_labels": {}}, '
        f'"template": {{"metadata": {{}}, "spec": {box}}}}})\n'
    )
    process = _started(desk)
    _until(lambda: any("deployments/d" in path for path in list(cluster.objects)))
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 130, (out, error)
    check = run("state", "check")
    assert check.exit_code == 0, check.output
    assert "Deployment::d: not ready" in check.output
    whole(run, desk)


def _started(desk: Desk) -> subprocess.Popen[str]:
    told = {key: value for key, value in os.environ.items() if key != "RETAILOPS_FLEET"}
    return subprocess.Popen(
        [sys.executable, "-c", LINE, *words(desk, "up")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=desk.folder,
        env=told,
    )


def _until(come: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not come():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)
