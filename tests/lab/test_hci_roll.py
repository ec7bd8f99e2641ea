"""Changes to hosts that serve: another configuration, every daemon restarted under load, packages of a higher number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hci_bench import Ground, bare_hosts
from lab_bench import killed_when

pytestmark = [pytest.mark.lab, pytest.mark.long, pytest.mark.timeout(3600)]

OLD, NEW = "16.2.15", "16.2.16"
DAEMONS = 10


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, world: Path) -> Iterator[Ground]:
    """A whole cluster on four hosts."""
    del world
    with bare_hosts(tmp_path_factory.mktemp("roll") / "fleet", "hci.yaml") as made:
        made.hci("up")
        yield made


def test_another_configuration_reaches_every_daemon_and_restarts_none_twice(ground: Ground) -> None:
    ground.describe(
        "survives: {host: serves, rack: serves}", "survives: {host: serves, rack: serves}\n  scrub: {deepDays: 14}"
    )
    assert len(ground.answer("up")["restarted"]) == DAEMONS
    assert ground.answer("up")["restarted"] == []


def test_every_daemon_is_restarted_under_load_and_no_write_is_lost(ground: Ground) -> None:
    (ran,) = ground.answer("drill", "roll", "--yes")["runs"]
    assert (ran["flow"]["failed"], ran["flow"]["lost"], ran["flow"]["wrong"]) == (0, 0, 0)
    assert ran["figures"][0]["value"] == DAEMONS


def test_hosts_whose_sources_differ_are_refused(ground: Ground) -> None:
    _newer(ground, "h4")
    for host in ("h1", "h2", "h3"):
        ground.run(host, "sh", "-c", ": >/etc/apt/sources.list")
    said = ground.hci("upgrade", "--yes", code=6)
    assert "the hosts' sources give different versions" in said
    assert _versions(ground) == {OLD: DAEMONS}


def test_an_upgrade_that_is_killed_leaves_a_mix_that_is_named_and_goes_on(ground: Ground) -> None:
    for host in ("h1", "h2", "h3"):
        _newer(ground, host)
    killed_when(ground.argv("upgrade", "--yes"), lambda line: line.endswith("disk of rack r2"))
    assert set(_versions(ground)) == {OLD, NEW}
    assert any(line.startswith("2 versions of Ceph run together") for line in ground.answer("status")["faults"])
    assert "is taken back\n" in ground.hci("upgrade", "--yes")
    assert _versions(ground) == {NEW: DAEMONS}
    assert ground.answer("status")["faults"] == []
    assert ground.answer("upgrade", "--yes")["restarted"] == []


def _newer(ground: Ground, host: str) -> None:
    program = Path(__file__).with_name("newer_ceph.py").read_text("utf-8")
    ground.run(host, "python3", "-c", program, OLD, NEW)


def _versions(ground: Ground) -> dict[str, int]:
    found: dict[str, int] = {}
    for counts in ground.answer("status")["versions"].values():
        for version, count in counts.items():
            found[version] = found.get(version, 0) + count
    return found
