"""Waivers: a waived demand is shown and does not stop, an ended one stops, and some policies have none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from fake_apiserver import Cluster
from stack_desk import Desk

from retailops.errors import FleetError, GateNotMet
from retailops.model import load_waivers
from retailops.model.waivers import NEVER, WAIVABLE
from retailops.ports import PolicyWaiver
from retailops_stacks.policies import POLICIES

NAMESPACE = 'k8s.core.v1.Namespace("n", metadata={"name": "n"})'
JUMP = (
    'k8s.core.v1.Service("jump", metadata={"name": "jump", "namespace": "default", "labels": {"retailops/owner": "o",'
    ' "retailops/cost-centre": "c", "retailops/data-class": "operations", "retailops/store": "s"}},'
    ' spec={"type": "LoadBalancer", "ports": [{"port": 22}]})'
)
FAR, PAST = date(9999, 12, 31), date(2001, 1, 1)
FILE = """\
apiVersion: retailops/v1
kind: Waivers
waivers:
  - {policy: labels, stack: hz*, resource: Namespace n, reason: old, requestedBy: a, approvedBy: b, until: 2026-12-31}
"""


@pytest.fixture
def ours(desk: Desk) -> Desk:
    (desk.program / "Pulumi.yaml").write_text("name: proj\nauthor: retailops\nruntime: python\n")
    return desk


def waiver(
    policy: str = "labels", stack: str = "dev", resource: str = "Namespace *", until: date = FAR
) -> PolicyWaiver:
    return PolicyWaiver(policy, stack, resource, "the old chart", "li.na", "wang.wei", until)


def up(desk: Desk, *waivers: PolicyWaiver, source: str = NAMESPACE) -> int:
    desk.write(source)
    return desk.stacks.up(replace(desk.request, waivers=waivers), desk.lines.append).changes


def test_a_waived_demand_is_shown_with_its_end_and_does_not_stop(ours: Desk) -> None:
    assert up(ours, waiver()) == 2
    assert [line for line in ours.lines if line.startswith("policy")] == [
        "policy labels: Namespace n lacks the labels retailops/owner, retailops/cost-centre, retailops/data-class,"
        " retailops/store (program/__main__.py:3): waived until 9999-12-31, the old chart (li.na asked, wang.wei agreed)"
    ]


@pytest.mark.parametrize(
    ("other", "end"),
    [
        (waiver(until=PAST), "retailops/store; its waiver ended on 2001-01-01 (program/__main__.py:3)"),
        (waiver(stack="prod*"), "retailops/store (program/__main__.py:3)"),
        (waiver(resource="Service *"), "retailops/store (program/__main__.py:3)"),
        (waiver(policy="limits"), "retailops/store (program/__main__.py:3)"),
    ],
)
def test_another_waiver_does_not_help(ours: Desk, cluster: Cluster, other: PolicyWaiver, end: str) -> None:
    with pytest.raises(GateNotMet) as caught:
        up(ours, other)
    assert (caught.value.details or "").endswith(end)
    assert cluster.log == []


def test_an_ended_waiver_does_not_hide_one_that_holds(ours: Desk) -> None:
    assert up(ours, waiver(until=PAST), waiver()) == 2


def test_no_waiver_opens_an_administrators_door(ours: Desk, cluster: Cluster) -> None:
    waivers = [waiver(policy=name, resource="*") for name in ("admin-ports", "exposure")]
    with pytest.raises(GateNotMet) as caught:
        up(ours, *waivers, source=JUMP)
    assert caught.value.details == "admin-ports: Service jump opens port 22 to everybody (program/__main__.py:3)"
    assert cluster.log == []


def test_the_model_knows_the_policies() -> None:
    assert {policy.name for policy in POLICIES if policy.waivable} == WAIVABLE
    assert {policy.name for policy in POLICIES if not policy.waivable} == NEVER


def test_waivers_of_a_fleet_repository(tmp_path: Path) -> None:
    assert load_waivers(tmp_path) == ()
    (tmp_path / "waivers.yaml").write_text(FILE)
    assert [(item.policy, item.until) for item in load_waivers(tmp_path)] == [("labels", date(2026, 12, 31))]
    (tmp_path / "waivers.yaml").write_text(FILE.replace("approvedBy: b", "approvedBy: A"))
    with pytest.raises(FleetError) as caught:
        load_waivers(tmp_path)
    assert [str(problem) for problem in caught.value.problems] == [
        "waivers.yaml:4:98: waivers[0].approvedBy: A also asked for it; a second person approves"
    ]
