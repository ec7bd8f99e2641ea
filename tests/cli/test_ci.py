"""`retailops ci plan|apply` in the simulated world, on stores whose stacks are known to be up."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ci_chain import AT, Chain

from retailops.cloud.changes.change import ChangePlan
from retailops.drivers.clock import SystemClock
from retailops.drivers.locks import FileLocks
from retailops.plan import canonical
from retailops.ports import PolicyFinding, PolicyRefused
from retailops.twin.stacks import Stacks


def test_nothing_changed(ops: Chain) -> None:
    found = ops.plan()
    assert (found["changes"], found["unchanged"]) == ([], 3)
    assert "edge/gz0001" in found["waiting"]
    assert not {"edge/bj0001", "edge/cd0001", "edge/hz0001"} & set(found["waiting"])
    done = ops.apply()
    assert done.exit_code == 0
    assert done.output == "0 applied, 0 deferred, 0 failed (SIMULATED)\n"


def test_only_the_changed_store_is_previewed_and_applied(ops: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = Stacks.preview
    monkeypatch.setattr(Stacks, "preview", lambda self, r, line: (asked.append(r.stack), real(self, r, line))[1])
    ops.change("hz0001")
    found = ops.plan()
    assert asked == ["hz0001"]
    assert [(item["stack"], item["form"], len(item["steps"])) for item in found["changes"]] == [
        ("hz0001", "changes", 5)
    ]
    done = ops.apply()
    assert done.exit_code == 0, done.output
    assert done.output.endswith("edge/hz0001: applied\n1 applied, 0 deferred, 0 failed (SIMULATED)\n")
    assert ops.status("hz0001") == ("applied", True)
    assert ops.apply().output == "0 applied, 0 deferred, 0 failed (SIMULATED)\n"
    assert ops.plan()["changes"] == []


def test_the_summary_is_markdown(ops: Chain) -> None:
    ops.change("hz0001")
    ops.change("cd0001")
    ops.reach("cd0001", False)
    page = ops.root / "plan.md"
    assert ops("ci", "plan", "--markdown", str(page)).exit_code == 0
    assert re.sub(r"`[0-9a-f]{16}`", "`…`", page.read_text()) == (
        "## retailops ci plan (SIMULATED)\n\n"
        "**Applied at once.** Stacks: **1 to change**, 1 out of reach, 1 untouched. Compared with what is applied.\n"
        f"Never brought up: {len(ops.plan()['waiting'])}; onboarding or `cloud up` does that first.\n\n"
        "| stacks | what | steps |\n|---|---|---|\n"
        "| `edge/cd0001` | unknown: deferred | the cluster of cd0001 does not answer |\n"
        "| `edge/hz0001` | change | 5 create |\n\n"
        "<details><summary>What changes in <code>edge/hz0001</code></summary>\n\n"
        "- `+` create Deployment till\n"
        "- `+` create Namespace till\n"
        "- `+` create NetworkPolicy default-deny\n"
        "- `+` create ResourceQuota till\n"
        "- `+` create Service till\n\n"
        "</details>\n\n"
        "**Policies:** met (stacks looked at: 1).\n\n"
        "Engine: SIMULATED. Plan `…`.\n"
    )


def test_a_stack_that_can_not_be_previewed_fails_the_plan_and_names_the_stack(ops: Chain) -> None:
    ops.change("hz0001")
    ops.change("bj0001")
    done = ops("ci", "plan", "--out", str(ops.file))
    assert done.exit_code == 1
    assert "| `edge/hz0001` | change | 5 create |" in done.output
    assert "1 stacks can't be previewed" in done.stderr
    assert "edge/bj0001: bj0001 has 2 nodes; only stores with one can be built so far" in done.stderr
    assert ops.apply().exit_code == 2


def test_inputs_that_moved_are_refused(ops: Chain) -> None:
    ops.change("hz0001")
    ops.change("cd0001")
    ops.plan()
    ops.change("hz0001", "generation: 2", "generation: 3")
    refused = ops.apply()
    assert refused.exit_code == 4
    assert refused.stderr == (
        "Error: 1 stacks moved since the plan was made; nothing was applied\n"
        "edge/hz0001: its inputs are not those of the plan\n"
        "What to do: Plan again and have it reviewed: retailops ci plan --out FILE\n"
    )
    assert ops.status("cd0001") == ("applied", True)


def test_a_world_that_moved_is_refused(ops: Chain) -> None:
    ops.change("hz0001")
    ops.plan()
    with ops.world.open("hz0001") as documents:
        documents["hz0001"]["stacks"] = {"edge": "somebody else's"}
    refused = ops.apply()
    assert refused.exit_code == 4
    assert "edge/hz0001: a preview finds other steps than the plan has" in refused.stderr


def test_a_store_out_of_reach_is_deferred_and_caught_up_by_a_rollout(ops: Chain) -> None:
    ops.change("hz0001")
    ops.plan()
    ops.reach("hz0001", False)
    done = ops.apply()
    assert done.exit_code == 0
    assert done.output.endswith(
        "0 applied, 1 deferred, 0 failed (SIMULATED)\nrollout 1 is under way: retailops fleet rollout status\n"
    )
    assert ops.status("hz0001") == ("deferred", False)
    assert [item["form"] for item in ops.plan()["changes"]] == ["deferred"]
    assert ops.apply().output.startswith("0 applied, 0 deferred, 0 failed (SIMULATED)\n")
    ops.reach("hz0001", True)
    assert ops("fleet", "rollout", "run").exit_code == 0
    assert ops.status("hz0001") == ("applied", True)


def test_a_store_that_came_back_is_applied_by_the_plan_that_saw_it(ops: Chain) -> None:
    ops.change("hz0001")
    ops.plan()
    ops.reach("hz0001", False)
    ops.apply()
    ops.reach("hz0001", True)
    ops.plan()
    assert ops.apply().output.startswith("SIMULATED: stack hz0001 is up\nedge/hz0001: applied\n")
    assert ops("fleet", "rollout", "run").exit_code == 0
    assert ops("fleet", "rollout", "run").output == "no rollout is under way\n"


def test_a_second_store_that_is_deferred_joins_the_first(ops: Chain) -> None:
    ops.reach("hz0001", False)
    ops.reach("cd0001", False)
    for store in ("hz0001", "cd0001"):
        ops.change(store)
        ops.plan()
        assert ops.apply().exit_code == 0
    waits = json.loads(ops("fleet", "rollout", "status", "-o", "json").stdout)["rings"]
    assert [sorted(ring["stacks"]) for ring in waits] == [["edge/cd0001", "edge/hz0001"]]


def test_what_nobody_saw_is_held_until_a_plan_sees_it(ops: Chain) -> None:
    ops.change("hz0001")
    ops.reach("hz0001", False)
    ops.plan()
    ops.reach("hz0001", True)
    unseen = ops.apply()
    assert unseen.exit_code == 0
    assert unseen.output == (
        "edge/hz0001: held, could not be reached when the plan was made, and can be now: nobody has seen its changes\n"
        "0 applied, 0 deferred, 0 failed, 1 held (SIMULATED)\n"
    )
    assert ops.status("hz0001") == ("held", False)
    ops.plan()
    assert ops.apply().exit_code == 0
    assert ops.status("hz0001") == ("applied", True)


def test_a_store_that_came_back_gets_what_its_fellow_gets(ops: Chain) -> None:
    ops.change("hz0001")
    ops.change("cd0001")
    ops.reach("cd0001", False)
    ops.plan()
    ops.reach("cd0001", True)
    assert ops.apply().output.endswith("2 applied, 0 deferred, 0 failed (SIMULATED)\n")
    assert ops.status("cd0001") == ("applied", True)


def test_an_up_that_was_cut_off_goes_on_with_the_same_plan(ops: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Stacks.up

    def up(self: Stacks, request: Any, on_line: Any) -> Any:
        real(self, request, on_line)
        raise KeyboardInterrupt

    monkeypatch.setattr(Stacks, "up", up)
    ops.change("hz0001")
    ops.plan()
    assert ops.apply().exit_code == 130
    assert ops.status("hz0001") == ("begun", False)
    monkeypatch.setattr(Stacks, "up", real)
    assert ops.apply().exit_code == 0
    assert ops.status("hz0001") == ("applied", True)


@pytest.mark.parametrize("change", [lambda text: text.replace('"changes"', '"same"', 1), lambda _: "{", lambda _: "[]"])
def test_a_plan_that_was_touched_is_refused(ops: Chain, change: Callable[[str], str]) -> None:
    ops.change("hz0001")
    ops.plan()
    ops.file.write_text(change(ops.file.read_text()))
    refused = ops.apply()
    assert refused.exit_code == 3
    assert "Plan again: retailops ci plan --out FILE" in refused.stderr


def test_a_failed_stack_is_named_and_the_others_are_done(ops: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    from retailops.errors import ToolError

    real = Stacks.up

    def up(self: Stacks, request: Any, on_line: Any) -> Any:
        if request.stack == "cd0001":
            raise ToolError("the disk is full")
        return real(self, request, on_line)

    monkeypatch.setattr(Stacks, "up", up)
    ops.change("hz0001")
    ops.change("cd0001")
    ops.plan()
    done = ops.apply()
    assert done.exit_code == 5
    assert "edge/cd0001: the disk is full" in done.stderr
    assert (ops.status("cd0001"), ops.status("hz0001")) == (("failed", False), ("applied", True))


def test_two_at_once(ops: Chain) -> None:
    ops.change("hz0001")
    ops.plan()
    held = FileLocks(ops.state / "locks", SystemClock()).take("ci-apply", "ci apply of another pipeline")
    try:
        refused = ops.apply()
    finally:
        held.release()
    assert refused.exit_code == 7
    assert re.search(r"ci-apply is locked by .* since .*: ci apply of another pipeline", refused.stderr)


def test_the_second_applier_waits_as_long_as_it_is_told(ops: Chain) -> None:
    ops.change("hz0001")
    ops.plan()
    locks = FileLocks(ops.state / "locks", SystemClock())
    held = locks.take("ci-apply", "ci apply of another pipeline")
    asked: list[float] = []

    def sleep(seconds: float) -> None:
        asked.append(seconds)
        held.release()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("retailops.twin.clock.Clock.sleep", lambda _self, seconds: sleep(seconds))
        done = ops.apply("--wait", "60")
    assert done.exit_code == 0, done.output
    assert asked == [1.0]
    assert done.output.endswith("edge/hz0001: applied\n1 applied, 0 deferred, 0 failed (SIMULATED)\n")


def test_the_second_applier_gives_up_in_the_end(ops: Chain) -> None:
    ops.change("hz0001")
    ops.plan()
    held = FileLocks(ops.state / "locks", SystemClock()).take("ci-apply", "ci apply of another pipeline")
    try:
        refused = ops.apply("--wait", "30")
    finally:
        held.release()
    assert refused.exit_code == 7


def test_a_pause_between_two_stacks_stops_the_second(ops: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Stacks.up

    def up(self: Stacks, request: Any, on_line: Any) -> Any:
        assert ops("fleet", "pause").exit_code == 0
        return real(self, request, on_line)

    monkeypatch.setattr(Stacks, "up", up)
    ops.change("hz0001")
    ops.change("cd0001")
    ops.plan()
    assert ops.apply().exit_code == 130
    assert (ops.status("cd0001"), ops.revisions.of("edge", "hz0001").since) == (("applied", True), AT)  # type: ignore[union-attr]
    monkeypatch.setattr(Stacks, "up", real)
    assert ops.apply().exit_code == 130
    ops("fleet", "resume")
    done = ops.apply()
    assert done.output.endswith("edge/hz0001: applied\n1 applied, 0 deferred, 0 failed (SIMULATED)\n")


def test_a_plan_of_another_world_is_refused(ops: Chain) -> None:
    ops.change("hz0001")
    plan = ChangePlan.from_json(ops.plan())
    ops.file.write_bytes(canonical(replace(plan, world="lab").to_json()))
    refused = ops.apply()
    assert refused.exit_code == 2
    assert refused.stderr == "Error: the plan was made in the world lab, this is SIMULATED\n"


@pytest.mark.parametrize("kept", [0, 1, 100, -1])
def test_a_plan_that_was_cut_off_is_refused(ops: Chain, kept: int) -> None:
    ops.change("hz0001")
    ops.plan()
    ops.file.write_bytes(ops.file.read_bytes()[:kept])
    refused = ops.apply()
    assert refused.exit_code == 3
    assert "is no plan that can be applied" in refused.stderr
    assert ops.status("hz0001") == ("applied", True)


@pytest.mark.parametrize("place", [("price",), ("policies",), ("paths",), ("steps", 0), ("form",), ("stack",)])
def test_nothing_of_a_plan_can_be_edited(ops: Chain, place: tuple[str | int, ...]) -> None:
    ops.change("hz0001")
    document = ops.plan()
    at = document["changes"][0]
    for step in place[:-1]:
        at = at[step]
    at[place[-1]] = "edited" if isinstance(at[place[-1]], str) else ["edited", "edited"]
    ops.file.write_text(json.dumps(document))
    assert ops.apply().exit_code == 3


def test_policies_of_a_plan_are_in_the_file_the_json_and_the_page(ops: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    real, until = Stacks.preview, (datetime.now(UTC) + timedelta(days=5)).date().isoformat()
    found = (
        PolicyFinding("requests", "advisory", "Deployment till", "has no cpu request", "edge/__main__.py:3"),
        PolicyFinding(
            "limits", "mandatory", "Deployment till", "has no cpu limit", "", until, "later", "li.na", "wang.wei"
        ),
    )
    monkeypatch.setattr(Stacks, "preview", lambda self, r, line: replace(real(self, r, line), findings=found))
    (ops.root / "waivers.yaml").write_text(
        "apiVersion: retailops/v1\nkind: Waivers\nwaivers:\n"
        f"  - {{policy: limits, stack: hz*, resource: '*', reason: later, requestedBy: a, approvedBy: b, until: {until}}}\n"
        "  - {policy: images, stack: x, resource: y, reason: z, requestedBy: a, approvedBy: b, until: 2999-01-01}\n"
    )
    ops.change("hz0001")
    document = ops.plan()
    assert document == json.loads(ops.file.read_text())
    assert [(item["policy"], item["at"], item["until"]) for item in document["changes"][0]["policies"]] == [
        ("requests", "edge/__main__.py:3", ""),
        ("limits", "", until),
    ]
    assert document["expiring"] == [{"policy": "limits", "stack": "hz*", "resource": "*", "until": until}]
    page = ops("ci", "plan").output
    assert f"- `limits` for \\* in stack hz\\*: {until}, in 5 days" in page
    assert "**Policies:** met; waivers in use: 1; advice: 1 (stacks looked at: 1)." in page


def test_a_refused_stack_names_its_policy_and_the_line(ops: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    finding = PolicyFinding("images", "mandatory", "Deployment till", "runs x", "retailops_stacks/till.py:88")

    def refuse(_self: Stacks, _request: Any, _line: Any) -> Any:
        raise PolicyRefused((finding,))

    monkeypatch.setattr(Stacks, "preview", refuse)
    ops.change("hz0001")
    done = ops("ci", "plan", "--out", str(ops.file))
    assert done.exit_code == 6
    assert "- `images`: Deployment till runs x at `retailops_stacks/till.py:88` (`edge/hz0001`)" in done.output
    assert "images: Deployment till runs x (retailops_stacks/till.py:88)" in done.stderr
    assert ops.apply().exit_code == 2
