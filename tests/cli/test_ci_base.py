"""`retailops ci plan --base REF`: a merge request shows its own change only, and two branches that took one index are told."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from ci_chain import Chain
from click.testing import CliRunner

from retailops.cli import main
from retailops.drivers import private


@pytest.fixture
def branch(ops: Chain) -> Chain:
    """The chain on a branch `change` of its git; a change of hz0001 is on `main` already, and not applied."""
    git(ops.root, "init", "--quiet", "--initial-branch=main")
    commit(ops.root, "all")
    ops.change("hz0001")
    commit(ops.root, "a change that is merged and not applied")
    git(ops.root, "switch", "--quiet", "--create", "change")
    return ops


def git(root: Path, *words: str) -> str:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", "-C", str(root), *who, *words], check=True, capture_output=True, text=True).stdout


def commit(root: Path, message: str) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", message)


def touched(ops: Chain, *words: str) -> list[str]:
    return [item["stack"] for item in ops.plan(*words)["changes"]]


def left_over() -> list[Path]:
    return [
        path
        for place in (private.MEMORY, Path("/tmp"))
        for path in place.glob("ro-*")
        if (path / "fleet.yaml").exists()
    ]


def another(ops: Chain, store: str, index: int, mac: str) -> None:
    text = (ops.root / "stores/east/hz0001.yaml").read_text()
    one = text.replace("hz0001", store).replace("index: 1\n", f"index: {index}\n").replace("02:00:5e", f"02:00:{mac}")
    assert one != text
    (ops.root / f"stores/east/{store}.yaml").write_text(one)


def test_only_the_branchs_own_change_is_shown(branch: Chain) -> None:
    branch.change("cd0001")
    assert touched(branch) == ["cd0001", "hz0001"]
    assert touched(branch, "--base", "main") == ["cd0001"]
    commit(branch.root, "the change")
    found = branch.plan("--against", "main")
    assert [item["stack"] for item in found["changes"]] == ["cd0001"]
    assert found["base"] == git(branch.root, "rev-parse", "main").strip()
    assert left_over() == []


def test_what_others_merged_since_is_not_this_branchs_change(branch: Chain) -> None:
    branch.change("cd0001")
    commit(branch.root, "the change")
    git(branch.root, "switch", "--quiet", "main")
    branch.change("hz0001", "generation: 2", "generation: 3")
    commit(branch.root, "another merge")
    git(branch.root, "switch", "--quiet", "change")
    assert touched(branch, "--base", "main") == ["cd0001"]


def test_a_plan_against_a_base_is_applied_like_any(branch: Chain) -> None:
    branch.change("cd0001")
    branch.plan("--base", "main")
    assert branch.apply().exit_code == 0
    assert touched(branch, "--base", "main") == []
    assert touched(branch) == ["hz0001"]


def test_the_summary_names_what_it_was_compared_with(branch: Chain) -> None:
    branch.change("cd0001")
    at = git(branch.root, "rev-parse", "main").strip()
    assert f"Compared with `{at[:12]}`." in branch("ci", "plan", "--base", "main").output


@pytest.mark.parametrize("ref", ["nowhere", "", "main:fleet.yaml", "--all", "HEAD~99"])
def test_a_bad_revision_is_one_line(branch: Chain, ref: str) -> None:
    done = branch("ci", "plan", f"--base={ref}")
    assert done.exit_code == 2
    assert done.stderr.startswith(f"Error: git knows no revision {ref!r} here\nWhat to do: Fetch it first")
    assert done.stdout == ""
    assert left_over() == []


def test_a_folder_that_is_no_git_repository(ops: Chain) -> None:
    done = ops("ci", "plan", "--base", "main")
    assert done.exit_code == 2
    assert "is in no git repository that can be read, so there is no revision 'main'" in done.stderr


def test_a_fleet_in_a_folder_of_a_larger_repository(tmp_path: Path, branch: Chain) -> None:
    (tmp_path / "large").mkdir()
    inner = branch.root.rename(tmp_path / "large" / "fleet")
    (inner / ".git").rename(tmp_path / "old-git")
    git(tmp_path / "large", "init", "--quiet", "--initial-branch=main")
    commit(tmp_path / "large", "all")
    store = inner / "stores/west/cd0001.yaml"
    store.write_text(store.read_text().replace("generation: 1", "generation: 2"))
    done = CliRunner().invoke(main, ["--fleet", str(inner), "--simulate", "ci", "plan", "--base", "main", "-o", "json"])
    assert [item["stack"] for item in json.loads(done.stdout)["changes"]] == ["cd0001"]


def test_two_branches_that_took_one_index(branch: Chain) -> None:
    another(branch, "hz0008", 7, "60")
    commit(branch.root, "our new store")
    git(branch.root, "switch", "--quiet", "main")
    another(branch, "hz0009", 7, "61")
    commit(branch.root, "their new store")
    git(branch.root, "switch", "--quiet", "change")
    alone = branch("ci", "plan")
    assert alone.exit_code == 0, alone.output
    done = branch("ci", "plan", "--base", "main")
    assert done.exit_code == 3
    assert done.stderr == (
        "Error: 1 store takes an index of stores in main\n"
        "stores/east/hz0008.yaml: index: 7 is hz0009's in main\n"
        "What to do: Take main in (git merge), then: retailops store renumber hz0008\n"
    )
    git(branch.root, "merge", "--quiet", "--no-edit", "main")
    merged = branch("ci", "plan", "--base", "main")
    assert merged.exit_code == 3
    assert "retailops store renumber hz000" in merged.stderr


def test_a_base_that_is_wrong_itself_is_said_and_what_is_applied_stands_in(branch: Chain) -> None:
    git(branch.root, "switch", "--quiet", "main")
    good = (branch.root / "stores/east/hz0001.yaml").read_text()
    (branch.root / "stores/east/hz0001.yaml").write_text("{")
    commit(branch.root, "broken")
    git(branch.root, "switch", "--quiet", "--create", "mending")
    (branch.root / "stores/east/hz0001.yaml").write_text(good)
    found = branch.plan("--base", "main")
    assert (found["base"], found["base_fault"]) == ("", "the fleet repository at main has 1 faults of its own")
    assert [item["stack"] for item in found["changes"]] == ["hz0001"]
    assert left_over() == []


def test_a_store_that_is_new_and_one_that_goes_are_named(branch: Chain) -> None:
    another(branch, "hz0008", 7, "60")
    (branch.root / "stores/west/cd0001.yaml").unlink()
    found = branch.plan("--base", "main")
    assert (found["added"], found["gone"]) == (["edge/hz0008"], ["edge/cd0001"])
    page = branch("ci", "plan", "--base", "main").output
    assert "Of these new in this change: `edge/hz0008`.\n" in page
    assert "**No longer wanted: `edge/cd0001`; what these stacks have made is not taken down by this.**\n" in page
    alone = branch.plan()
    assert (alone["added"], alone["gone"]) == ([], [])


def test_prices_are_those_of_the_base_and_of_the_change(branch: Chain) -> None:
    branch.settle_clouds()
    branch.change_fleet("minimum: 2, maximum: 20", "minimum: 3, maximum: 20")
    found = branch.plan("--base", "main")["changes"]
    assert [item["stack"] for item in found] == ["public"]
    nodes = next(item for item in found[0]["price"]["items"] if item["kind"] == "node")
    assert (nodes["before"], nodes["after"]) == (2, 3)
