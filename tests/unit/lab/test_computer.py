"""What the lab reads of the computer it is on."""

from __future__ import annotations

import os
import subprocess
import sys
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from retailops.errors import RetailopsError
from retailops.lab import cgroups, processes, recipe, slices, sources
from retailops.lab.sources import Source

DEB822 = """
Types: deb deb-src
URIs: http://mirror.example/debian
# the release and its updates
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
"""
ONE_LINE = """
# deb http://old.example/debian bookworm main
deb [arch=amd64 signed-by=/etc/k.gpg] http://packages.example/apt cloud-sdk main
deb http://security.example/debian-security bookworm-security main
deb [ signed-by=/etc/k.gpg ] http://one.example/debian bookworm main contrib # ours
"""


def computer(root: Path, sources_list: str = "", deb822: str = "") -> Path:
    (root / "etc/apt/sources.list.d").mkdir(parents=True)
    (root / "etc/os-release").write_text('ID=debian\nVERSION_CODENAME="bookworm"\n')
    (root / "etc/apt/sources.list").write_text(sources_list)
    (root / "etc/apt/sources.list.d/debian.sources").write_text(deb822)
    return root


@pytest.mark.parametrize(
    ("sources_list", "deb822", "source"),
    [
        ("", DEB822, ("http://mirror.example/debian", "/usr/share/keyrings/debian.gpg")),
        (ONE_LINE, "", ("http://one.example/debian", "/etc/k.gpg")),
        (ONE_LINE, DEB822, ("http://one.example/debian", "/etc/k.gpg")),
    ],
)
def test_the_mirror_is_the_one_that_has_the_release(
    tmp_path: Path, sources_list: str, deb822: str, source: tuple[str, str]
) -> None:
    found = sources.mirror(computer(tmp_path, sources_list, deb822))
    assert isinstance(found, Source)
    assert (found.uri, found.keyring) == source


@pytest.mark.parametrize(
    "deb822", ["", DEB822.replace("Types", "Enabled: no\nTypes"), DEB822.replace("bookworm", "sid")]
)
def test_no_source_of_the_release_is_an_error(tmp_path: Path, deb822: str) -> None:
    with pytest.raises(RetailopsError, match="bookworm main"):
        sources.mirror(computer(tmp_path, "", deb822))


@pytest.mark.parametrize(
    ("taken", "labs", "number"),
    [
        ([], [], 0),
        (["198.18.0.0/30", "10.0.0.0/8"], [], 1),
        (["198.18.0.0/16"], [256], 257),
        (["0.0.0.0/1"], [0, 2], 1),
    ],
)
def test_the_first_slice_that_nobody_uses_is_taken(taken: list[str], labs: list[int], number: int) -> None:
    assert slices.free(map(IPv4Network, taken), labs) == number


def test_a_computer_that_uses_the_whole_range_is_told_so() -> None:
    with pytest.raises(RetailopsError, match="is free"):
        slices.free([IPv4Network("198.18.0.0/15")], [])


@pytest.mark.parametrize(
    ("mounts", "found"),
    [
        ("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0", [("cgroup2", "/sys/fs/cgroup")]),
        (
            "tmpfs /sys/fs/cgroup tmpfs ro 0 0\ncgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n"
            "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0",
            [("cgroup", "/sys/fs/cgroup/cpu"), ("cgroup2", "/sys/fs/cgroup/unified")],
        ),
        ("tmpfs /sys/fs/cgroup tmpfs ro 0 0", []),
    ],
)
def test_both_versions_of_control_groups_are_found(mounts: str, found: list[tuple[str, str]]) -> None:
    assert [(kind, str(path)) for kind, path in cgroups.hierarchies(mounts)] == found


def test_processes_are_known_by_their_mark_alone(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", "print(flush=True); import time; time.sleep(60)"]
    ours = subprocess.Popen(argv, env=processes.mark(str(tmp_path), "host:x"), stdout=subprocess.PIPE)
    other = subprocess.Popen(argv, env=processes.mark(str(tmp_path) + "2", "host:x"), stdout=subprocess.PIPE)
    try:
        for each in (ours, other):
            assert each.stdout is not None
            each.stdout.readline()
        assert {part: process.pid for part, process in processes.parts(tmp_path).items()} == {"host:x": ours.pid}
        assert processes.end([ours.pid]) == set()
        assert ours.wait() == -9
        assert processes.of(tmp_path) == []
        assert other.poll() is None
        assert processes.end([ours.pid]) == set(), "a process that is gone is no error"
    finally:
        for each in (ours, other):
            each.kill()
            each.communicate()


def test_a_process_that_runs_a_machine_is_told_from_one_that_does_not() -> None:
    assert processes.child(os.getpid()) is None
    assert processes.started(2**22 - 1) is None


def test_the_image_has_no_host_of_a_registry_in_it_and_its_digest_moves_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = recipe.digest("bookworm")
    assert before != recipe.digest("trixie")
    monkeypatch.setattr(recipe, "PACKAGES", (*recipe.PACKAGES, "jq"))
    assert recipe.digest("bookworm") != before
    assert "://" not in repr(recipe.FILES)
