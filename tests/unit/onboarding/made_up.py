"""A store with made-up stages: everything but the stages is as in the tool, and a kill is an exception that nobody catches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from retailops.drivers.evidence import SqliteEvidence
from retailops.drivers.journal import SqliteJournal
from retailops.drivers.locks import FileLocks
from retailops.model.sample.write import write_sample
from retailops.onboarding.gates import Check, Gate
from retailops.onboarding.procedure import Procedure
from retailops.plan import Action, Noop
from retailops.ports import Execute, Json, Ports, RunKey, Site, Step
from retailops.run.stage import Context, Found, Stage

STORE = "hz0001"


class Killed(BaseException):
    """What a SIGKILL is to a process: nothing below can do anything about it."""


class Now:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 8, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Remembered:
    """`ports.Durable` whose disk is a dictionary that outlives a kill."""

    disk: dict[tuple[str, str], Json] = field(default_factory=dict)

    def run(self, key: RunKey, steps: Sequence[Step], execute: Execute) -> list[Json]:
        for step in steps:
            if (key.id, step.name) not in self.disk:
                self.disk[key.id, step.name] = execute(step)
        return [self.disk[key.id, step.name] for step in steps]


class Empty:
    """A port that no made-up stage asks."""

    def site(self, store: str) -> Site:
        return Site(store, (), {}, {}, ("made-up hosts",))

    def state(self, _store: str) -> Mapping[str, str]:
        return {}


@dataclass
class Bench:
    """`did` lists each handler call that ended; `outside` is what handlers changed; `answers` says what probes find."""

    ports: Ports
    root: Path
    procedure: Procedure
    did: list[str] = field(default_factory=list)
    outside: set[str] = field(default_factory=set)
    answers: dict[str, bool] = field(default_factory=dict)
    before: Callable[[str], None] = lambda _name: None
    after: Callable[[str], None] = lambda _name: None
    lines: list[str] = field(default_factory=list)


def made_up_stage(
    bench: Bench, name: str, gate: str, steps: Sequence[str], kinds: Sequence[str]
) -> Stage[frozenset[str]]:
    """A stage that makes `steps` and then proves `kinds`."""

    def read(_context: Context) -> frozenset[str]:
        return frozenset(bench.outside)

    def decide(_design: Any, _site: Site, facts: frozenset[str], known: Any) -> Iterator[Action | Noop]:
        for step in steps:
            yield (
                Noop(name, f"{name}.make", step, "there")
                if step in facts
                else Action(name, f"{name}.make", step, "new", {"step": step})
            )
        for kind in kinds:
            yield (
                Noop(name, f"{name}.probe", kind, "shown")
                if (gate, kind) in known
                else Action(name, f"{name}.probe", kind, "not shown", {"kind": kind})
            )

    def make(_context: Context, params: Mapping[str, Any]) -> Json:
        bench.before(params["step"])
        bench.outside.add(params["step"])
        bench.did.append(params["step"])
        bench.after(params["step"])
        return {"made": params["step"]}

    def probe(_context: Context, params: Mapping[str, Any]) -> Json:
        kind = params["kind"]
        bench.before(kind)
        bench.did.append(kind)
        found = Found(gate, kind, bench.answers.get(kind, True), {"seen": kind}, timedelta(days=7))
        bench.after(kind)
        return {"evidence": [found.to_json()]}

    return Stage(name, gate, read, decide, {f"{name}.make": make, f"{name}.probe": probe})


def make_bench(root: Path) -> Bench:
    """Four sample stores, the made-up stages wan and edge, and gates G1, G6, G7, G8."""
    write_sample(root, 4)
    clock, nobody = Now(), Empty()
    locks = FileLocks(root / ".retailops" / "locks", clock)
    ports = Ports(
        world="SIMULATED",
        sites=nobody,
        prober=nobody,  # type: ignore[arg-type]
        configurator=nobody,  # type: ignore[arg-type]
        stacks=nobody,  # type: ignore[arg-type]
        lines=nobody,  # type: ignore[arg-type]
        clock=clock,
        evidence=SqliteEvidence(root / ".retailops" / "evidence.sqlite"),
        durable=Remembered(),
        journal=SqliteJournal(root / ".retailops" / "journal.sqlite", locks.held),
        locks=locks,
        secrets=nobody,  # type: ignore[arg-type]
        artifacts=root,
    )
    made = Bench(ports, root, Procedure((), ()))
    stages = (
        made_up_stage(made, "wan", "G6", ("hub", "gateway"), ("overlay", "zones")),
        made_up_stage(made, "edge", "G7", ("node",), ("nodes",)),
    )
    gates = (
        Gate(
            "G1",
            "SURVEYED",
            "Surveyed",
            "勘察",
            (Check("survey", "survey", "勘察", "site", "not built yet"),),
            paper=True,
        ),
        Gate(
            "G6",
            "CONNECTED",
            "Connected",
            "网络",
            (Check("overlay", "tunnels", "隧道", "network"), Check("zones", "zones", "区域", "network")),
        ),
        Gate("G7", "EDGE_READY", "Ready", "就绪", (Check("nodes", "nodes", "节点", "platform"),)),
        Gate("G8", "APPS_READY", "Apps", "应用", (Check("sale", "sale", "销售", "retail"),)),
    )
    made.procedure = Procedure(stages, gates)
    return made
