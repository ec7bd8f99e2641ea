"""Stacks move from a folder to a bucket and back, byte for byte; whoever is killed in between is repeated."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from engine_bench import Bench, ops
from s3_server import SLOW_DOWN, Rig

from retailops.cli import main
from retailops.engine.state import bucket
from retailops.engine.state.backend import Backend
from retailops.engine.state.moving import move, stacks
from retailops.errors import RetailopsError

THING = 'Thing("a", {"n": 1})'


def _run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["cloud", "state", "move", *words, "--yes"])
    return done.exit_code, done.output


def test_there_and_back(bench: Bench, rig: Rig) -> None:
    folder = str(bench.folder / "state")
    bench.up(THING)
    bench.up('Thing("b")', stack="other")
    before = bench.state_file.read_bytes()
    code, output = _run("--from", folder, "--to", rig.url)
    assert (code, output.splitlines()) == (0, ["moved: proj/dev", "moved: proj/other"])
    assert Backend(rig.url).objects.read("stacks/proj/dev.json") == before
    assert stacks(Backend(folder)) == []
    assert bench.state_file.with_name("dev.json.moved").read_bytes() == before
    assert len(Backend(rig.url).objects.names("history/proj/dev/")) == 2
    assert ops(bench.preview(state=rig.url, stack="other")) == {}
    assert ops(bench.preview(THING, state=rig.url)) == {}
    assert _run("proj/dev", "--from", rig.url, "--to", folder)[0] == 0
    assert bench.state_file.read_bytes() == before
    assert stacks(Backend(rig.url)) == ["proj/other"]
    assert ops(bench.up()) == {}


def test_a_stack_that_is_not_there_and_a_place_without_any(bench: Bench, rig: Rig) -> None:
    bench.up(THING)
    folder = str(bench.folder / "state")
    assert _run("proj/none", "--from", folder, "--to", rig.url)[0] == 2
    assert _run("--from", folder, "--to", folder)[0] == 2
    code, output = _run("--from", rig.url, "--to", folder)
    assert (code, "has no stacks" in output) == (1, True)


@pytest.mark.parametrize("at", ["history/proj/dev", "stacks/proj/dev.json", "moved"])
def test_what_dies_in_between_is_repeated(bench: Bench, rig: Rig, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    bench.up(THING)
    before = bench.state_file.read_bytes()
    with monkeypatch.context() as patch:
        if at == "moved":
            patch.setattr("retailops.engine.state.folder.Folder.remove", _dies)
        else:
            patch.setattr(bucket, "ATTEMPTS", 1)
            bucket._client.cache_clear()
            rig.gate.fail = lambda asked: (
                SLOW_DOWN if asked["REQUEST_METHOD"] == "PUT" and at in asked["PATH_INFO"] else None
            )
        with pytest.raises((RetailopsError, KeyboardInterrupt)):
            move(Backend(str(bench.folder / "state")), Backend(rig.url), "proj", "dev")
        assert bench.state_file.read_bytes() == before
    rig.gate.reset()
    bucket._client.cache_clear()
    move(Backend(str(bench.folder / "state")), Backend(rig.url), "proj", "dev")
    assert Backend(rig.url).objects.read("stacks/proj/dev.json") == before
    assert not bench.state_file.exists()
    assert Backend(rig.url).locks("proj", "dev") == []


def _dies(*_: object) -> None:
    raise KeyboardInterrupt


def test_two_truths_are_refused(bench: Bench, rig: Rig) -> None:
    bench.up(THING)
    bench.up('Thing("b")', state=rig.url)
    before = bench.state_file.read_bytes()
    with pytest.raises(RetailopsError, match="is in both places, and they differ"):
        move(Backend(str(bench.folder / "state")), Backend(rig.url), "proj", "dev")
    assert bench.state_file.read_bytes() == before


def test_an_update_that_was_cut_off_stays_where_it_is(bench: Bench, rig: Rig) -> None:
    bench.up(THING)
    backend = Backend(str(bench.folder / "state"))
    backend.own("proj", "dev", "journal").write_text(json.dumps({"journal": 1}) + "\n")
    with pytest.raises(RetailopsError, match="was cut off"):
        move(backend, Backend(rig.url), "proj", "dev")
    assert stacks(Backend(rig.url)) == []
    assert Path(backend.own("proj", "dev", "journal")).exists()
