"""A lab's record on disk, and who may change a lab."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_topology import RECORD

from retailops.errors import Locked, RetailopsError, UsageError
from retailops.lab import record
from retailops.lab.held import held


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def test_what_is_written_is_read_again() -> None:
    record.write(RECORD)
    assert record.read(RECORD.id) == RECORD
    assert record.every() == [RECORD]
    assert [path.name for path in record.folder(RECORD.id).iterdir()] == ["lab.json"], "nothing half-written stays"


def test_what_a_later_version_adds_to_a_host_stops_nobody() -> None:
    host = {"name": "h1", "rack": "r1", "number": 1, "storage": "10.8.0.0/22", "disks": [{"serial": "S", "gib": 1}]}
    record.write(RECORD)
    path = record.folder(RECORD.id) / "lab.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"hci": [host | {"later": {"any": 1}}]}))
    assert [each.name for each in record.every()[0].hci] == ["h1"]


def test_no_lab_is_none() -> None:
    assert record.read("nolab") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1}', '{"version": 2, "stores": []}'])
def test_a_broken_record_is_an_error_with_a_way_out(text: str) -> None:
    record.folder("lab1").mkdir(parents=True)
    (record.folder("lab1") / "lab.json").write_text(text)
    with pytest.raises(RetailopsError, match="can't be read") as failed:
        record.read("lab1")
    assert "lab down --id lab1" in str(failed.value.resolution)


@pytest.mark.parametrize("lab", ["", "../x", "a-b", "A", "ninechars", "a b", "a\n"])
def test_an_id_that_can_not_name_an_interface_is_refused(lab: str) -> None:
    with pytest.raises(UsageError):
        record.check_id(lab)


def test_a_fleet_repository_has_one_id_of_its_own(tmp_path: Path) -> None:
    assert record.default_id(tmp_path) == record.default_id(tmp_path / "." / "") != record.default_id(tmp_path / "x")
    record.check_id(record.default_id(tmp_path))


def test_one_command_at_a_time_changes_a_lab() -> None:
    with held("lab1", "lab up"):
        with pytest.raises(Locked, match=r"since .*: lab up"), held("lab1", "lab down"):
            pass
        with held("lab2", "lab up"):
            pass
    with held("lab1", "lab down"):
        pass
