"""kill -9 at any outside call of an onboarding: the same command goes on, and nothing is doubled or lost."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from simulated import STORE, apart, evidence, open_store, world

EVERY = 6
"""Each call in `make test-long`, every sixth in `make test`: the others differ only in where they are."""


@pytest.fixture(scope="module")
def undisturbed(template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, list[Any]]:
    """An onboarding that nobody killed: its outcome and its evidence."""
    root = Path(shutil.copytree(template, tmp_path_factory.mktemp("whole") / "fleet"))
    ended = apart(lambda: open_store(root))
    assert ended.code == 0, ended.answer
    return ended.answer, evidence(root)


def killed_and_finished(fleet: Path, undisturbed: tuple[Any, list[Any]], die_at: str) -> None:
    whole, proven = undisturbed
    assert apart(lambda: open_store(fleet), die_at).killed
    ended = apart(lambda: open_store(fleet))
    assert ended.code == 0, (die_at, ended.answer)
    assert (ended.answer["state"], ended.answer["world"]) == (whole["state"], "SIMULATED")
    assert {item[2:] for item in evidence(fleet)} == {item[2:] for item in proven}
    assert len(evidence(fleet)) == len(proven), "evidence is kept once"
    store, centre = world(fleet, STORE), world(fleet, "centre")
    assert store["cuts"] == {}, "no line stays cut"
    assert store["till"]["waiting"] == []
    arrived = centre["sales"][STORE]
    assert len(arrived) == len(set(arrived)) == store["till"]["sold"], "every sale is at the centre, once"


@pytest.mark.parametrize("moment", ["", "+"])
@pytest.mark.parametrize("share", range(3))
def test_killed_at_every_few_calls(
    template: Path, tmp_path: Path, undisturbed: tuple[Any, list[Any]], moment: str, share: int
) -> None:
    calls = len(undisturbed[0]["calls"])
    for number in range(1 + share * EVERY // 3 + (EVERY // 2 if moment else 0), calls + 1, EVERY * 3):
        fleet = Path(shutil.copytree(template, tmp_path / f"at-{number}"))
        killed_and_finished(fleet, undisturbed, f"{number}{moment}")


@pytest.mark.long
@pytest.mark.parametrize("moment", ["", "+"])
def test_killed_at_every_call(template: Path, tmp_path: Path, undisturbed: tuple[Any, list[Any]], moment: str) -> None:
    for number in range(1, len(undisturbed[0]["calls"]) + 1):
        fleet = Path(shutil.copytree(template, tmp_path / f"at-{number}"))
        killed_and_finished(fleet, undisturbed, f"{number}{moment}")


def test_killed_again_and_again(fleet: Path, undisturbed: tuple[Any, list[Any]]) -> None:
    """Every process does eight outside calls and dies; in the end the store is open."""
    for _ in range(len(undisturbed[0]["calls"])):
        ended = apart(lambda: open_store(fleet), os.environ.get("RETAILOPS_TEST_LIFE", "20+"))
        if not ended.killed:
            break
    assert ended.code == 0
    assert {item[2:] for item in evidence(fleet)} == {item[2:] for item in undisturbed[1]}
