"""The pipelines that `init` writes: whole YAML, and every `retailops` line in them is a command that exists."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from retailops.cli import main

GITLAB, GITHUB = ".gitlab-ci.yml", ".github/workflows/retailops.yml"
IF_ASKED = '${BASE:+--base "$BASE"}'
FLOW = [
    "retailops check",
    'retailops ci plan ${BASE:+--base "$BASE"} --out plan.json --markdown summary.md',
    "retailops ci apply plan.json --wait 600",
    "retailops fleet rollout run --once --wait 300",
    "retailops fleet status --check",
]


def texts(document: Any) -> Iterator[str]:
    if isinstance(document, dict):
        for value in document.values():
            yield from texts(value)
    elif isinstance(document, list):
        for value in document:
            yield from texts(value)
    elif isinstance(document, str):
        yield from document.splitlines()


def lines(chain: Path, name: str) -> list[str]:
    found = texts(yaml.safe_load((chain / name).read_text("utf-8")))
    return [line.strip() for line in found if line.strip().startswith("retailops ")]


def parse(line: str) -> None:
    """Walks the tree of commands as the line does, and parses each one's options; raises where one is unknown."""
    command: click.Command = main
    name, *words = shlex.split(line.replace(IF_ASKED, "--base REF"))
    context = command.make_context(name, words)
    while isinstance(command, click.Group):
        name, found, words = command.resolve_command(context, [*context._protected_args, *context.args])
        assert found is not None
        command, context = found, found.make_context(name, words, parent=context)


@pytest.mark.parametrize("name", [GITLAB, GITHUB])
def test_check_then_plan_then_apply_then_roll_out(chain: Path, name: str) -> None:
    assert lines(chain, name) == FLOW


@pytest.mark.parametrize("line", FLOW)
def test_every_line_is_a_command_that_exists(line: str) -> None:
    parse(line)


@pytest.mark.parametrize(
    "line", ["retailops chekc", "retailops ci plan --nope", "retailops ci apply", "retailops ci pln"]
)
def test_a_line_that_is_none_would_be_found(line: str) -> None:
    with pytest.raises(click.UsageError):
        parse(line)


def test_gitlab_applies_by_hand_on_the_default_branch_only(chain: Path) -> None:
    document = yaml.safe_load((chain / GITLAB).read_text("utf-8"))
    by_hand = '$CI_PIPELINE_SOURCE != "schedule" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH'
    assert document["apply"]["rules"] == [{"if": by_hand, "when": "manual"}]
    assert [document[job]["rules"] for job in ("check", "plan", "rollout")] == [
        [{"if": '$CI_PIPELINE_SOURCE != "schedule"'}],
        [{"if": '$CI_PIPELINE_SOURCE != "schedule"'}],
        [{"if": '$CI_PIPELINE_SOURCE == "schedule"'}],
    ]
    assert document["apply"]["needs"] == ["plan"]
    assert document["plan"]["artifacts"]["paths"] == ["plan.json", "summary.md"]
    assert document["variables"]["GIT_CLEAN_FLAGS"].endswith("-e .retailops/")


def test_github_applies_after_an_environments_approval_and_never_for_a_pull_request(chain: Path) -> None:
    jobs = yaml.safe_load((chain / GITHUB).read_text("utf-8"))["jobs"]
    assert (jobs["apply"]["if"], jobs["apply"]["environment"]) == ("github.event_name == 'push'", "stores")
    assert (jobs["plan"]["needs"], jobs["apply"]["needs"]) == ("check", "plan")
    assert [jobs[job]["if"] for job in ("check", "rollout")] == [
        "github.event_name != 'schedule'",
        "github.event_name == 'schedule'",
    ]
    assert [jobs[job]["concurrency"] for job in ("apply", "rollout")] == ["stores", "rollout"]
    checkouts = [step for job in jobs.values() for step in job["steps"] if step.get("uses") == "actions/checkout@v4"]
    kept = {"clean": False}
    assert [step["with"] for step in checkouts] == [kept, {**kept, "fetch-depth": 0}, kept, kept]


@pytest.mark.parametrize("target", ["", "main"])
def test_gitlabs_plan_has_a_base_on_a_merge_request_only(chain: Path, tmp_path: Path, target: str) -> None:
    """The job's own lines in a shell, with stand-ins for `git` and `retailops`."""
    for name in ("git", "retailops"):
        (tmp_path / name).write_text(f'#!/bin/sh\necho {name} "$@" >> {tmp_path}/calls\necho 0123abcd\n')
        (tmp_path / name).chmod(0o755)
    script = "\n".join(yaml.safe_load((chain / GITLAB).read_text("utf-8"))["plan"]["script"])
    where = {"PATH": f"{tmp_path}:/bin:/usr/bin", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": target}
    subprocess.run(["/bin/sh", "-ec", script], env=where, check=True, capture_output=True)
    asked = ["git fetch origin main", "git rev-parse FETCH_HEAD"] if target else []
    base = "--base 0123abcd " if target else ""
    assert (tmp_path / "calls").read_text().splitlines() == [
        *asked,
        f"retailops ci plan {base}--out plan.json --markdown summary.md",
    ]
