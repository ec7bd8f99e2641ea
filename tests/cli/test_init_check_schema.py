"""`retailops init`, `check` and `schema`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from retailops.cli import main
from retailops.model import load_fleet


def init(*words: str) -> Result:
    return CliRunner().invoke(main, ["init", *words])


@pytest.mark.parametrize("stores", [0, 1, 4, 60])
def test_init_writes_a_chain_that_check_takes(tmp_path: Path, stores: int) -> None:
    root = tmp_path / "new" / "chain"
    assert init(str(root), "--stores", str(stores)).exit_code == 0
    done = CliRunner().invoke(main, ["--fleet", str(root), "check", "--output", "json"])
    document = json.loads(done.stdout)
    assert done.exit_code == 0
    assert (document["ok"], document["stores"], document["formats"]) == (True, stores, 4)
    assert document["problems"] == document["warnings"] == []


def test_the_sample_looks_like_a_real_chain(tmp_path: Path) -> None:
    init(str(tmp_path / "chain"), "--stores", "40")
    fleet = load_fleet(tmp_path / "chain")
    stores = fleet.stores.values()
    assert {store.format for store in stores} == set(fleet.formats) == {"kiosk", "compact", "standard", "flagship"}
    assert {store.region for store in stores} == set(fleet.regions)
    assert len({str(store.name) for store in stores}) == 40
    assert len({store.timezone for store in stores}) == 4
    assert all(len(region.hubs) == 2 for region in fleet.regions.values())
    assert fleet.environment == "lab"
    macs = [device.mac for store in stores for device in store.devices]
    assert len(set(macs)) == len(macs)
    assert all(int(mac[:2], 16) & 3 == 2 for mac in macs), "locally administered, unicast"


def test_the_default_has_every_format_and_a_compact_first_store(tmp_path: Path) -> None:
    init(str(tmp_path / "chain"))
    fleet = load_fleet(tmp_path / "chain")
    first = fleet.stores["hz0001"]
    assert {store.format for store in fleet.stores.values()} == set(fleet.formats)
    assert (first.format, first.region) == ("compact", "east")
    assert [(line.id, line.kind, line.plane) for line in first.uplinks] == [("a", "fibre", "A"), ("b", "cable", "B")]
    assert [device.id for device in first.devices] == ["pos1", "cam1"]


def test_the_same_stores_every_time(tmp_path: Path) -> None:
    for name, count in (("a", "8"), ("b", "9")):
        init(str(tmp_path / name), "--stores", count)
    assert all(
        file.read_bytes() == (tmp_path / "b" / file.relative_to(tmp_path / "a")).read_bytes()
        for file in (tmp_path / "a").rglob("*.yaml")
    )


def test_init_refuses_a_folder_with_something_in_it(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    done = init(str(tmp_path))
    assert done.exit_code == 3
    assert done.stderr == (f"Error: {tmp_path} is there and not an empty folder\nWhat to do: Name a new folder.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_init_fills_an_empty_folder_that_one_stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert init(".").exit_code == 0
    assert CliRunner().invoke(main, ["check"]).exit_code == 0
    assert not list(tmp_path.parent.glob(".retailops-init-*"))


def test_init_leaves_nothing_where_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("retailops.model.sample.write._put", full)
    done = init(str(tmp_path / "chain"))
    assert (done.exit_code, done.stderr) == (
        1,
        "Error: No space left on device\nWhat to do: Mend that and repeat the command.\n",
    )
    assert list(tmp_path.iterdir()) == []


def test_init_says_how_many_stores_it_has(tmp_path: Path) -> None:
    done = init(str(tmp_path / "chain"), "--stores", "12285")
    assert (done.exit_code, done.stderr) == (3, "Error: the sample chain has 0 to 12284 stores, not 12285\n")
    assert init(str(tmp_path / "chain"), "--stores", "-1").exit_code == 2


def test_check_prints_every_fault_and_ends_with_3(run, chain: Path) -> None:  # type: ignore[no-untyped-def]
    path = chain / "stores/east/hz0001.yaml"
    path.write_text(path.read_text("utf-8").replace("compact", "kompact").replace("index: 1\n", "index: x\n"), "utf-8")
    done = run("check")
    assert done.exit_code == 3
    assert done.stdout == ""
    assert done.stderr == (
        f"Error: 2 faults in {chain}\n"
        "stores/east/hz0001.yaml:7:8: index: 'x' is no whole number (digits only, no leading zero)\n"
        "stores/east/hz0001.yaml:9:9: format: no format kompact; did you mean compact?\n"
        "What to do: Mend them and run: retailops check\n"
    )


def test_check_as_json_has_places(run, chain: Path) -> None:  # type: ignore[no-untyped-def]
    (chain / "stores/east/hz0001.yaml").write_text("[" * 100_000)
    done = run("check", "--output", "json")
    document = json.loads(done.stdout)
    assert (done.exit_code, document["ok"], done.stderr) == (3, False, "")
    assert document["problems"] == [
        {
            "path": "stores/east/hz0001.yaml",
            "line": 1,
            "column": 4097,
            "message": "a line of 100,000 characters; 4,096 are allowed",
        }
    ]


def test_check_without_a_fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RETAILOPS_FLEET", raising=False)
    done = CliRunner().invoke(main, ["check"])
    assert done.exit_code == 3
    assert done.stderr.startswith(f"Error: no fleet.yaml in {tmp_path} or above it\n")


@pytest.mark.parametrize("kind", ["fleet", "format", "store"])
def test_schema_is_what_init_writes(chain: Path, kind: str) -> None:
    done = CliRunner().invoke(main, ["schema", kind])
    assert done.exit_code == 0
    assert done.stdout == (chain / f"schema/{kind}.json").read_text("utf-8")
    document = json.loads(done.stdout)
    assert document["additionalProperties"] is False
    assert {"apiVersion", "kind"} <= document["properties"].keys()


def test_schema_of_a_kind_that_is_none() -> None:
    assert CliRunner().invoke(main, ["schema", "x"]).exit_code == 2
