"""kill -9 at any outside call of an onboarding: the same command goes on, and nothing is doubled or lost."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from simulated import STORE, apart, evidence, open_store, world

EVERY = 9
"""Each call in `make test-long`, every ninth in `make test`: the others differ only in where they are."""


@pytest.fixture(scope="module")
def undisturbed(template: Path) -> tuple[Any, list[Any]]:
    """An onboarding that nobody killed: its outcome and its evidence."""
    root = Path(shutil.copytree(template, template.parent / "undisturbed"))
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


def one_by_one(template: Path, undisturbed: tuple[Any, list[Any]], moment: str, first: int, step: int) -> None:
    for number in range(first, len(undisturbed[0]["calls"]) + 1, step):
        with tempfile.TemporaryDirectory(prefix="killed-", dir=template.parent) as folder:
            fleet = Path(shutil.copytree(template, Path(folder) / "fleet"))
            killed_and_finished(fleet, undisturbed, f"{number}{moment}")


@pytest.mark.parametrize(("moment", "first"), [("", 1), ("+", 1 + EVERY // 2)])
def test_killed_at_every_few_calls(template: Path, undisturbed: tuple[Any, list[Any]], moment: str, first: int) -> None:
    one_by_one(template, undisturbed, moment, first, EVERY)


@pytest.mark.long
@pytest.mark.parametrize("moment", ["", "+"])
def test_killed_at_every_call(template: Path, undisturbed: tuple[Any, list[Any]], moment: str) -> None:
    one_by_one(template, undisturbed, moment, 1, 1)


def test_killed_again_and_again(fleet: Path, undisturbed: tuple[Any, list[Any]]) -> None:
    """Every process does 25 outside calls and dies; in the end the store is open."""
    for _ in range(len(undisturbed[0]["calls"])):
        ended = apart(lambda: open_store(fleet), "25+")
        if not ended.killed:
            break
    assert ended.code == 0
    assert {item[2:] for item in evidence(fleet)} == {item[2:] for item in undisturbed[1]}
