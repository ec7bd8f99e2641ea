"""Hyperconverged hosts from bare to whole by one command that is killed at each of its tasks, and in each task that changes something."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hci_bench import Ground, bare_hosts
from lab_bench import Ended, killed_when

pytestmark = [pytest.mark.lab, pytest.mark.long, pytest.mark.timeout(3600)]

TASK = re.compile(r"hci_\w+ : |The handlers have run")
HOSTS = ("h1", "h2", "h3", "h4")


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, world: Path) -> Iterator[Ground]:
    del world
    with bare_hosts(tmp_path_factory.mktemp("hci") / "fleet", "hci_faults.yaml") as made:
        yield made


def at_a_new_point(past: set[str]) -> Callable[[str], bool]:
    """A task where nothing was killed yet, or the first host that a task changed; adds what it finds to `past`."""
    task = ""

    def due(line: str) -> bool:
        nonlocal task
        if TASK.match(line):
            task = point = line
        elif line.endswith(": changed"):
            point = f"in {task}"
        else:
            return False
        new = point not in past
        past.add(point)
        return new

    return due


def killed_until_nothing_is_new(ground: Ground, past: set[str]) -> str:
    """What the run said that was left to end."""
    while True:
        try:
            killed_when(ground.argv("up"), at_a_new_point(past))
        except Ended as ended:
            return str(ended)


def test_killed_at_each_task_and_in_each_change_the_same_command_finishes(ground: Ground) -> None:
    past: set[str] = set()
    said = killed_until_nothing_is_new(ground, past)
    assert "steps to move copies" in said, said
    names = [point for point in past if not point.startswith("in ")]
    assert len(names) >= 20, sorted(past)
    assert len(past) - len(names) >= 8, sorted(past)
    assert ground.answer("up")["changed"] == {}
    found = ground.answer("status")
    assert found["faults"] == []
    assert [osd["host"] for osd in sorted(found["osds"], key=lambda osd: osd["host"])] == list(HOSTS)


def test_nothing_half_made_is_left(ground: Ground) -> None:
    for host in HOSTS:
        folders = ground.run(host, "find", "/var/lib/ceph/osd", "/var/lib/ceph/mon", "-mindepth", "1", "-maxdepth", "1")
        assert not [path for path in folders.split() if "/." in path], folders
        assert ground.run(host, "find", "/etc/ceph", "/etc/retailops", "-name", ".*").split() == []


def test_each_daemon_has_one_key(ground: Ground) -> None:
    entities = {each["entity"] for each in ground.ceph("h1", "auth", "ls")["auth_dump"]}
    assert {name for name in entities if name.startswith("osd.")} == {f"osd.{n}" for n in range(4)}
    assert {name for name in entities if name.startswith("mgr.")} == {"mgr.h1", "mgr.h2", "mgr.h3"}
