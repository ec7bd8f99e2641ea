"""The machines of a lab's cloud in its record and its wiring."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from test_topology import RECORD

from retailops.errors import UsageError
from retailops.lab import LabMachines, LabRecords, record
from retailops.lab.record import MemberSpec
from retailops.lab.sites import LabSites
from retailops.lab.topology import MEMBERS, Topology

FULL = replace(RECORD, stores=RECORD.stores[:20], members=tuple(MemberSpec(f"n-{n}", n) for n in range(1, MEMBERS + 1)))


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def test_a_record_keeps_its_members() -> None:
    record.write(FULL)
    assert record.read(FULL.id) == FULL


def test_members_share_no_address_with_anybody() -> None:
    wires = [wire for machine in Topology(FULL).hosts for wire in machine.wires if wire.address]
    assert len({wire.address for wire in wires}) == len(wires)
    plugs = [(wire.space, wire.plug) for machine in Topology(FULL).machines for wire in machine.wires]
    assert len(set(plugs)) == len(plugs)


def test_one_that_leaves_moves_nobody() -> None:
    fewer = replace(FULL, members=FULL.members[3:])
    before = {machine.name: machine for machine in Topology(FULL).machines}
    assert all(before[machine.name] == machine for machine in Topology(fewer).machines)


def test_who_takes_over_a_place_takes_over_its_addresses() -> None:
    one, other = (Topology(FULL).member(MemberSpec(name, 3)) for name in ("one", "other"))
    assert [(wire.mac, wire.address) for wire in one.wires] == [(wire.mac, wire.address) for wire in other.wires]


def test_one_that_is_leaving_is_not_started_again() -> None:
    leaving = replace(FULL, members=(MemberSpec("n-1", 1, leaving=True),))
    assert "n-1" not in {machine.name for machine in Topology(leaving).hosts}
    record.write(leaving)
    assert LabMachines(FULL.id).find("n-1") is None


def test_a_store_does_not_see_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retailops.lab.hosts.identity", lambda _topology: Path("id"))
    record.write(FULL)
    assert [host.name for host in LabSites(FULL.id).site("hz0001").hosts if host.role == "cloud"] == []


@pytest.mark.parametrize("name", ["", "../x", "N", "n_1", "-n", "n" * 31])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no name of a machine"):
        LabMachines(FULL.id).make(name, print)


def test_records_are_kept_and_dropped() -> None:
    kept = LabRecords(FULL.id)
    assert kept.get("bucket/receipts") is None
    kept.put("bucket/receipts", {"urn": "u"})
    kept.put("bucket/receipts", {"urn": "v"})
    assert kept.get("bucket/receipts") == {"urn": "v"}
    kept.drop("bucket/receipts")
    kept.drop("bucket/receipts")
    assert kept.get("bucket/receipts") is None
    with pytest.raises(UsageError):
        kept.put("bucket/../x", {})
