"""State files: what is refused untouched, what is read, how secrets and crashes are dealt with."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from engine_bench import Bench, ops

from retailops.engine.state import crypto, files
from retailops.engine.state.backend import Backend
from retailops.engine.state.checkpoint import Resource, ordered
from retailops.engine.state.packing import pack, unpack
from retailops.errors import Locked, RetailopsError

THING = 'Thing("a", {"n": 1})'


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _edit(change: Callable[[dict[str, object]], object]) -> Callable[[Bench], None]:
    def apply(bench: Bench) -> None:
        document = json.loads(bench.state_file.read_text())
        change(document)
        bench.state_file.write_text(json.dumps(document))

    return apply


def _flip(bench: Bench) -> None:
    content = bytearray(bench.state_file.read_bytes())
    content[content.index(b'"ciphertext"') + 60] ^= 1
    bench.state_file.write_bytes(content)


def _journal_of_the_cli(bench: Bench) -> None:
    folder = bench.folder / "state/.pulumi/journal/proj/dev"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")


def _latest(document: dict[str, object]) -> dict[str, list[dict[str, object]]]:
    return document["checkpoint"]["latest"]  # type: ignore[index,no-any-return]


REFUSED = {
    "version 4": (_edit(lambda d: d.update(version=4)), "version 4"),
    "features": (_edit(lambda d: d.update(features=["x"])), "version 3"),
    "truncated": (lambda b: b.state_file.write_bytes(b.state_file.read_bytes()[:-40]), "damaged"),
    "empty": (lambda b: b.state_file.write_bytes(b""), "damaged"),
    "a bit flipped in a secret": (_flip, "can't be decrypted"),
    "a journal of the CLI": (_journal_of_the_cli, "left a journal"),
    "two forms": (lambda b: b.state_file.with_name("dev.json.zst").write_bytes(b"x"), "more than one state file"),
    "a damaged zstd": (lambda b: b.state_file.rename(b.state_file.with_name("dev.json.zst")), "damaged"),
    "a wrong magic": (_edit(lambda d: _latest(d)["manifest"].update(magic="0")), "magic"),  # type: ignore[attr-defined]
    "a lost provider": (_edit(lambda d: _latest(d)["resources"].pop(1)), "not before it"),
    "a URN twice": (_edit(lambda d: _latest(d)["resources"].append(_latest(d)["resources"][0])), "twice"),
    "another layout": (lambda b: (b.folder / "state/.pulumi/meta.yaml").write_text("version: 9\n"), "layout"),
    "a wrong passphrase": (lambda b: (b.folder / "passphrase").write_text("wrong"), "wrong passphrase"),
    "an empty passphrase": (lambda b: (b.folder / "passphrase").write_text(" \n"), "empty"),
    "no passphrase": (lambda b: (b.folder / "passphrase").unlink(), "can't be read"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_in_one_line_with_nothing_touched(bench: Bench, case: str) -> None:
    bench.up(THING + '\npulumi.export("s", pulumi.Output.secret("a long enough secret"))')
    damage, words = REFUSED[case]
    damage(bench)
    before = _tree(bench.folder / "state"), bench.world.calls
    for verb in ("preview", "up", "refresh", "destroy"):
        with pytest.raises(RetailopsError) as caught:
            getattr(bench.engine(), verb)(bench.request, bench.lines.append)
        assert words in f"{caught.value.message} {caught.value.details}"
        assert caught.value.resolution
    assert (_tree(bench.folder / "state"), bench.world.calls) == before


def test_the_layout_before_projects_is_refused(bench: Bench) -> None:
    stacks = bench.folder / "state/.pulumi/stacks"
    stacks.mkdir(parents=True)
    (stacks / "old.json").write_text("{}")
    with pytest.raises(RetailopsError, match="before projects"):
        bench.up(THING)


def test_a_store_that_is_not_known_is_named(bench: Bench) -> None:
    with pytest.raises(RetailopsError, match="not at gs://"):
        bench.up(THING, state="gs://bucket")


@pytest.mark.parametrize("name", ["../up", "a/b", "", "x" * 200, "名"])
def test_a_stack_name_never_becomes_a_path(bench: Bench, name: str) -> None:
    with pytest.raises(RetailopsError, match="can't be the name"):
        bench.up(THING, stack=name)
    assert not (bench.folder / "state").exists()


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_compressed_checkpoint_stays_compressed(bench: Bench, suffix: str) -> None:
    bench.up(THING)
    packed = bench.state_file.with_name(f"dev.json{suffix}")
    packed.write_bytes(pack(packed.name, bench.state_file.read_bytes()))
    bench.state_file.unlink()
    assert ops(bench.up()) == {}
    assert ops(bench.up('Thing("a", {"n": 2})')) == {"update": ["a"]}
    assert not bench.state_file.exists()
    assert json.loads(unpack(packed.name, packed.read_bytes()))["version"] == 3


def test_without_zstandard_its_name_is_said(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.up(THING)
    bench.state_file.rename(bench.state_file.with_name("dev.json.zst"))
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(RetailopsError, match="zstandard is not installed"):
        bench.up()


def test_damage_names_what_to_go_back_to(bench: Bench) -> None:
    bench.up(THING)
    bench.up('Thing("a", {"n": 2})')
    bench.state_file.write_bytes(b"{")
    with pytest.raises(RetailopsError) as caught:
        bench.up()
    first, _, second = str(caught.value.resolution).removeprefix("Restore it from ").rstrip(".").partition(" or ")
    for path, n in ((first, 1), (second, 2)):
        last = _latest(json.loads(Path(path).read_text()))["resources"][-1]
        assert last["inputs"] == {"n": n}


@pytest.mark.parametrize(("host", "taken"), [("", True), ("elsewhere", False)])
def test_a_lock_that_a_dead_engine_left_is_taken_over_only_on_its_host(bench: Bench, host: str, taken: bool) -> None:
    bench.up(THING)
    backend = Backend(str(bench.folder / "state"))
    holder = {"pid": 1, "username": "u", "hostname": host or socket.gethostname(), "timestamp": "2026-01-01T00:00:00Z"}
    backend.own("proj", "dev", "lock").write_text("left\n")
    lock = Path(backend.objects.where(backend.lock("proj", "dev", "left")))
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text(json.dumps(holder))
    if taken:
        bench.up()
        assert not lock.exists()
        return
    with pytest.raises(Locked, match=r"u@elsewhere \(process 1\) since 2026-01-01"):
        bench.up()
    assert lock.exists()


def test_what_newer_versions_wrote_into_a_resource_is_kept(bench: Bench) -> None:
    bench.up(THING)
    _edit(lambda d: _latest(d)["resources"][-1].update(sourcePosition="project:///x.py#1"))(bench)
    bench.up('Thing("a", {"n": 1})\nThing("b")')
    assert "project:///x.py#1" in bench.state_file.read_text()


def test_one_salt_a_project(bench: Bench) -> None:
    bench.up(THING)
    bench.up('Thing("b")', stack="other")
    salts = {
        json.loads(path.read_text())["checkpoint"]["latest"]["secrets_providers"]["state"]["salt"]
        for path in bench.state_file.parent.glob("*.json")
    }
    assert len(salts) == 1


def test_the_salt_of_the_settings_wins_and_its_secrets_open(bench: Bench) -> None:
    salt = crypto.new_salt("correct horse")
    sealed = crypto.Crypter("correct horse", salt).encrypt("from the settings")
    (bench.folder / "program/Pulumi.dev.yaml").write_text(
        f"encryptionsalt: {salt}\nconfig:\n  proj:word: {{secure: '{sealed}'}}\n  proj:count: 3\n"
    )
    source = """
    config = pulumi.Config()
    Thing("a", {"word": config.require_secret("word"), "count": config.require_int("count")})
    """
    bench.up(source)
    assert bench.world.things["a"]["word"] == "from the settings"
    assert "from the settings" not in bench.state_file.read_text()
    assert salt in bench.state_file.read_text()


def test_a_disk_that_is_full_at_the_end_leaves_journal_and_lock_for_the_next_run(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def full(path: Path, content: bytes) -> None:
            if path.name == "dev.json":
                raise OSError(28, "No space left on device", str(path))
            real(path, content)

        real = files.write
        patch.setattr(files, "write", full)
        with pytest.raises(OSError, match="No space"):
            bench.up(THING)
    locks = bench.folder / "state/.pulumi/locks/organization/proj/dev"
    assert len(list(locks.glob("*.json"))) == 1
    assert ops(bench.up()) == {}
    assert bench.world.calls == ["create a"]
    assert not list(locks.glob("*.json"))


def test_files_are_for_their_owner_alone(bench: Bench) -> None:
    bench.up(THING)
    assert bench.state_file.stat().st_mode & 0o077 == 0


def test_a_torn_last_line_of_a_journal_is_left_out(bench: Bench) -> None:
    bench.up(THING)
    from retailops.engine.state import journal

    path = Backend(str(bench.folder / "state")).own("proj", "dev", "journal")
    path.write_bytes(b'{"journal": 1, "base": "x"}\n{"do": "dr\x00\n{"do": "end", "n": 1}\n')
    with pytest.raises(RetailopsError, match="line 2"):
        bench.up()
    path.write_bytes(b'{"journal": 1, "base": "x"}\n{"do": "dr')
    assert len(journal.read(path)) == 1
    with pytest.raises(RetailopsError, match="somebody else"):
        bench.up()


def test_ordered_puts_everything_after_what_it_needs() -> None:
    a = Resource("u::p::t::a", "t", True, dependencies=("u::p::t::b",))
    b = Resource("u::p::t::b", "t", True, parent="u::p::t::c")
    c = Resource("u::p::t::c", "t", False)
    assert [item.urn[-1] for item in ordered([a, b, c])] == ["c", "b", "a"]
