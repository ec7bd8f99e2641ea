"""`retailops fleet rollout` in the simulated world: released by `ci apply`, gone on with by rings."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from ci_chain import Chain, Run

from retailops.drivers.clock import SystemClock
from retailops.drivers.locks import FileLocks
from retailops.drivers.rollouts import SqliteRollouts
from retailops.errors import ToolError, Unreachable
from retailops.twin.stacks import Stacks


@pytest.fixture
def ops(chain: Path, run: Run) -> Chain:
    made = Chain(chain, run)
    made.roll()
    return made


def status(ops: Chain) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ops("fleet", "rollout", "status", "-o", "json").stdout)
    return found


def ups(monkeypatch: pytest.MonkeyPatch, broken: set[str] | None = None) -> list[str]:
    asked: list[str] = []
    real = Stacks.up

    def up(self: Stacks, request: Any, on_line: Any) -> Any:
        asked.append(request.stack)
        if request.stack in (broken or ()):
            raise ToolError("the disk is full")
        return real(self, request, on_line)

    monkeypatch.setattr(Stacks, "up", up)
    return asked


def test_more_than_the_limit_is_released_and_not_touched(ops: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ups(monkeypatch)
    ops.change("hz0001")
    ops.change("cd0001")
    ops.plan()
    done = ops.apply()
    assert done.exit_code == 0, done.output
    assert done.output == (
        "rollout 1 is released (SIMULATED): 2 stacks in 2 rings; none is touched yet\n"
        "RING   STACKS  SOAK\n"
        "pilot  1       1h\n"
        "rest   1       0m\n"
        "It goes on with: retailops fleet rollout run --once (on a schedule), or without --once until it is done\n"
    )
    assert asked == []
    assert ops.status("hz0001") == ("pending", False)
    again = ops.apply()
    assert again.output == (
        "0 applied, 0 deferred, 0 failed (SIMULATED)\nrollout 1 is under way: retailops fleet rollout status\n"
    )


def test_once_touches_the_open_ring_and_says_until_when_the_rest_waits(ops: Chain) -> None:
    ops.release()
    done = ops("fleet", "rollout", "run", "--once")
    assert done.exit_code == 0, done.output
    assert re.sub(r"20\d\d-\d\d-\d\d \d\d:\d\d", "T", done.output) == (
        "SIMULATED: stack cd0001 is up\n"
        "edge/cd0001: applied\n"
        "rollout 1 (SIMULATED): 1 applied; 1 wait\n"
        "\n"
        "RING  WAITING  WHY                 UNTIL (UTC)\n"
        "rest  1        soak of ring pilot  T\n"
    )
    assert (ops.status("cd0001"), ops.status("hz0001")) == (("applied", True), ("pending", False))
    found = status(ops)
    assert [ring["stacks"] for ring in found["rings"]] == [{"edge/cd0001": "applied"}, {"edge/hz0001": "pending"}]


def test_without_once_it_goes_on_until_it_is_done(ops: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ups(monkeypatch)
    ops.release()
    done = ops("fleet", "rollout", "run", "-o", "json")
    assert done.exit_code == 0, done.output
    assert asked == ["cd0001", "hz0001"]
    found = json.loads(done.stdout)
    assert (found["status"], found["waits"], found["simulated"]) == ("done", [], True)
    assert ops("fleet", "rollout", "run", "--once").output == "no rollout is under way\n"
    assert ops.plan()["changes"] == []


def test_a_failed_pilot_stops_it_and_a_person_goes_on(ops: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {"cd0001"}
    asked = ups(monkeypatch, broken)
    ops.release()
    stopped = ops("fleet", "rollout", "run")
    assert stopped.exit_code == 6
    assert "Error: rollout 1 is stopped: 1 of 1 touched in ring pilot failed: edge/cd0001\n" in stopped.stderr
    assert ops("fleet", "rollout", "run", "--once").exit_code == 6
    assert asked == ["cd0001"]
    assert "edge/cd0001  failed" in ops("fleet", "rollout", "status").output
    broken.clear()
    assert ops("fleet", "rollout", "resume").exit_code == 0
    assert ops("fleet", "rollout", "run").exit_code == 0
    assert asked == ["cd0001", "cd0001", "hz0001"]


def test_a_stack_is_left_out_and_the_next_ring_is_opened_by_hand(ops: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ups(monkeypatch, {"cd0001"})
    ops.release()
    assert ops("fleet", "rollout", "run").exit_code == 6
    assert ops("fleet", "rollout", "resume", "--without", "nobody").exit_code == 2
    done = ops("fleet", "rollout", "resume", "--without", "cd0001")
    assert done.output == "rollout 1 goes on with the next run: retailops fleet rollout run --once\n"
    waits = ops("fleet", "rollout", "run")
    assert waits.exit_code == 0
    assert "nothing of ring pilot could be applied, so it shows nothing" in waits.output
    assert ops("fleet", "rollout", "resume", "--next-ring").exit_code == 0
    assert ops("fleet", "rollout", "run").exit_code == 0
    assert asked == ["cd0001", "hz0001"]


def test_a_person_stops_it(ops: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ups(monkeypatch)
    ops.release()
    assert ops("fleet", "rollout", "stop", "--reason", "慢").output.endswith(": 慢\n")
    assert ops("fleet", "rollout", "run", "--once").exit_code == 6
    assert asked == []
    assert ops("fleet", "rollout", "resume").exit_code == 0
    assert ops("fleet", "rollout", "run", "--once").exit_code == 0
    assert asked == ["cd0001"]


def test_a_stop_while_it_runs_holds_before_the_next_stack(ops: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    ops.change_fleet("stores: [cd0001]", "stores: [cd0001, hz0001]")
    real = Stacks.up
    asked = []

    def up(self: Stacks, request: Any, on_line: Any) -> Any:
        asked.append(request.stack)
        assert ops("fleet", "rollout", "stop").exit_code == 0
        return real(self, request, on_line)

    monkeypatch.setattr(Stacks, "up", up)
    ops.release()
    assert ops("fleet", "rollout", "run").exit_code == 6
    assert len(asked) == 1


def test_a_paused_fleet_touches_nothing(ops: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ups(monkeypatch)
    ops.release()
    ops("fleet", "pause")
    assert ops("fleet", "rollout", "run", "--once").exit_code == 130
    assert "the fleet is paused by" in ops("fleet", "rollout", "status").output
    assert asked == []
    ops("fleet", "resume")
    assert ops("fleet", "rollout", "run").exit_code == 0
    assert asked == ["cd0001", "hz0001"]


def test_a_store_out_of_reach_is_caught_up_by_a_later_run(ops: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ups(monkeypatch)
    ops.release()
    ops.reach("hz0001", False)
    done = ops("fleet", "rollout", "run")
    assert done.exit_code == 0
    assert ops.status("hz0001") == ("deferred", False)
    assert asked == ["cd0001"]
    ops.reach("hz0001", True)
    assert "deferred: it did not answer, and is tried again" in ops("fleet", "rollout", "run", "--once").output
    monkeypatch.setattr("retailops.cloud.rollouts.decide.RETRY", timedelta(0))
    assert ops("fleet", "rollout", "run", "--once").exit_code == 0
    assert asked == ["cd0001", "hz0001"]
    assert status(ops)["status"] == "done"


def test_a_store_that_was_out_of_reach_for_the_plan_goes_last_and_gets_what_its_fellow_got(ops: Chain) -> None:
    ops.reach("cd0001", False)
    ops.release()
    assert [list(ring["stacks"]) for ring in status(ops)["rings"]] == [["edge/hz0001", "edge/cd0001"]]
    ops.reach("cd0001", True)
    assert ops("fleet", "rollout", "run").exit_code == 0
    assert ops.status("cd0001") == ("applied", True)


def test_a_world_that_moved_is_left_alone_and_does_not_hold_the_others(ops: Chain) -> None:
    ops.change_fleet("stores: [cd0001]", "stores: [cd0001, hz0001]")
    ops.release()
    with ops.world.open("hz0001") as documents:
        documents["hz0001"]["stacks"] = {"edge": "somebody else's"}
    done = ops("fleet", "rollout", "run")
    assert done.exit_code == 0, done.output
    assert "edge/hz0001: held, a preview finds other steps than the plan has" in done.output
    assert "rollout 1 (SIMULATED): 1 applied, 1 held; done: 1 held\n" in done.output
    assert (ops.status("hz0001"), ops.status("cd0001")) == (("held", False), ("applied", True))


def test_inputs_that_moved_are_not_applied(ops: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ups(monkeypatch)
    ops.release()
    ops.change("cd0001", "generation: 2", "generation: 3")
    done = ops("fleet", "rollout", "run")
    assert done.exit_code == 0
    assert "superseded: the repository wants something else since; it goes with a newer plan" in done.output
    assert asked == []


def test_a_small_change_goes_beside_it_and_a_large_one_supersedes_it(ops: Chain) -> None:
    ops.release()
    ops.change("hz0001", "generation: 2", "generation: 3")
    ops.plan()
    assert ops.apply().output.endswith(
        "edge/hz0001: applied\n1 applied, 0 deferred, 0 failed (SIMULATED)\n"
        "rollout 1 is under way: retailops fleet rollout status\n"
    )
    assert status(ops)["rings"][1]["stacks"] == {"edge/hz0001": "newer"}
    ops.change("hz0001", "generation: 3", "generation: 4")
    ops.change("cd0001", "generation: 2", "generation: 3")
    ops.plan()
    assert "rollout 2 is released" in ops.apply().output


def test_a_stopped_rollout_is_superseded_by_the_same_plan_when_it_is_approved_again(
    ops: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = {"cd0001"}
    ups(monkeypatch, broken)
    ops.release()
    assert ops("fleet", "rollout", "run").exit_code == 6
    broken.clear()
    ops.plan()
    assert "rollout 2 is released" in ops.apply().output
    assert ops("fleet", "rollout", "run").exit_code == 0


def test_one_that_is_not_well_after_the_soak_stops_it(ops: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ups(monkeypatch)
    ops.release()
    monkeypatch.setattr("retailops.edge.app_probes.healthy", lambda _context: (False, {"short": ["till/till"]}))
    stopped = ops("fleet", "rollout", "run")
    assert stopped.exit_code == 6
    assert "edge/cd0001: failed, not well after the soak: not ready: till/till" in stopped.output
    assert asked == ["cd0001"]


def test_another_applier_holds_the_same_lock(ops: Chain) -> None:
    ops.release()
    held = FileLocks(ops.state / "locks", SystemClock()).take("ci-apply", "ci apply")
    try:
        assert ops("fleet", "rollout", "run", "--once").exit_code == 7
    finally:
        held.release()


def test_a_locked_store_waits_and_the_others_go_on(ops: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    ops.change_fleet("stores: [cd0001]", "stores: [cd0001, hz0001]")
    asked = ups(monkeypatch)
    ops.release()
    held = FileLocks(ops.state / "locks", SystemClock()).take("cd0001", "store onboard cd0001")
    try:
        done = ops("fleet", "rollout", "run", "--once")
    finally:
        held.release()
    assert done.exit_code == 0
    assert "cd0001 is locked by" in done.output
    assert asked == ["hz0001"]


def test_nothing_was_ever_released(ops: Chain) -> None:
    assert ops("fleet", "rollout", "status").output == "no rollout was ever released\n"
    assert ops("fleet", "rollout", "run", "--once").output == "no rollout is under way\n"
    assert ops("fleet", "rollout", "stop").exit_code == 2


def test_what_is_on_disk_is_whole(ops: Chain) -> None:
    ops.release()
    kept = SqliteRollouts(ops.state / "revisions.sqlite").latest()
    assert kept
    assert [ring.stacks for ring in kept.release.rings] == [("edge/cd0001",), ("edge/hz0001",)]
    assert {item["stack"] for item in kept.release.plan["changes"]} == {"cd0001", "hz0001"}


def test_clouds_go_before_the_first_store(ops: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    ops.settle_clouds()
    ops.change_fleet("minimum: 2", "minimum: 3")
    asked = ups(monkeypatch)
    ops.release()
    assert [(ring["name"], list(ring["stacks"])) for ring in status(ops)["rings"]] == [
        ("centre", ["public/public"]),
        ("pilot", ["edge/cd0001"]),
        ("rest", ["edge/hz0001"]),
    ]
    assert ops("fleet", "rollout", "run").exit_code == 0
    assert asked == ["public", "cd0001", "hz0001"]


def test_killed_before_the_release_is_on_disk_the_same_apply_releases(
    ops: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = SqliteRollouts.release

    def die(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(SqliteRollouts, "release", die)
    ops.change("hz0001")
    ops.change("cd0001")
    ops.plan()
    assert ops.apply().exit_code == 130
    assert ops("fleet", "rollout", "run", "--once").output == "no rollout is under way\n"
    monkeypatch.setattr(SqliteRollouts, "release", real)
    assert "rollout 1 is released" in ops.apply().output
    assert ops("fleet", "status").output.startswith("not paused\n1 applied, 2 pending\nrollout 1 is open\n")


def test_what_is_tried_again_soaks_again(ops: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {"cd0001"}
    ups(monkeypatch, broken)
    ops.release()
    assert ops("fleet", "rollout", "run", "--once").exit_code == 6
    broken.clear()
    ops("fleet", "rollout", "resume")
    done = ops("fleet", "rollout", "run", "--once")
    assert done.exit_code == 0
    assert "rest  1        soak of ring pilot" in done.output


def test_a_plan_leaves_to_the_rollout_what_it_brings_anyway(ops: Chain) -> None:
    ops.release()
    done = ops("ci", "plan", "--out", str(ops.file))
    assert "\nA rollout is under way: 2 stacks that it has not brought yet are left to it.\n" in done.output
    assert "No longer wanted" not in done.output
    assert json.loads(ops.file.read_text())["changes"] == []
    assert ops.apply().output.startswith("0 applied, 0 deferred, 0 failed (SIMULATED)\n")
    ops.change("hz0001", "generation: 2", "generation: 3")
    assert [change["stack"] for change in ops.plan()["changes"]] == ["hz0001"]


def test_a_release_goes_on_with_what_the_one_before_has_not_brought(
    ops: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ups(monkeypatch)
    ops.release()
    ops.change("hz0001", "generation: 2", "generation: 3")
    ops.plan()
    monkeypatch.setattr("retailops.cloud.changes.change.ChangePlan.stores", 2)
    assert "rollout 2 is released" in ops.apply().output
    assert [list(ring["stacks"]) for ring in status(ops)["rings"]] == [["edge/cd0001"], ["edge/hz0001"]]
    assert ops("fleet", "rollout", "run").exit_code == 0
    assert asked == ["cd0001", "hz0001"]
    assert ops.plan()["changes"] == []


def test_a_few_are_touched_at_the_same_time(ops: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    ops.change_fleet("stores: [cd0001]", "stores: [cd0001, hz0001]")
    ops.change_fleet("atOnce: 1", "atOnce: 2")
    real, both = Stacks.up, Barrier(2)

    def up(self: Stacks, request: Any, on_line: Any) -> Any:
        both.wait(60)
        return real(self, request, on_line)

    monkeypatch.setattr(Stacks, "up", up)
    ops.release()
    done = ops("fleet", "rollout", "run")
    assert done.exit_code == 0, done.output
    assert [ops.status(store)[0] for store in ("cd0001", "hz0001")] == ["applied", "applied"]


def test_after_a_failure_none_begins(ops: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    ops.change_fleet("stores: [cd0001]", "stores: [cd0001, hz0001]")
    asked = ups(monkeypatch, {"cd0001", "hz0001"})
    ops.release()
    stopped = ops("fleet", "rollout", "run")
    assert stopped.exit_code == 6
    assert len(asked) == 1
    assert "1 of 1 touched in ring pilot failed" in stopped.output


def test_a_ring_that_does_not_answer_opens_no_other(ops: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ups(monkeypatch)
    ops.release()
    assert ops("fleet", "rollout", "run", "--once").exit_code == 0

    def silent(_context: Any) -> Any:
        raise Unreachable("cd0001-gw1 does not answer")

    monkeypatch.setattr("retailops.edge.app_probes.healthy", silent)
    done = ops("fleet", "rollout", "run")
    assert done.exit_code == 0
    assert "1 of ring pilot don't say whether they are well: edge/cd0001" in done.output
    assert asked == ["cd0001"]
