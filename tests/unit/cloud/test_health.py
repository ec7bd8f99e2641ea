"""Asking many whether they are well."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from retailops.cloud.rollouts.health import ask_all
from retailops.errors import Paused, ToolError, Unreachable
from retailops.ports import Pause
from retailops.twin.memory_revisions import MemoryPauses

NAMES = [f"edge/hz{n:04d}" for n in range(200)]


class Ports:
    """All that is asked of the ports."""

    def __init__(self) -> None:
        self.pauses = MemoryPauses()


def ports() -> Any:
    return Ports()


def test_what_each_says() -> None:
    def health(name: str) -> str:
        if name == NAMES[1]:
            raise Unreachable("no answer")
        if name == NAMES[2]:
            raise ToolError("no such probe")
        return "till/till" if name == NAMES[3] else ""

    found = ask_all(ports(), NAMES[:5], health, lambda _count: False)
    assert found.unwell == {NAMES[2]: "no such probe", NAMES[3]: "till/till"}
    assert found.unknown == (NAMES[1],)


def test_it_ends_when_enough_are_unwell() -> None:
    asked: list[str] = []

    def health(name: str) -> str:
        asked.append(name)
        time.sleep(0.02)
        return "down"

    found = ask_all(ports(), NAMES, health, lambda count: count >= 3)
    assert len(found.unwell) == 3
    assert len(asked) < len(NAMES)


def test_a_pause_ends_it() -> None:
    here = ports()
    here.pauses.pause(Pause("li@ops", datetime(2026, 11, 25, tzinfo=UTC), ""))
    with pytest.raises(Paused):
        ask_all(here, NAMES[:1], lambda _name: "", lambda _count: False)
