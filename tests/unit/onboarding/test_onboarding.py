"""Opening a store in made-up stages: in order, once, resumable, and as far as evidence proves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from made_up import STORE, Bench, Killed

from retailops.errors import GateNotMet, Locked, Paused, RetailopsError, ToolError, UsageError
from retailops.onboarding.gates import latest
from retailops.onboarding.lifecycle import state_of
from retailops.onboarding.onboard import gate_reports, onboard
from retailops.onboarding.outcome import Outcome
from retailops.ports import Pause
from retailops.twin.memory_revisions import MemoryPauses

EVERYTHING = ["hub", "gateway", "overlay", "zones", "node", "nodes"]


def run(bench: Bench, until: str | None = None) -> Outcome:
    return onboard(bench.ports, bench.root, STORE, bench.lines.append, bench.procedure, until)


def test_stages_in_order_and_the_state_is_what_is_proven(bench: Bench) -> None:
    outcome = run(bench)
    assert bench.did == EVERYTHING
    assert (outcome.changed, outcome.state, outcome.world) == (True, "EDGE_READY", "SIMULATED")
    assert [stage.attempt for stage in outcome.stages] == [1, 1]


def test_a_second_time_changes_nothing(bench: Bench) -> None:
    run(bench)
    evidence = bench.ports.evidence.of(STORE)
    outcome = run(bench)
    assert not outcome.changed
    assert bench.did == EVERYTHING
    assert bench.ports.evidence.of(STORE) == evidence


def test_until_stops_after_that_stage(bench: Bench) -> None:
    assert run(bench, "wan").state == "CONNECTED"
    assert bench.did == EVERYTHING[:4]
    with pytest.raises(UsageError, match="no stage 'moon'"):
        run(bench, "moon")


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", EVERYTHING)
def test_killed_at_every_step_the_same_call_finishes(bench: Bench, moment: str, step: str) -> None:
    def die(name: str) -> None:
        if name == step:
            raise Killed

    setattr(bench, moment, die)
    with pytest.raises(Killed):
        run(bench)
    setattr(bench, moment, lambda _name: None)
    outcome = run(bench)
    assert outcome.state == "EDGE_READY"
    assert sorted(set(bench.did)) == sorted(EVERYTHING)
    assert len(bench.did) <= len(EVERYTHING) + 1
    assert len(bench.ports.evidence.of(STORE)) == 3
    assert {run["attempt"] for run in bench.ports.journal.runs()} == {1}
    assert any(stage.resumed for stage in outcome.stages)


@pytest.mark.parametrize("step", EVERYTHING)
def test_paused_in_the_middle_no_step_begins_and_the_same_call_goes_on(bench: Bench, step: str) -> None:
    pauses = MemoryPauses()
    bench.ports = replace(bench.ports, pauses=pauses)
    bench.after = lambda name: name == step and pauses.pause(Pause("li@ops", bench.ports.clock.now(), "why"))
    done = EVERYTHING.index(step) + 1
    if done < len(EVERYTHING):
        with pytest.raises(Paused, match="the fleet is paused by li@ops since 2026-11-22 08:00:00 UTC: why"):
            run(bench)
        with pytest.raises(Paused):
            run(bench)
    else:
        run(bench)
    assert bench.did == EVERYTHING[:done]
    bench.after = lambda _name: None
    pauses.resume()
    assert run(bench).state == "EDGE_READY"
    assert bench.did == EVERYTHING


def test_a_resumed_run_keeps_its_plan_though_the_world_moved(bench: Bench) -> None:
    def die(name: str) -> None:
        if name == "gateway":
            bench.outside.add("gateway")
            raise Killed

    bench.before = die
    with pytest.raises(Killed):
        run(bench)
    bench.before = lambda _name: None
    run(bench)
    assert bench.did.count("gateway") == 1, "planned once, so it is done though it is there by now"


def test_a_failed_run_is_a_new_attempt_and_keeps_what_it_proved(bench: Bench) -> None:
    def fail(name: str) -> None:
        if name == "zones":
            raise ToolError("the tool fell over")

    bench.before = fail
    with pytest.raises(ToolError):
        run(bench)
    bench.before = lambda _name: None
    outcome = run(bench)
    assert outcome.stages[0].attempt == 2
    assert outcome.stages[0].actions == ("wan.probe:zones",)


def test_a_gate_that_is_not_met_stops_and_names_its_checks(bench: Bench) -> None:
    bench.answers["zones"] = False
    with pytest.raises(GateNotMet) as stopped:
        run(bench)
    assert "does not pass gate G6" in stopped.value.message
    assert stopped.value.details is not None
    assert stopped.value.details.startswith(
        "zones (zones): failed since 2026-11-22 08:00:00 UTC, owner: network; seen:"
    )
    assert "node" not in bench.did
    bench.answers["zones"] = True
    assert run(bench).state == "EDGE_READY"


def test_a_changed_design_voids_evidence_and_nothing_else(bench: Bench) -> None:
    run(bench)
    path = next(bench.root.glob(f"stores/*/{STORE}.yaml"))
    path.write_text(path.read_text().replace("opens: ", "serials: {gw1: SN-42}\nopens: "))
    outcome = run(bench)
    assert [stage.actions for stage in outcome.stages] == [
        ("wan.probe:overlay", "wan.probe:zones"),
        ("edge.probe:nodes",),
    ]


def test_a_run_for_an_old_design_is_cancelled(bench: Bench) -> None:
    def die(name: str) -> None:
        if name == "zones":
            raise Killed

    bench.before = die
    with pytest.raises(Killed):
        run(bench)
    bench.before = lambda _name: None
    path = next(bench.root.glob(f"stores/*/{STORE}.yaml"))
    path.write_text(path.read_text().replace("opens: ", "serials: {gw1: SN-42}\nopens: "))
    assert run(bench).state == "EDGE_READY"
    assert [(run["run"], run["status"]) for run in reversed(bench.ports.journal.runs())] == [
        (f"{STORE}/wan/1", "cancelled"),
        (f"{STORE}/wan/2", "done"),
        (f"{STORE}/edge/1", "done"),
    ]


def test_expired_evidence_is_shown_again(bench: Bench) -> None:
    run(bench)
    bench.ports.clock.sleep(timedelta(days=8).total_seconds())
    assert [stage.actions for stage in run(bench).stages][1] == ("edge.probe:nodes",)


def test_one_at_a_time(bench: Bench) -> None:
    held = bench.ports.locks.take(STORE, "store onboard, elsewhere")
    with pytest.raises(Locked, match="store onboard, elsewhere"):
        run(bench)
    held.release()
    assert run(bench).changed


def test_a_gate_on_paper_holds_nothing_back_and_one_unproven_does(bench: Bench) -> None:
    outcome = run(bench)
    assert [report.answer for report in outcome.gates] == ["not built yet", "met", "met", "not met"]
    assert [check.check.kind for check in outcome.gates[3].missing] == ["sale"]
    assert state_of(outcome.gates[:1]) == "DRAFT"


def test_answers_of_a_gate_say_why(bench: Bench) -> None:
    run(bench)
    now = bench.ports.clock.now()
    assert set(latest(bench.ports.evidence.of(STORE))) == {("G6", "overlay"), ("G6", "zones"), ("G7", "nodes")}
    reports = gate_reports(bench.ports, STORE, "another design", bench.procedure.gates)
    assert [check.answer for check in reports[1].checks] == ["void", "void"]
    bench.ports.clock.sleep(timedelta(days=7).total_seconds())
    digest = bench.ports.evidence.of(STORE)[0].digest
    reports = gate_reports(bench.ports, STORE, digest, bench.procedure.gates)
    assert [(check.answer, check.since) for check in reports[1].checks] == [("expired", now + timedelta(days=7))] * 2


def test_a_saved_plan_of_another_release_is_named_before_anything_is_done(bench: Bench) -> None:
    def die(_name: str) -> None:
        raise Killed

    bench.before = die
    with pytest.raises(Killed):
        run(bench)
    bench.before = lambda _name: None
    stage = bench.procedure.stages[0]
    newer = replace(stage, handlers={kind: stage.handlers[kind] for kind in ("wan.probe",)})
    bench.procedure = replace(bench.procedure, stages=(newer, *bench.procedure.stages[1:]))
    with pytest.raises(RetailopsError, match=r"asks for wan\.make, which this release does not know") as refused:
        run(bench)
    assert "retailops run cancel hz0001/wan/1" in str(refused.value.resolution)
    assert bench.did == []
