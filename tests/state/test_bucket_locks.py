"""The lock of a stack in a bucket: never two holders, whatever the server makes of conditional writes."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path

import pytest
from fake_objects import Memory
from s3_server import SLOW_DOWN, Rig

from retailops.engine.state import bucket, locking
from retailops.engine.state.backend import Backend
from retailops.engine.state.objects import Objects
from retailops.errors import Locked, RetailopsError


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "_PAUSE", 0.01)


class Other(Backend):
    """A backend seen from a machine of its own."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects


def _race(machines: list[Backend]) -> int:
    """How many held the stack; fails where two did at once."""
    inside, held, failed = [0], [0], []
    start, guard = threading.Barrier(len(machines)), threading.Lock()

    def apply(machine: Backend) -> None:
        start.wait()
        try:
            with locking.hold(machine, "proj", "dev", "up"):
                with guard:
                    inside[0] += 1
                    held[0] += 1
                    if inside[0] > 1:
                        failed.append("two at once")
                start_over.wait(0.02)
                with guard:
                    inside[0] -= 1
        except Locked:
            pass

    start_over = threading.Event()
    threads = [threading.Thread(target=apply, args=(machine,)) for machine in machines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert machines[0].locks("proj", "dev") == []
    return held[0]


def test_two_appliers_a_hundred_times_one_of_them_every_time(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    for turn in range(100):
        assert _race([Other(memory.on(tmp_path / f"{turn}-{machine}")) for machine in "ab"]) >= 1


@pytest.mark.parametrize("conditions", [True, False], ids=["conditional writes", "a server that ignores the header"])
def test_two_appliers_on_a_server(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, conditions: bool) -> None:
    rig.gate.conditions = conditions
    held = 0
    for turn in range(10):
        machines = []
        for name in "ab":
            monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / f"{turn}-{name}"))
            machine = Backend(rig.url)
            monkeypatch.setattr(machine, "own", lambda p, s, x, at=tmp_path / f"{turn}-{name}": at / p / f"{s}.{x}")
            machines.append(machine)
        held += _race(machines)
    assert held >= 10 or not conditions


def _holder(**changed: object) -> bytes:
    return json.dumps(
        {"pid": 7, "username": "u", "hostname": "runner-1", "timestamp": "2026-01-01T00:00:00Z", **changed}
    ).encode()


def test_a_lock_of_the_official_cli_is_respected_and_left(tmp_path: Path) -> None:
    memory = Memory(tmp_path, {"locks/organization/proj/dev/theirs.json": _holder()})
    with pytest.raises(Locked, match=r"u@runner-1 \(process 7\) since 2026-01-01"):
        with locking.hold(Other(memory), "proj", "dev", "up"):
            pytest.fail("held")
    assert list(memory.kept) == ["locks/organization/proj/dev/theirs.json"]


def test_a_lock_of_the_official_cli_that_comes_in_between_is_seen(tmp_path: Path) -> None:
    def before(verb: str, _key: str) -> None:
        if verb == "create":
            memory.kept["locks/organization/proj/dev/theirs.json"] = _holder()

    memory = Memory(tmp_path, before=before)
    with pytest.raises(Locked, match="runner-1"):
        with locking.hold(Other(memory), "proj", "dev", "up"):
            pytest.fail("held")
    assert list(memory.kept) == ["locks/organization/proj/dev/theirs.json"]


def test_a_dead_engines_lock_is_taken_over_on_its_machine_and_named_on_another(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "a")
    dead = Other(memory)
    held = locking.hold(dead, "proj", "dev", "up")
    first = held.__enter__()
    other = Other(memory.on(tmp_path / "b"))
    with pytest.raises(Locked, match=rf"\(up\)@{socket.gethostname()} \(process"):
        with locking.hold(other, "proj", "dev", "up"):
            pytest.fail("held")
    held.gen.gi_frame.f_locals["flock"].close()  # type: ignore[attr-defined]
    with locking.hold(dead, "proj", "dev", "up") as left:
        assert left
        assert not first
        assert len(dead.locks("proj", "dev")) == 1
    assert memory.kept == {}


def test_what_the_cli_cancelled_does_not_stop_the_next(tmp_path: Path) -> None:
    """`pulumi cancel` removes the lock and knows nothing of the claim."""
    memory = Memory(tmp_path, {"retailops/proj/dev.claim": b"of-somebody-dead"})
    with locking.hold(Other(memory), "proj", "dev", "up"):
        assert len([key for key in memory.kept if key.startswith("locks/")]) == 1
    assert memory.kept == {}


def test_a_bucket_that_goes_away_while_a_lock_is_taken_leaves_word_of_it(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket, "ATTEMPTS", 1)
    bucket._client.cache_clear()
    rig.gate.fail = lambda asked: SLOW_DOWN if "claim" in asked["PATH_INFO"] else None
    with pytest.raises(RetailopsError, match="503 SlowDown"):
        with locking.hold(Backend(rig.url), "proj", "dev", "up"):
            pytest.fail("held")
    rig.gate.reset()
    with locking.hold(Backend(rig.url), "proj", "dev", "up") as left:
        assert left
    assert Backend(rig.url).locks("proj", "dev") == []
