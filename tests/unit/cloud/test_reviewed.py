"""Whether a preview of just now is what was reviewed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from retailops.cloud.changes.change import StackChange
from retailops.cloud.changes.reviewed import UNSEEN, against
from retailops.ports import Revision


def urn(stack: str, name: str) -> str:
    return f"urn:pulumi:{stack}::edge::kubernetes:apps/v1:Deployment::{name}"


def change(stack: str, *names: str, paths: tuple[str, ...] = ("spec.image",)) -> StackChange:
    steps = tuple(("update", urn(stack, name)) for name in names)
    return StackChange("edge", stack, "new", "changes", "s1", steps, paths=(paths,) * len(steps))


OLD = change("hz0001", "till", "hz0001-agent")
DEFERRED = StackChange("edge", "hz0001", "new", "deferred", why="no answer")
FELLOW = change("bj0001", "till", "bj0001-agent")


def test_what_was_reviewed_may_be_applied() -> None:
    assert against(OLD, OLD, (), None) == ""


def test_other_steps_or_another_state_may_not() -> None:
    more = change("hz0001", "till", "hz0001-agent", "miner")
    assert against(OLD, more, (), None) == "a preview finds other steps than the plan has"
    assert against(OLD, replace(OLD, state="s2"), (), None) == "its state was written by somebody else"


@pytest.mark.parametrize(
    ("status", "wanted", "ours"),
    [("begun", "new", True), ("failed", "new", True), ("begun", "x", False), ("held", "new", False)],
)
def test_what_is_left_of_our_own_up_may(status: str, wanted: str, ours: bool) -> None:
    known = Revision("edge", "hz0001", wanted, "old", status, datetime(2026, 11, 25, tzinfo=UTC))  # type: ignore[arg-type]
    left = replace(change("hz0001", "till"), state="s2")
    assert (against(OLD, left, (), known) == "") is ours
    assert against(OLD, replace(change("hz0001", "miner"), state="s2"), (), known) != ""


def test_what_nobody_saw_may_where_a_fellow_gets_the_same() -> None:
    assert against(DEFERRED, OLD, (FELLOW, DEFERRED), None) == ""


@pytest.mark.parametrize(
    "fellow",
    [
        change("bj0001", "till"),
        change("bj0001", "till", "bj0001-agent", paths=("spec.replicas",)),
        change("bj0001", "till", "sh0001-agent"),
        replace(FELLOW, project="private"),
        replace(FELLOW, form="refused"),
    ],
)
def test_what_nobody_saw_may_not_where_no_fellow_gets_quite_the_same(fellow: StackChange) -> None:
    assert against(DEFERRED, OLD, (fellow, DEFERRED), None) == UNSEEN
