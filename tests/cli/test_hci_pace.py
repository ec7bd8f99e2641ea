"""When the storage will be full, from how full it was whenever somebody looked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from retailops.commands.app import App
from retailops.commands.hci_pace import NAME, until_full
from retailops.errors import RetailopsError
from retailops.model import load_chain


class Clock:
    hours = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 26, tzinfo=UTC) + timedelta(hours=self.hours)


@pytest.fixture
def looked(chain: Path) -> Any:
    """`looked(hours, share)`: the days left that somebody is told who looks then."""
    clock = Clock()
    app = cast(App, SimpleNamespace(root=chain, ports=SimpleNamespace(clock=clock)))

    def look(hours: float, share: float) -> float | None:
        clock.hours = hours
        return until_full(app, {"osds": [{"used": share * 1000, "size": 1000}], "ratios": {"full": 0.95}})

    return look


def kept(chain: Path) -> Path:
    return chain / load_chain(chain).state.path / NAME


def test_a_pace_is_known_after_an_hour(looked: Any) -> None:
    assert [looked(0, 0.50), looked(0.5, 0.51)] == [None, None]
    assert looked(1, 0.52) == pytest.approx(43 / 2 / 24, rel=1e-3)


def test_looking_often_keeps_little(chain: Path, looked: Any) -> None:
    for second in range(100):
        looked(second / 3600, 0.5)
    assert len(json.loads(kept(chain).read_text())) == 1


def test_a_file_that_is_something_else_is_named_and_left(chain: Path, looked: Any) -> None:
    looked(0, 0.5)
    kept(chain).write_text('{"at": 3}')
    with pytest.raises(RetailopsError, match=f"{NAME} does not say how full"):
        looked(1, 0.5)
    assert kept(chain).read_text() == '{"at": 3}'
