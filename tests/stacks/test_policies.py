"""Policies: the edge program passes them all, and each of them can fail."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_apiserver import Cluster
from stack_desk import Desk

from retailops.errors import GateNotMet
from retailops.ports import PolicyRefused
from retailops_stacks.labels import Ownership
from retailops_stacks.policies import PolicySettings, Registered, policy_settings, violations

LABELS = Ownership("hz0001", 1, "platform", "store-hz0001").labels("sales", app="till")
CONTAINER: dict[str, Any] = {
    "name": "till",
    "image": "retailops.local/till:1.1.0",
    "resources": {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "1", "memory": "1Gi"}},
    "securityContext": {"runAsNonRoot": True, "allowPrivilegeEscalation": False},
}


def deployment(**changes: Any) -> Registered:
    pod = {"containers": [{**copy.deepcopy(CONTAINER), **changes}]}
    return Registered(
        "kubernetes:apps/v1:Deployment", "till", {"metadata": {"labels": LABELS}, "spec": {"template": {"spec": pod}}}
    )


def test_a_good_one_passes() -> None:
    assert violations([deployment()]) == []
    assert violations([deployment(image="registry.example/x@sha256:" + "a" * 64)]) == []


@pytest.mark.parametrize("image", ["retailops.local/till:latest", "retailops.local/till", "till:1.1.0", ""])
def test_images_that_are_not_pinned(image: str) -> None:
    assert [item.policy for item in violations([deployment(image=image)])] == ["images"]


def test_a_violation_stops_up_before_anything_is_changed(desk: Desk, cluster: Cluster) -> None:
    (desk.program / "Pulumi.yaml").write_text("name: proj\nauthor: retailops\nruntime: python\n")
    with pytest.raises(GateNotMet) as caught:
        desk.up('k8s.core.v1.Namespace("n", metadata={"name": "n"})')
    assert "labels: Namespace n lacks" in (caught.value.details or "")
    assert cluster.log == []
    assert not (Path(desk.request.state) / ".pulumi" / "stacks").exists()


def test_settings_come_with_the_configuration_and_what_is_unreadable_is_strict() -> None:
    config = {
        "retailops:placement": '{"sales":["cn-hangzhou"]}',
        "retailops:region": "cn-hangzhou",
        "retailops:budget": '{"monthly":500,"currency":"CNY"}',
        "aws:region": "eu-west-1",
    }
    assert policy_settings(config) == PolicySettings(
        {"sales": ("cn-hangzhou",)}, 500, "CNY", "cn-hangzhou", {"aws": "eu-west-1"}
    )
    assert policy_settings({}) == PolicySettings()
    assert policy_settings({"retailops:budget": "{"}).budget == 0


def test_programs_of_others_have_no_policies_of_ours(desk: Desk) -> None:
    assert desk.up('k8s.core.v1.Namespace("n", metadata={"name": "n"})').changes == 2


def test_unless_they_are_asked_for(desk: Desk, cluster: Cluster) -> None:
    desk.write('k8s.core.v1.Namespace("n", metadata={"name": "n"})')
    with pytest.raises(PolicyRefused) as caught:
        desk.stacks.up(replace(desk.request, policies=True), desk.lines.append)
    assert [(item.policy, item.resource, item.at, item.stops) for item in caught.value.findings] == [
        ("labels", "Namespace n", "program/__main__.py:3", True)
    ]
    assert cluster.log == []


def test_what_does_not_stop_comes_with_the_result(desk: Desk) -> None:
    desk.write(
        'k8s.core.v1.Pod("p", metadata={"name": "p", "labels": ' + repr(LABELS) + "}, spec={"
        '"containers": [{"name": "c", "image": "retailops.local/x:1", "resources": {"limits": {"cpu": "1", "memory": "1Mi"}},'
        ' "securityContext": {"runAsNonRoot": True, "allowPrivilegeEscalation": False}}]})'
    )
    found = desk.stacks.preview(replace(desk.request, policies=True), desk.lines.append).findings
    assert [str(item) for item in found] == [
        "requests: Pod p has no cpu and memory request for container c (program/__main__.py:3)"
    ]


def test_a_skipped_preview_skips_no_policy(desk: Desk, cluster: Cluster) -> None:
    (desk.program / "Pulumi.yaml").write_text("name: proj\nauthor: retailops\nruntime: python\n")
    desk.write('k8s.core.v1.Namespace("n", metadata={"name": "n"})')
    with pytest.raises(GateNotMet):
        desk.stacks.up(replace(desk.request, skip_preview=True), desk.lines.append)
    assert cluster.log == []
