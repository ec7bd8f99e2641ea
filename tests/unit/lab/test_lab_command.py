"""`retailops lab` where there is no lab, and stores that a lab can't build."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from retailops import lab as lab_package
from retailops.cli import main
from retailops.errors import RetailopsError, UsageError
from retailops.lab import fleets, specs
from retailops.lab.requirements import Missing
from retailops.model import load_fleet


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert CliRunner().invoke(main, ["init", str(tmp_path / "fleet")]).exit_code == 0
    return tmp_path / "fleet"


def lab(fleet: Path, *argv: str) -> Result:
    return CliRunner().invoke(main, ["--fleet", str(fleet), "lab", *argv])


@pytest.mark.parametrize("argv", [("status",), ("cut", "hz0001/a"), ("heal", "hz0001/a"), ("shell", "hub1")])
def test_without_a_lab_each_command_says_how_to_get_one(fleet: Path, argv: tuple[str, ...]) -> None:
    done = lab(fleet, *argv)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: there is no lab for ")
    assert done.stderr.endswith("What to do: retailops lab up makes one.\n")


@pytest.mark.parametrize(
    "argv", [("up", "--id", "x-y"), ("down", "--id", "../x"), ("cut", "hz0001", "--id", "x"), ("up", "zz9")]
)
def test_what_can_not_be_is_a_usage_error(fleet: Path, argv: tuple[str, ...]) -> None:
    assert lab(fleet, *argv).exit_code == (1 if argv[0] == "cut" else 2)


def test_the_list_of_labs_is_empty(fleet: Path) -> None:
    assert json.loads(lab(fleet, "status", "--all", "--output", "json").stdout) == []


def test_the_first_compact_store_is_the_default_and_has_till_camera_and_guest(fleet: Path) -> None:
    (store,) = specs(load_fleet(fleet), [])
    assert store.id == "hz0001"
    assert [(uplink.id, uplink.isp) for uplink in store.uplinks] == [("a", "a"), ("b", "b")]
    assert [(device.name, device.zone) for device in store.devices] == [
        ("pos1", "pos"),
        ("cam1", "iot"),
        ("guest1", "guest"),
    ]
    known = {device.id: str(device.mac) for device in load_fleet(fleet).stores["hz0001"].devices}
    assert {device.name: device.mac for device in store.devices}.items() >= known.items()


def test_a_store_that_is_not_compact_is_refused_with_the_reason(fleet: Path) -> None:
    with pytest.raises(UsageError, match="2 gateways and 3 servers"):
        specs(load_fleet(fleet), ["gz0001"])


def test_a_store_named_twice_is_built_once(fleet: Path) -> None:
    assert len(fleets.specs(load_fleet(fleet), ["hz0001", "hz0001"])) == 1


def test_a_computer_without_root_is_told_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    (missing,) = lab_package.preflight()
    assert isinstance(missing, Missing)
    assert missing.what.startswith("root")


def test_what_the_package_offers_is_never_hidden_by_a_module_of_that_name() -> None:
    folder = Path(lab_package.__file__).parent
    assert {path.stem for path in folder.glob("*.py")}.isdisjoint(lab_package._PLACES)


def test_a_lab_for_a_fleet_is_not_any_lab(fleet: Path) -> None:
    from retailops.lab import Lab

    with pytest.raises(RetailopsError, match="there is no lab for"):
        Lab.of_fleet(fleet)
