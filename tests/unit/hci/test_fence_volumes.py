"""The fence agent for volumes, with a Ceph of memory: what it does, in which order, and when it refuses."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest

from retailops.agents import fence_volumes

HOST = "10.8.0.11"


class Ceph:
    """Stands for rados and rbd: a blocklist, volumes with the owner of their lock, and a log of what was asked."""

    def __init__(self, volumes: dict[str, str] | None = None, listed: tuple[str, ...] = ()) -> None:
        self.volumes, self.listed = volumes or {}, set(listed)
        self.log: list[str] = []
        self.deaf = False
        self.marks = True

    def mon_command(self, words: str, _data: bytes) -> tuple[int, bytes, str]:
        asked = json.loads(words)
        if asked["prefix"] == "osd blocklist ls":
            text = json.dumps([{"addr": addr, "until": "2027"} for addr in sorted(self.listed)])
            return 0, f"{text}listed {len(self.listed)} entries".encode(), ""
        self.log.append(f"{asked['blocklistop']} {asked['addr']}")
        if not self.deaf:
            (self.listed.add if asked["blocklistop"] == "add" else self.listed.discard)(asked["addr"])
        return 0, b"", ""

    def wait_for_latest_osdmap(self) -> None:
        self.log.append("map")

    def connect(self) -> None: ...

    def shutdown(self) -> None: ...

    def open_ioctx(self, _pool: str) -> Any:
        return _within(self)

    def image(self, _io: Any, name: str) -> Any:
        ceph = self

        class Image:
            def lock_get_owners(self) -> list[dict[str, str]]:
                return [{"owner": ceph.volumes[name]}] if ceph.volumes[name] else []

            def lock_break(self, _mode: int, owner: str) -> None:
                ceph.log.append(f"break {name} {owner}")

            def lock_acquire(self, _mode: int) -> None:
                ceph.log.append(f"take {name}")

            def lock_release(self) -> None:
                ceph.log.append(f"give {name}")

        return _within(Image())


def _within(value: Any) -> Any:
    from contextlib import nullcontext

    return nullcontext(value)


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    def install(ceph: Ceph, machines: tuple[str, ...] = ()) -> Ceph:
        rbd = SimpleNamespace(
            RBD=lambda: SimpleNamespace(list=lambda _io: sorted(ceph.volumes)),
            Image=ceph.image,
            ImageNotFound=KeyError,
            RBD_LOCK_MODE_EXCLUSIVE=0,
        )
        monkeypatch.setitem(sys.modules, "rados", SimpleNamespace(Rados=lambda **_: ceph, Error=OSError))  # type: ignore[arg-type]
        monkeypatch.setitem(sys.modules, "rbd", rbd)  # type: ignore[arg-type]
        monkeypatch.setattr(fence_volumes, "JOINED", tmp_path / "run" / "joined")
        monkeypatch.setattr(fence_volumes, "machines", lambda: list(machines))
        monkeypatch.setattr(fence_volumes, "mark", lambda *words: ceph.log.append(" ".join(words)) or ceph.marks)
        return ceph

    return install


def act(action: str) -> int:
    return fence_volumes.main(["--action", action, "--plug", HOST, "--pools", "machines"])


def test_the_address_is_cut_off_before_a_lock_is_taken(put: Any) -> None:
    ceph = put(Ceph({"a": f"{HOST}:0/17", "b": "10.8.0.110:0/3", "c": "", "d": f"v1:{HOST}:0/9"}))
    assert act("off") == 0
    assert ceph.log == [
        f"add {HOST}:0/0",
        "map",
        *(f"break a {HOST}:0/17", "take a", "give a"),
        *(f"break d v1:{HOST}:0/9", "take d", "give d"),
    ]
    assert act("status") == 2


def test_twice_is_once(put: Any) -> None:
    ceph = put(Ceph(listed=(f"{HOST}:0/0",)))
    assert act("off") == 0
    assert ceph.log == ["map"]


def test_an_entry_that_ceph_does_not_list_is_no_proof(put: Any) -> None:
    ceph = put(Ceph({"a": f"{HOST}:0/17"}))
    ceph.deaf = True
    with pytest.raises(SystemExit, match="does not list it"):
        act("off")
    assert ceph.log == [f"add {HOST}:0/0"]


def test_a_clients_own_entry_and_another_host_are_not_the_host(put: Any) -> None:
    put(Ceph(listed=(f"{HOST}:0/4711", "10.8.0.110:0/0")))
    assert act("status") == 0


def test_a_host_joins_again_after_a_boot_and_only_then(put: Any, capsys: pytest.CaptureFixture[str]) -> None:
    ceph = put(Ceph(listed=(f"{HOST}:0/0",)))
    assert act("join") == 0
    assert ceph.listed == set()
    assert "has booted since it was cut off" in capsys.readouterr().out
    assert act("join") == 0
    ceph.listed.add(f"{HOST}:0/0")
    with pytest.raises(SystemExit, match="was cut off from Ceph while this host ran; reboot it"):
        act("join")
    assert ceph.listed == {f"{HOST}:0/0"}


def test_a_host_with_machines_of_an_earlier_life_stays_cut_off(put: Any) -> None:
    ceph = put(Ceph(listed=(f"{HOST}:0/0",)), machines=("qemu-system-x86",))
    with pytest.raises(SystemExit, match="reboot it"):
        act("join")
    assert ceph.listed == {f"{HOST}:0/0"}


def test_pacemaker_speaks_by_lines(put: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ceph = put(Ceph())
    monkeypatch.setattr(sys, "stdin", ["action=off\n", "nodename=h1\n", f"port={HOST}\n", "pools=machines\n"])
    assert fence_volumes.main([]) == 0
    assert ceph.log == ["h1 --update 1", f"add {HOST}:0/0", "map"]


def test_a_host_that_cannot_be_marked_is_not_cut_off(put: Any) -> None:
    ceph = put(Ceph())
    ceph.marks = False
    with pytest.raises(SystemExit, match="did not take the mark of h1"):
        fence_volumes.main(["--action", "off", "--plug", HOST, "--nodename", "h1"])
    assert ceph.listed == set()


def test_the_mark_goes_once_the_host_is_among_the_others(put: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before, it would go from the host's own copy of the configuration only."""
    ceph = put(Ceph())
    tries = iter([False, True])
    monkeypatch.setattr(fence_volumes, "among_others", lambda _host: next(tries))
    monkeypatch.setattr(fence_volumes.time, "sleep", lambda _seconds: None)
    assert fence_volumes.main(["--action", "joined", "--plug", HOST, "--nodename", "h1"]) == 0
    assert ceph.log == ["h1 --delete"]


@pytest.mark.parametrize("argv", [["--action", "explode"], ["--action", "off"], ["--action", "reboot", "--plug", HOST]])
def test_what_makes_no_sense_touches_nothing(put: Any, argv: list[str]) -> None:
    ceph = put(Ceph())
    with pytest.raises(SystemExit):
        fence_volumes.main(argv)
    assert ceph.log == []


def test_its_metadata_names_what_pacemaker_gives_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert fence_volumes.main(["--action", "metadata"]) == 0
    found = ElementTree.fromstring(capsys.readouterr().out)
    assert [each.get("name") for each in found.iter("parameter")] == ["action", "plug", "pools", "client", "keyring"]
    assert [each.get("name") for each in found.iter("action")] == ["off", "status", "monitor", "metadata"]
