"""What goes wrong: the program, the provider, the process. State stays valid, nothing is doubled or orphaned unseen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from engine_bench import Bench, ops

from retailops.engine.state.backend import Backend
from retailops.errors import Locked, RetailopsError

TWO = """
a = Thing("a", {"tag": "a"})
Thing("b", {"tag": "b", "of": a.size})
"""


def failing(bench: Bench, source: str, **options: object) -> RetailopsError:
    with pytest.raises(RetailopsError) as caught:
        bench.up(source, **options)
    Backend(str(bench.folder / "state")).load("proj", "dev")
    return caught.value


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('Thing("a")\nraise ValueError("odd")', "ValueError: odd"),
        ('Thing("a")\nimport sys; sys.exit(0)', "sys.exit(0)"),
        ('Thing("a")\nimport os; os._exit(0)', "in the middle"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("def broken(:", "SyntaxError"),
        ('raise pulumi.RunError("say this")', "say this"),
    ],
)
def test_a_program_that_does_not_reach_its_end_changes_and_deletes_nothing(
    bench: Bench, source: str, words: str
) -> None:
    bench.up('Thing("kept")')
    before = bench.state_file.read_bytes()
    error = failing(bench, source)
    assert words in (error.details or "")
    assert "Traceback" not in str(error.details)
    assert list(bench.world.things) == ["kept"]
    assert bench.state_file.read_bytes() == before


def test_a_program_that_hangs_is_ended(bench: Bench) -> None:
    error = failing(bench, "import time; time.sleep(600)", patience=1.0)
    assert "did nothing for 1 s" in (error.details or "")


def test_a_thread_that_never_ends_does_not_hold_the_run(bench: Bench) -> None:
    bench.up('import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\nThing("a")')
    assert list(bench.world.things) == ["a"]


def test_garbage_on_stdout_is_shown_without_control_characters(bench: Bench) -> None:
    bench.up('import sys; sys.stdout.buffer.write(b"\\x1b[31m\\xff\\x00 hi\\n"); sys.stdout.flush()')
    assert any(line.endswith("hi") and "\x1b" not in line for line in bench.lines)


def test_what_was_made_before_a_failure_is_kept_and_the_next_up_goes_on(bench: Bench) -> None:
    error = failing(bench, 'a = Thing("a")\nThing("b", {"boom": True, "of": a.size})\nThing("c", {"of": 1})')
    assert "boom" in error.message
    assert "a" in bench.world.things
    assert "create" in ops(bench.up(TWO))
    assert bench.world.calls.count("create a") == 1


def test_dependents_of_a_failure_are_not_made(bench: Bench) -> None:
    failing(bench, 'a = Thing("a", {"boom": True})\nThing("b", {}, pulumi.ResourceOptions(depends_on=[a]))')
    assert bench.world.calls == ["create a"]


def test_an_object_that_never_got_ready_is_kept_and_written_again(bench: Bench) -> None:
    assert "not ready" in failing(bench, 'Thing("a", {"stuck": True})').message
    assert ops(bench.up('Thing("a", {"stuck": True})')) == {"update": ["a"]}
    assert bench.world.calls == ["create a", "update a"]


def test_the_same_name_twice_is_refused_before_anything_is_made(bench: Bench) -> None:
    assert "twice" in failing(bench, 'Thing("a")\nThing("a")').message
    assert bench.world.calls == []


def test_what_is_lacking_is_named_all_at_once_before_anything_is_made(bench: Bench) -> None:
    error = failing(
        bench,
        'Thing("a")\nThing("r", kind="Rare")\nclass X(pulumi.CustomResource): pass\nX("aws:s3:Bucket", "x")\n'
        'class R(pulumi.ComponentResource): pass\nR("other:index:Remote", "rem", {}, None, True)',
    )
    for name in ("fake:index:Rare", "the provider aws", "the provider other"):
        assert name in error.message
    assert "official Pulumi CLI" in (error.resolution or "")
    assert bench.world.calls == []


def test_what_the_sdk_says_of_its_cli_becomes_our_words(bench: Bench) -> None:
    error = failing(
        bench,
        'h = pulumi.ResourceHook("h", lambda args: None)\n'
        'Thing("b", {}, pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(before_create=[h])))',
    )
    assert "lacks" in error.message
    assert "hooks" in error.message


def test_a_protected_resource_is_not_deleted(bench: Bench) -> None:
    bench.up('Thing("a", {}, pulumi.ResourceOptions(protect=True))')
    assert "protected" in failing(bench, "pass").message
    assert "a" in bench.world.things


def _killed(bench: Bench, moment: str) -> None:
    here = Path(__file__).parent
    script = (
        f"import sys; sys.path.insert(0, {str(here)!r})\n"
        "from pathlib import Path\nfrom retailops.engine.state import crypto; crypto.ROUNDS = 10\n"
        f"from engine_bench import Bench\nfrom fake_world import World\nfolder = Path({str(bench.folder)!r})\n"
        "Bench(folder, World(folder / 'world')).up()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], env={**os.environ, "DIE_AT": moment}, check=False)
    assert done.returncode == -9


@pytest.mark.parametrize("moment", ["before create a", "after create a", "before create b", "after create b"])
def test_kill_9_during_creates_doubles_and_loses_nothing(bench: Bench, moment: str) -> None:
    bench.write(TWO)
    _killed(bench, moment)
    bench.preview()
    bench.up()
    assert list(bench.world.things) == ["a", "b"]
    made = [call for call in bench.world.calls if call.startswith("create")]
    assert len(made) == 2 + moment.startswith("before")
    assert ops(bench.up()) == {}
    assert "pending_operations" not in bench.state_file.read_text()


@pytest.mark.parametrize("moment", ["before update a", "after update a"])
def test_kill_9_during_an_update_writes_it_again(bench: Bench, moment: str) -> None:
    bench.up('Thing("a", {"tag": "a", "n": 1})')
    bench.write('Thing("a", {"tag": "a", "n": 2})')
    _killed(bench, moment)
    assert ops(bench.up('Thing("a", {"tag": "a", "n": 1})')) == {"update": ["a"]}
    assert bench.world.things["a"]["n"] == 1
    assert ops(bench.up()) == {}


@pytest.mark.parametrize("moment", ["before delete a", "after delete a"])
def test_kill_9_during_a_delete(bench: Bench, moment: str) -> None:
    bench.up('Thing("a", {"tag": "a"})')
    bench.write("pass")
    _killed(bench, moment)
    bench.up()
    assert bench.world.things == {}
    assert ops(bench.up()) == {}


def test_a_deleted_one_that_is_wanted_again_after_a_kill_is_made_again(bench: Bench) -> None:
    bench.up('Thing("a", {"tag": "a"})')
    bench.write("pass")
    _killed(bench, "after delete a")
    assert ops(bench.up('Thing("a", {"tag": "a"})')) == {"create": ["a"]}
    assert list(bench.world.things) == ["a"]


def test_a_killed_run_leaves_its_lock_for_the_official_cli_and_lists_all_in_flight(bench: Bench) -> None:
    bench.write(
        'Thing("a", {"tag": "a", "slow": 1})\nThing("b", {"tag": "b", "slow": 5})\nThing("c", {"tag": "c", "slow": 5})'
    )
    _killed(bench, "after create a")
    locks = list((bench.folder / "state/.pulumi/locks/organization/proj/dev").glob("*.json"))
    assert len(locks) == 1
    bench.write('raise ValueError("not now")')
    with pytest.raises(RetailopsError):
        bench.up()
    assert not list((bench.folder / "state/.pulumi/locks/organization/proj/dev").glob("*.json"))
    told = [line for line in bench.lines if "cut off while creating" in line]
    assert len(told) == 3
    latest = json.loads(bench.state_file.read_text())["checkpoint"]["latest"]
    names = [item["urn"].rsplit("::", 1)[-1] for item in latest["resources"]]
    assert "a" in names


def test_two_engines_on_one_stack(bench: Bench) -> None:
    from retailops.engine.state import locking

    with locking.hold(Backend(str(bench.folder / "state")), "proj", "dev", "test"), pytest.raises(Locked) as caught:
        bench.up('Thing("a")')
    assert str(os.getpid()) in caught.value.message


def test_a_lock_of_the_official_cli_is_respected_and_left(bench: Bench) -> None:
    folder = bench.folder / "state/.pulumi/locks/organization/proj/dev"
    folder.mkdir(parents=True)
    lock = folder / "0a.json"
    lock.write_text(json.dumps({"pid": 1, "username": "ada", "hostname": "box", "timestamp": "2026-01-01T00:00:00Z"}))
    with pytest.raises(Locked) as caught:
        bench.up('Thing("a")')
    assert "ada@box" in caught.value.message
    assert lock.exists()
    assert bench.world.calls == []
