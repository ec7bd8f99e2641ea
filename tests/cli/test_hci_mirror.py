"""`retailops hci mirror` and `--site` as a person types them; what needs hosts is in the lab's tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import Result

Run = Callable[..., Result]


@pytest.mark.parametrize("words", [("status",), ("up",), ("promote", "recovery"), ("switchover", "main", "--yes")])
def test_a_fleet_without_a_mirror_says_how_to_have_one(run: Run, words: tuple[str, ...]) -> None:
    done = run("hci", "mirror", *words)
    assert done.exit_code == 3, done.output
    assert "fleet.yaml has no hci.mirror: nothing goes to another site" in done.stderr


def test_a_site_without_hosts_says_how_to_describe_them(run: Run) -> None:
    done = run("hci", "plan", "--sizing-only", "--site", "recovery")
    assert done.exit_code == 3
    assert "fleet.yaml describes no hosts under recovery" in done.stderr


def test_a_site_that_is_none_is_refused_with_those_there_are(run: Run) -> None:
    done = run("hci", "mirror", "promote", "backup")
    assert done.exit_code == 2
    assert "'backup' is not one of 'main', 'recovery'" in done.stderr
