"""A burst's life over a stack that is a fake: recorded first, proved by asking, gone on with after a death."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from retailops.cloud.prices import Rate
from retailops.cloud.promotion import scaling
from retailops.cloud.promotion.burst import Burst, Scale
from retailops.drivers.evidence import SqliteEvidence
from retailops.errors import GateNotMet, RetailopsError, UsageError
from retailops.ports import OnLine, Ports, StackRequest, StackResult

RATE = Rate(Decimal(1), "CNY", "hour", "contract 7", date(2026, 11, 1))
DAYS = (date(2026, 12, 10), date(2026, 12, 11))
SALE = Burst("sale", "public", *DAYS, Scale(1, 2), Scale(3, 6), "medium", RATE, False, 48, Decimal(96), None)
REQUEST = StackRequest(Path("program"), "public", {"market:image": "till"}, "state", Path("passphrase"))


@dataclass
class World:
    """Stacks, web and clock in one; `silent` is how many of the last nodes don't answer, `dies` whether the next `up` does."""

    folder: Path
    silent: int = 0
    dies: bool = False
    mute: bool = False
    asked: list[Mapping[str, str]] = field(default_factory=list)
    seconds: float = 0.0

    def up(self, request: StackRequest, _on_line: OnLine) -> StackResult:
        self.asked.append(request.config)
        if self.dies:
            self.dies = False
            raise RetailopsError("died")
        size = int(request.config["market:size"])
        self.urls = [f"http://10.0.16.{n}/" for n in range(size)]
        return StackResult(
            (), {"nodes": [f"n{n}" for n in range(size)], "endpoints": [] if self.mute else self.urls}, "fake", ""
        )

    def status(self, url: str, _timeout: float) -> int:
        return 0 if url in self.urls[len(self.urls) - self.silent :] else 200

    def now(self) -> datetime:
        return datetime(2026, 12, 9, tzinfo=UTC)

    def monotonic(self) -> float:
        self.seconds += 1
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    @property
    def ports(self) -> Ports:
        evidence = SqliteEvidence(self.folder / "evidence.sqlite")
        return cast(Ports, SimpleNamespace(world="lab", stacks=self, web=self, clock=self, evidence=evidence))

    @property
    def records(self) -> Path:
        return self.folder / "bursts"

    def act(self, verb: Any, burst: Burst = SALE) -> Any:
        return verb(self.ports, burst, REQUEST, "market", self.records, print)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def state(world: World) -> str:
    running = scaling.known(world.records, "sale")
    return running.state if running else "none"


def test_start_and_end_scale_by_config_and_prove_it(world: World) -> None:
    proof = world.act(scaling.start)
    assert world.asked == [{"market:image": "till", "market:size": "3", "market:replicas": "6"}]
    assert proof.ok
    assert proof.payload["nodes"] == ["n0", "n1", "n2"]
    assert state(world) == "started"
    assert scaling.standing(world.records, "public") == {"size": "3", "replicas": "6"}
    world.act(scaling.end)
    assert world.asked[-1] == {"market:image": "till", "market:size": "1", "market:replicas": "2"}
    assert state(world) == "ended"
    assert scaling.standing(world.records, "public") == {}
    assert [each.kind for each in world.ports.evidence.of("cloud-public")] == ["ready", "ended"]


def test_a_start_that_died_is_gone_on_with_as_the_same_attempt(world: World) -> None:
    world.dies = True
    with pytest.raises(RetailopsError, match="died"):
        world.act(scaling.start)
    assert state(world) == "starting"
    assert scaling.standing(world.records, "public") == {"size": "3", "replicas": "6"}
    assert world.act(scaling.start).attempt == 1
    assert state(world) == "started"


def test_an_end_that_died_is_gone_on_with(world: World) -> None:
    world.act(scaling.start)
    world.dies = True
    with pytest.raises(RetailopsError, match="died"):
        world.act(scaling.end)
    assert state(world) == "ending"
    world.act(scaling.end)
    assert state(world) == "ended"


def test_a_node_that_does_not_answer_is_no_readiness(world: World) -> None:
    world.silent = 1
    with pytest.raises(GateNotMet, match="not every node serves") as caught:
        world.act(scaling.start)
    assert caught.value.exit_code == 6
    assert "http://10.0.16.2/" in caught.value.message
    assert state(world) == "starting"
    assert [each.ok for each in world.ports.evidence.of("cloud-public")] == [False]
    world.silent = 0
    assert world.act(scaling.start).ok


def test_a_burst_started_twice_appends_one_evidence_and_a_second_season_another(world: World) -> None:
    first = world.act(scaling.start)
    assert world.act(scaling.start).hash == first.hash
    world.act(scaling.end)
    assert world.act(scaling.start).attempt == 2


def test_two_promotions_do_not_scale_one_cloud(world: World) -> None:
    world.act(scaling.start)
    other = Burst("fair", "public", *DAYS, Scale(1, 2), Scale(2, 4), "medium", RATE, False, 48, Decimal(48), None)
    with pytest.raises(UsageError, match="burst sale is started on public"):
        world.act(scaling.start, other)


def test_a_program_without_endpoints_is_never_said_to_answer(world: World) -> None:
    world.mute = True
    assert world.act(scaling.start).payload["answers"] == {}


def test_what_was_never_started_can_not_end(world: World) -> None:
    with pytest.raises(UsageError, match="never started"):
        world.act(scaling.end)
    assert world.asked == []


def test_a_garbled_record_is_named(world: World) -> None:
    world.records.mkdir()
    (world.records / "sale.json").write_text("{")
    with pytest.raises(RetailopsError, match=r"sale\.json can't be read"):
        world.act(scaling.start)
