"""The program's process: its own modules, its end with ours, Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from engine_bench import Bench, ops

from retailops.errors import RetailopsError

HERE = Path(__file__).parent


def _beside(bench: Bench, call: str) -> subprocess.Popen[bytes]:
    script = (
        f"import sys; sys.path.insert(0, {str(HERE)!r})\n"
        "from pathlib import Path\nfrom retailops.engine.state import crypto; crypto.ROUNDS = 10\n"
        f"from engine_bench import Bench\nfrom fake_world import World\nfolder = Path({str(bench.folder)!r})\n"
        f"Bench(folder, World(folder / 'world')).{call}\n"
    )
    return subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE)


def _until(done: object, seconds: float = 60) -> None:
    assert callable(done)
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.05)


def _gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


def test_programs_do_not_see_each_others_modules(bench: Bench, tmp_path: Path) -> None:
    (bench.folder / "program/helper.py").write_text("WORD = 'one'\n")
    assert bench.up('import helper\npulumi.export("word", helper.WORD)').outputs == {"word": "one"}
    (bench.folder / "program/helper.py").write_text("WORD = 'another'\n")
    assert bench.up().outputs == {"word": "another"}
    assert not (bench.folder / "program/__pycache__").exists()
    assert tmp_path.exists()


def test_the_program_dies_with_the_engine(bench: Bench) -> None:
    pid = bench.folder / "pid"
    bench.write(f"import os, time\nopen({str(pid)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)")
    engine = _beside(bench, "up()")
    _until(lambda: pid.exists() and pid.read_text())
    engine.kill()
    engine.wait()
    _until(lambda: _gone(int(pid.read_text())))


def test_ctrl_c_waits_for_what_is_in_flight_and_keeps_it(bench: Bench) -> None:
    bench.write('a = Thing("a", {"slow": 2})\nThing("b", {"of": a.size})')
    engine = _beside(bench, "up()")
    _until(lambda: "create a" in bench.world.calls)
    engine.send_signal(signal.SIGINT)
    _, said = engine.communicate(timeout=60)
    assert b"KeyboardInterrupt" in said
    assert list(bench.world.things) == ["a"]
    assert "a" in bench.state_file.read_text()
    assert not list((bench.folder / "state/.pulumi/locks").rglob("*.json"))
    assert ops(bench.up()) == {"create": ["b"]}


def test_a_passphrase_in_the_environment_does_not_reach_the_program(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "leak")
    from retailops.engine.engine import Engine

    bench.write('import os\npulumi.export("seen", str(os.environ.get("PULUMI_CONFIG_PASSPHRASE")))')
    assert Engine("0", {}).up(bench.request, bench.lines.append).outputs == {"seen": "None"}


def test_an_interpreter_without_the_sdk_is_one_line(bench: Bench) -> None:
    folder = bench.folder / "program"
    (folder / "Pulumi.yaml").write_text("name: proj\nruntime: {name: python, options: {virtualenv: venv}}\n")
    (folder / "venv/bin").mkdir(parents=True)
    python = folder / "venv/bin/python"
    python.write_text(f'#!/bin/sh\nexec {os.path.realpath(sys.executable)} -S -I "$@"\n')
    python.chmod(0o755)
    with pytest.raises(RetailopsError) as caught:
        bench.up('Thing("a")')
    assert "can't import the Pulumi SDK" in caught.value.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: [1, 2", "YAML"),
        ("[]", "mapping"),
        ("runtime: python\n", "name"),
        ("name: ../x\nruntime: python\n", "name"),
        ("name: proj\nruntime: nodejs\n", "nodejs"),
        ("name: proj\nruntime: python\nmain: nowhere.py\n", "nowhere.py"),
        ("name: &a proj\nruntime: *a\n", "YAML"),
        ("name: proj\nruntime: python\nx: " + "[" * 100000, "YAML"),
    ],
)
def test_a_project_file_that_is_wrong_is_one_line(bench: Bench, text: str, words: str) -> None:
    (bench.folder / "program/Pulumi.yaml").write_text(text)
    with pytest.raises(RetailopsError) as caught:
        bench.up('Thing("a")')
    assert words in caught.value.message
    assert not (bench.folder / "state").exists()


def test_the_program_folder_gets_no_bytecode(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    from retailops.engine.engine import Engine

    (bench.folder / "program/beside_it.py").write_text("WORD = 'read'\n")
    outside = bench.folder / "library"
    outside.mkdir()
    (outside / "installed_thing.py").write_text("")
    bench.write(f"import sys; sys.path.append({str(outside)!r})\nimport beside_it, installed_thing\n")
    Engine("0", {}).up(bench.request, bench.lines.append)
    assert [path.name for path in (bench.folder / "program").rglob("*.pyc")] == []
    assert [path.name.split(".")[0] for path in outside.rglob("*.pyc")] == ["installed_thing"]
