"""The engine with its state in a bucket: the layout, faults in the middle of an `up`, two machines, and how little is asked."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from engine_bench import Bench, ops
from s3_server import DENIED, SECRET, SLOW_DOWN, Answer, Rig

from retailops.cli import main
from retailops.engine.state import bucket
from retailops.engine.state.backend import Backend
from retailops.errors import Locked, RetailopsError

THING = 'Thing("a", {"n": 1})'
HIDDEN = '\npulumi.export("word", pulumi.Output.secret("canary-of-the-program"))'


def _content(url: str) -> dict[str, bytes]:
    """Everything in the bucket."""
    where = bucket.Bucket(url).place
    client = bucket._client(where)
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=where.bucket)
    keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
    return {key: client.get_object(Bucket=where.bucket, Key=key)["Body"].read() for key in keys}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "ATTEMPTS", 2)
    bucket._client.cache_clear()


def test_the_layout_is_pulumis(bench: Bench, rig: Rig) -> None:
    bench.up(THING + HIDDEN, state=rig.url)
    bench.up('Thing("a", {"n": 2})', state=rig.url)
    assert ops(bench.up(state=rig.url)) == {}
    content = _content(rig.url)
    assert sorted(re.sub(r"\d{15,}", "N", key) for key in content) == [
        "chain/.pulumi/history/proj/dev/dev-N.checkpoint.json",
        "chain/.pulumi/history/proj/dev/dev-N.checkpoint.json",
        "chain/.pulumi/history/proj/dev/dev-N.history.json",
        "chain/.pulumi/history/proj/dev/dev-N.history.json",
        "chain/.pulumi/meta.yaml",
        "chain/.pulumi/retailops/proj/project.salt",
        "chain/.pulumi/stacks/proj/dev.json",
        "chain/.pulumi/stacks/proj/dev.json.bak",
    ]
    assert json.loads(content["chain/.pulumi/stacks/proj/dev.json"])["version"] == 3
    everything = b"".join(content.values()) + "".join(bench.lines).encode()
    everything += b"".join(path.read_bytes() for path in (bench.folder / "machine").rglob("*") if path.is_file())
    assert b"canary" not in everything


def test_what_a_preview_asks_does_not_grow_with_the_stacks(bench: Bench, rig: Rig) -> None:
    bench.up(THING, state=rig.url)
    where = bucket.Bucket(rig.url)
    state = where.read("stacks/proj/dev.json")
    assert state
    for number in range(50):
        where.write(f"stacks/proj/dev{number}.json", state)
    rig.gate.asked.clear()
    bench.preview(state=rig.url)
    name = where.place.bucket
    assert rig.gate.asked == [
        f"GET /{name}/chain/.pulumi/meta.yaml",
        f"GET /{name} chain/.pulumi/journal/proj/dev/",
        f"GET /{name} chain/.pulumi/stacks/proj/dev.json",
        f"GET /{name}/chain/.pulumi/stacks/proj/dev.json",
        f"GET /{name} chain/.pulumi/retailops/proj/dev.journal/",
    ]


def test_an_unchanged_up_asks_little(bench: Bench, rig: Rig) -> None:
    bench.up(THING, state=rig.url)
    rig.gate.asked.clear()
    bench.up(state=rig.url)
    assert len(rig.gate.asked) == 21


def _some(times: int, answer: Answer) -> Callable[[dict[str, Any]], Answer | None]:
    """Every request fails `times` times."""
    seen: dict[str, int] = {}

    def fail(asked: dict[str, Any]) -> Answer | None:
        what = f"{asked['REQUEST_METHOD']} {asked['PATH_INFO']} {asked['QUERY_STRING']}"
        seen[what] = seen.get(what, 0) + 1
        return answer if seen[what] <= times else None

    return fail


def test_a_bucket_that_asks_for_patience_gets_it(bench: Bench, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda _self, _context: 0.01)
    rig.gate.fail = _some(3, SLOW_DOWN)
    bench.up(THING, state=rig.url)
    assert bench.world.calls == ["create a"]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("answer", [SLOW_DOWN, DENIED], ids=["goes away", "denies"])
def test_a_bucket_that_fails_at_the_end_leaves_journal_and_lock_and_the_next_run_goes_on(
    bench: Bench, rig: Rig, answer: Answer
) -> None:
    rig.gate.fail = lambda _asked: answer if bench.world.calls else None
    with pytest.raises(RetailopsError, match=answer[1]) as caught:
        bench.up(THING + HIDDEN, state=rig.url)
    assert SECRET not in f"{caught.value.message}{caught.value.details}{caught.value.resolution}"
    rig.gate.reset()
    backend = Backend(rig.url)
    assert backend.own("proj", "dev", "journal").exists()
    assert len(backend.locks("proj", "dev")) == 1
    assert b"canary" not in backend.own("proj", "dev", "journal").read_bytes()
    assert ops(bench.up(state=rig.url)) == {}
    assert bench.world.calls == ["create a"]
    assert backend.locks("proj", "dev") == []
    assert not backend.own("proj", "dev", "journal").exists()


@pytest.mark.usefixtures("impatient")
def test_a_key_that_may_only_read_previews_and_changes_nothing(bench: Bench, rig: Rig) -> None:
    bench.up(THING, state=rig.url)
    rig.gate.fail = lambda asked: None if asked["REQUEST_METHOD"] == "GET" else DENIED
    assert ops(bench.preview('Thing("a", {"n": 2})', state=rig.url)) == {"update": ["a"]}
    with pytest.raises(RetailopsError, match="403 AccessDenied") as caught:
        bench.up(state=rig.url)
    assert "AWS" in str(caught.value.resolution)
    assert bench.world.calls == ["create a"]


@pytest.mark.usefixtures("impatient")
def test_a_torn_answer_is_asked_for_again_and_never_taken(bench: Bench, rig: Rig) -> None:
    bench.up(THING, state=rig.url)
    torn: list[str] = []

    def tear(asked: dict[str, Any]) -> bool:
        if asked["REQUEST_METHOD"] == "GET" and asked["PATH_INFO"].endswith(".json"):
            torn.append(asked["PATH_INFO"])
        return len(torn) == 1

    rig.gate.tear = tear
    assert ops(bench.preview(state=rig.url)) == {}
    assert len(torn) == 2
    rig.gate.tear = lambda asked: "stacks/proj" in asked["PATH_INFO"]
    with pytest.raises(RetailopsError, match="arrived damaged 2 times"):
        bench.up('Thing("b")', state=rig.url)
    assert bench.world.calls == ["create a"]


@pytest.mark.usefixtures("impatient")
def test_a_server_that_does_not_answer_is_asked_again_and_then_named(
    bench: Bench, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket, "_READ", 0.5)
    bucket._client.cache_clear()
    seen: list[str] = []

    def slow(asked: dict[str, Any]) -> None:
        seen.append(asked["PATH_INFO"])
        time.sleep(1.5 if len(seen) == 1 else 0)

    rig.gate.fail = slow
    assert ops(bench.preview(THING, state=rig.url)) == {"create": ["a"]}
    assert seen[0] == seen[1]
    rig.gate.fail = lambda _asked: time.sleep(1.5)
    with pytest.raises(RetailopsError, match="Read timeout") as caught:
        bench.up(state=rig.url)
    assert "when the bucket answers" in str(caught.value.resolution)
    assert bench.world.calls == []


def test_a_bucket_that_is_not_there_is_named(bench: Bench, rig: Rig) -> None:
    with pytest.raises(RetailopsError, match="NoSuchBucket") as caught:
        bench.up(THING, state=rig.url.replace("s3://b", "s3://none"))
    assert "Make the bucket" in str(caught.value.resolution)
    assert bench.world.calls == []


def test_without_credentials_their_way_is_named(bench: Bench, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    bucket._client.cache_clear()
    with pytest.raises(RetailopsError, match="credentials") as caught:
        bench.preview(THING, state=rig.url)
    assert "AWS" in str(caught.value.resolution)


def _unlock(backend: Backend) -> None:
    """What `pulumi cancel` does."""
    for key in backend.locks("proj", "dev"):
        backend.objects.remove(key)


@pytest.mark.usefixtures("impatient")
def test_another_machine_names_the_one_that_died_and_folds_what_it_had_handed_over(
    bench: Bench, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "runner-7")
    bench.up(THING, state=rig.url)
    rig.gate.fail = lambda asked: (
        SLOW_DOWN if len(bench.world.calls) > 1 and "stacks/proj" in asked["PATH_INFO"] else None
    )
    with pytest.raises(RetailopsError, match="503"):
        bench.up(THING + '\nThing("b")' + HIDDEN, state=rig.url)
    rig.gate.reset()
    here = str(bench.folder / "machine")
    monkeypatch.setattr(socket, "gethostname", lambda: "another")
    monkeypatch.setenv("XDG_STATE_HOME", str(bench.folder / "another machine"))
    with pytest.raises(Locked, match=r"is locked by .* \(up\)@runner-7") as locked:
        bench.up(state=rig.url)
    assert "retailops cloud state unlock" in str(locked.value.resolution)
    assert not any(b"canary" in content for content in _content(rig.url).values())
    where = ["--program", str(bench.folder / "program"), "--stack", "dev", "--state", rig.url]
    where += ["--passphrase-file", str(bench.folder / "passphrase")]
    done = CliRunner().invoke(main, ["cloud", "state", "unlock", *where, "--yes"])
    assert done.exit_code == 0, done.output
    assert "@runner-7" in done.output
    assert ops(bench.preview(state=rig.url)) == {}
    bench.up(state=rig.url)
    assert bench.world.calls == ["create a", "create b"]
    assert not Backend(rig.url).cut_off("proj", "dev")
    bench.up('Thing("a", {"n": 3})', state=rig.url)
    monkeypatch.setenv("XDG_STATE_HOME", here)
    with pytest.raises(RetailopsError, match="written by somebody else after this engine's last update") as caught:
        bench.up(state=rig.url)
    assert here in str(caught.value.details)


@pytest.mark.usefixtures("impatient")
def test_nothing_more_is_begun_once_the_bucket_is_away_and_what_was_done_is_kept_here(
    bench: Bench, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.gate.fail = lambda _asked: SLOW_DOWN if bench.world.calls else None
    chain = 'a = Thing("a")\nThing("b", opts=pulumi.ResourceOptions(depends_on=[a]))'
    with pytest.raises(RetailopsError, match="503"):
        bench.up(chain, state=rig.url)
    assert bench.world.calls == ["create a"]
    rig.gate.reset()
    here = str(bench.folder / "machine")
    monkeypatch.setenv("XDG_STATE_HOME", str(bench.folder / "another machine"))
    _unlock(Backend(rig.url))
    bench.lines.clear()
    assert ops(bench.preview(state=rig.url)) == {"create": ["b"]}
    assert "the last update was cut off while creating index:Thing a" in bench.lines
    monkeypatch.setenv("XDG_STATE_HOME", here)
    bench.up(state=rig.url)
    assert bench.world.calls == ["create a", "create b"]
