"""The error boundary: one line and a way out, the documented exit code, a traceback only in a file."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from retailops import errors
from retailops.cli import Root, main
from retailops.commands.console import Console, confirm, output_option


def root_raising(error: BaseException) -> click.Group:
    @click.group(cls=Root, places={})
    def group() -> None:
        """For a test."""

    @group.command()
    def fail() -> None:
        raise error

    return group


KINDS = [
    (errors.RetailopsError, 1),
    (errors.Unreachable, 1),
    (errors.UsageError, 2),
    (errors.FleetError, 3),
    (errors.PendingChanges, 4),
    (errors.PartialFailure, 5),
    (errors.GateNotMet, 6),
    (errors.Locked, 7),
    (errors.Interrupted, 130),
]


@pytest.mark.parametrize(("kind", "code"), KINDS)
def test_each_error_ends_with_its_code(kind: type[errors.RetailopsError], code: int) -> None:
    result = CliRunner().invoke(root_raising(kind("the line is dead", resolution="plug it in")), ["fail"])
    assert result.exit_code == code
    assert result.stderr == "Error: the line is dead\nWhat to do: plug it in\n"
    assert result.stdout == ""


def test_a_tools_last_words_follow_the_message() -> None:
    result = CliRunner().invoke(root_raising(errors.ToolError("ansible failed", details="gw1: no route\n")), ["fail"])
    assert result.stderr == "Error: ansible failed\ngw1: no route\n"


def test_every_problem_of_every_file_is_listed() -> None:
    problems = [errors.Problem("stores/e/a.yaml", 3, 7, "unknown key"), errors.Problem("fleet.yaml", 0, 0, "missing")]
    result = CliRunner().invoke(root_raising(errors.FleetError("2 faults", problems)), ["fail"])
    assert result.stderr == "Error: 2 faults\nstores/e/a.yaml:3:7: unknown key\nfleet.yaml: missing\n"


def test_a_bug_leaves_its_traceback_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = CliRunner().invoke(root_raising(ZeroDivisionError("oops")), ["fail"])
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    (kept,) = tmp_path.glob("retailops-traceback-*")
    assert "ZeroDivisionError: oops" in kept.read_text()
    assert str(kept) in result.stderr


def test_a_full_disk_is_one_line() -> None:
    result = CliRunner().invoke(root_raising(OSError(28, "No space left on device", "/data/x")), ["fail"])
    assert (result.exit_code, result.stderr.splitlines()[0]) == (1, "Error: No space left on device (/data/x)")


def test_ctrl_c_can_go_on() -> None:
    result = CliRunner().invoke(root_raising(KeyboardInterrupt()), ["fail"])
    assert result.exit_code == 130
    assert "goes on where it was" in result.stderr


def test_a_mistyped_command_gets_the_nearest() -> None:
    result = CliRunner().invoke(main, ["chekc"])
    assert result.exit_code == 2
    assert "Did you mean 'check'?" in result.stderr


def test_outside_a_fleet_repository_it_says_where_it_looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RETAILOPS_FLEET", raising=False)
    result = CliRunner().invoke(main, ["check"])
    assert result.exit_code == 3
    assert f"no fleet.yaml in {tmp_path} or above it" in result.stderr
    assert "retailops init" in result.stderr


def test_json_goes_to_stdout_alone_and_chinese_keeps_its_columns() -> None:
    @click.command()
    @output_option
    def speak(console: Console) -> None:
        console.line("working")
        console.table(("id", "name"), [("a", "西湖店"), ("bbb", "x")])
        console.result({"name": "西湖店"})

    as_text = CliRunner().invoke(speak, [])
    assert as_text.stdout == "working\nid   name\na    西湖店\nbbb  x\n"
    as_json = CliRunner().invoke(speak, ["--output", "json"])
    assert json.loads(as_json.stdout) == {"name": "西湖店"}
    assert as_json.stderr == "working\n"


def test_nobody_to_ask_is_a_usage_error() -> None:
    with pytest.raises(errors.UsageError):
        confirm(Console(as_json=False), "Destroy hz0001?", yes=False)
    confirm(Console(as_json=False), "Destroy hz0001?", yes=True)
