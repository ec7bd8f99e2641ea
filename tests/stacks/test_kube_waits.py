"""What is waited for, for how long, and the one line that says why it did not come."""

from __future__ import annotations

from typing import Any

import pytest
from fake_apiserver import Cluster
from stack_desk import Desk, ops

from retailops.engine.providers import kube_notes
from retailops.engine.providers.kube_ready import NeverReady, why_not
from retailops.engine.providers.kube_wait_for import expressions, unmet
from retailops.engine.state.checkpoint import Resource
from retailops.errors import RetailopsError

NS = 'ns = k8s.core.v1.Namespace("shop", metadata={"name": "shop"})\n'
PODS = "/api/v1/namespaces/shop/pods"
EVENTS = "/api/v1/namespaces/shop/events"


def deployment(image: str = "never", notes: str = "") -> str:
    return (
        NS
        + f"""
k8s.apps.v1.Deployment("d", metadata={{"name": "d", "namespace": ns.metadata.name, "annotations": {{{notes}}}}}, spec={{
    "selector": {{"matchLabels": {{"app": "d"}}}},
    "template": {{"metadata": {{"labels": {{"app": "d"}}}}, "spec": {{"containers": [{{"name": "x", "image": "{image}"}}]}}}}}})
"""
    )


BRIEF = '"pulumi.com/timeoutSeconds": "1"'


def refused(desk: Desk, source: str) -> str:
    with pytest.raises(RetailopsError) as caught:
        desk.up(source)
    return caught.value.message


def pod(status: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": "d-1", "uid": "pod", "labels": {"app": "d"}}
    return {"kind": "Pod", "metadata": metadata, "spec": {}, "status": status}


def event(uid: str, reason: str, message: str) -> dict[str, Any]:
    return {
        "kind": "Event",
        "type": "Warning",
        "involvedObject": {"uid": uid},
        "reason": reason,
        "message": message,
    }


def waiting(reason: str, message: str) -> dict[str, Any]:
    state = {"waiting": {"reason": reason, "message": message}}
    return pod({"phase": "Pending", "containerStatuses": [{"name": "x", "state": state}]})


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (
            waiting("ImagePullBackOff", 'Back-off pulling image "never"'),
            'x: ImagePullBackOff Back-off pulling image "never"',
        ),
        (
            pod({"conditions": [{"status": "False", "reason": "Unschedulable", "message": "0/1 nodes: memory"}]}),
            "Unschedulable: 0/1 nodes: memory",
        ),
        (
            pod({"containerStatuses": [{"name": "x", "state": {"terminated": {"exitCode": 3, "message": "no disk"}}}]}),
            "x: ended with exit code 3 no disk",
        ),
    ],
)
def test_a_wait_that_ends_says_what_the_pods_say(
    desk: Desk, cluster: Cluster, made: dict[str, Any], words: str
) -> None:
    cluster.put(f"{PODS}/d-1", made)
    assert refused(desk, deployment(notes=BRIEF)) == (
        f"Deployment shop/d is there but not ready: 0 of 1 replicas are available after 1 s; {words}"
    )


def test_a_pod_that_says_nothing_is_explained_by_its_events(desk: Desk, cluster: Cluster) -> None:
    cluster.put(f"{PODS}/d-1", pod({"phase": "Pending"}))
    cluster.put(f"{EVENTS}/e", event("pod", "FailedMount", 'secret "s" not found'))
    assert refused(desk, deployment(notes=BRIEF)).endswith('; FailedMount: secret "s" not found')


def test_a_quota_is_named(desk: Desk, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    import fake_controllers

    full = {
        "type": "ReplicaFailure",
        "status": "True",
        "reason": "FailedCreate",
        "message": 'pods "d-1" is forbidden: exceeded quota: q',
    }
    monkeypatch.setitem(
        fake_controllers._STATUS, "Deployment", lambda *_: {"observedGeneration": 9, "conditions": [full]}
    )
    assert refused(desk, deployment(notes=BRIEF)).endswith('; FailedCreate: pods "d-1" is forbidden: exceeded quota: q')
    assert "/apis/apps/v1/namespaces/shop/deployments/d" in cluster.objects


def test_what_is_not_ready_is_kept_and_the_next_up_goes_on(desk: Desk, cluster: Cluster) -> None:
    refused(desk, deployment(notes=BRIEF))
    uid = cluster.get("/apis/apps/v1/namespaces/shop/deployments/d")["metadata"]["uid"]
    assert ops(desk.up(deployment("fine", BRIEF))) == {"update": ["d"]}
    assert cluster.get("/apis/apps/v1/namespaces/shop/deployments/d")["metadata"]["uid"] == uid
    assert desk.up().changes == 0


def test_who_does_not_want_to_wait_does_not(desk: Desk) -> None:
    assert ops(desk.up(deployment(notes='"pulumi.com/skipAwait": "true"'))) == {"create": ["d", "shop"]}


def test_two_that_fail_are_both_said(desk: Desk) -> None:
    source = deployment(notes=BRIEF)
    both = source + source.removeprefix(NS).replace('"d"', '"e"')
    said = [refused(desk, both), *desk.lines]
    assert any("shop/d is there but not ready" in line for line in said)
    assert any("shop/e is there but not ready" in line for line in said)


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        ("jsonpath={.status.phase}=Running", ""),
        ("jsonpath={.status.phase}", ""),
        ("jsonpath={.status.phase}=Done", "waiting for {.status.phase}=Done, it is Running"),
        ("jsonpath={.status.none}", "waiting for {.status.none}, which is not there yet"),
        ("jsonpath={.status.up}=true", ""),
        ("jsonpath={.status.count}=2", ""),
        ("jsonpath={.status.conditions[?(@.type=='Ready')].status}=True", ""),
        ("condition=Ready", ""),
        ("condition=ready=true", ""),
        ("condition=Ready=False", "waiting for the condition Ready=False, it is True: all well"),
        ("condition=Synced", "waiting for the condition Synced, which is not there yet"),
        ("condition=Old", "waiting for the condition Old: its controller has not seen the last change yet"),
        ('["condition=Ready", "jsonpath={.status.none}"]', "waiting for {.status.none}, which is not there yet"),
    ],
)
def test_wait_for(wanted: str, left: str) -> None:
    conditions = [
        {"type": "Ready", "status": "True", "message": "all well"},
        {"type": "Old", "status": "True", "observedGeneration": 1},
    ]
    status = {"phase": "Running", "up": True, "count": 2, "conditions": conditions}
    assert unmet(wanted, {"metadata": {"generation": 2}, "status": status}) == left


@pytest.mark.parametrize(
    "text", ["phase", "jsonpath=.status", "jsonpath={.a[}", "condition=", "[]", "[1]", "{}", "jsonpath={.a}={.b}"]
)
def test_what_can_not_be_read_is_one_line_in_the_preview(desk: Desk, cluster: Cluster, text: str) -> None:
    with pytest.raises(RetailopsError, match=r"the annotation pulumi\.com/waitFor can't be read"):
        expressions(text)
    refused(desk, deployment("fine", f'"pulumi.com/waitFor": {text!r}'))
    assert cluster.log == []


def test_wait_for_goes_before_what_is_usually_waited_for(desk: Desk) -> None:
    wanted = '"pulumi.com/waitFor": "jsonpath={.status.updatedReplicas}=1", ' + BRIEF
    assert ops(desk.up(deployment("never", wanted))) == {"create": ["d", "shop"]}
    said = refused(desk, deployment("fine", wanted.replace('=1"', '=7"', 1)))
    assert said.endswith("waiting for {.status.updatedReplicas}=7, it is 1 after 1 s")


def test_a_number_of_seconds_that_is_none_is_one_line(desk: Desk, cluster: Cluster) -> None:
    assert "pulumi.com/timeoutSeconds is 'soon'" in refused(
        desk, deployment(notes='"pulumi.com/timeoutSeconds": "soon"')
    )
    assert cluster.log == []


def test_the_option_goes_before_the_annotation() -> None:
    inputs = {"metadata": {"annotations": {"pulumi.com/timeoutSeconds": "7"}}}
    asked = Resource("u", "t", True, inputs=inputs, custom_timeouts={"create": 3.0})
    assert [kube_notes.patience(asked, verb, 600.0) for verb in ("create", "update")] == [3.0, 7.0]


def test_a_job_that_failed_is_replaced_where_the_program_says_so(desk: Desk, cluster: Cluster) -> None:
    source = (
        NS
        + """
def job(image):
    k8s.batch.v1.Job("j", metadata={"namespace": ns.metadata.name, "annotations": {"pulumi.com/replaceUnready": "true"}},
        spec={"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "x", "image": image}]}}})
"""
    )
    for count in (1, 2):
        assert "the job failed: BackoffLimitExceeded" in refused(desk, source + 'job("fails")')
        assert len([line for line in cluster.log if line.endswith("/jobs")]) == count
    assert "replace" in ops(desk.up(source + 'job("fine")'))
    assert len([path for path in cluster.objects if "/jobs/" in path]) == 1


@pytest.mark.parametrize(
    ("kind", "spec", "status", "left"),
    [
        ("Ingress", {"ingressClassName": "web"}, {}, "it has no address: no ingress controller of the class web has taken it"),
        ("Ingress", {}, {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}, ""),
        ("Service", {"type": "LoadBalancer"}, {"loadBalancer": {}}, "it has no address from outside yet"),
        ("StatefulSet", {"replicas": 2, "updateStrategy": {"type": "OnDelete"}}, {"readyReplicas": 2, "updateRevision": "b"}, ""),
        (
            "StatefulSet",
            {"replicas": 3, "updateStrategy": {"rollingUpdate": {"partition": 2}}},
            {"readyReplicas": 3, "updateRevision": "b", "updatedReplicas": 1},
            "",
        ),
        (
            "StatefulSet",
            {"replicas": 3},
            {"readyReplicas": 3, "updateRevision": "b", "updatedReplicas": 1},
            "its pods are still being replaced",
        ),
        ("DaemonSet", {"updateStrategy": {"type": "OnDelete"}}, {"desiredNumberScheduled": 1, "numberReady": 1}, ""),
        ("CustomResourceDefinition", {}, {}, "it is not established"),
        ("CronTab", {}, {}, ""),
    ],
)  # fmt: skip
def test_kinds(kind: str, spec: dict[str, Any], status: dict[str, Any], left: str) -> None:
    assert why_not(kind, {"metadata": {}, "spec": spec, "status": status}) == left


def test_a_failed_job_is_not_waited_for() -> None:
    failed = {"conditions": [{"type": "Failed", "status": "True", "message": "BackoffLimitExceeded"}]}
    with pytest.raises(NeverReady, match="the job failed: BackoffLimitExceeded"):
        why_not("Job", {"metadata": {}, "status": failed})


def test_a_definition_and_its_first_object_in_one_program(desk: Desk, cluster: Cluster) -> None:
    desk.up(
        NS
        + """
k8s.apiextensions.CustomResource("t", api_version="shop.example/v1", kind="Till",
    metadata={"name": "t", "namespace": ns.metadata.name}, spec={"open": True})
k8s.apiextensions.v1.CustomResourceDefinition("tills", metadata={"name": "tills.shop.example"}, spec={
    "group": "shop.example", "scope": "Namespaced", "names": {"plural": "tills", "kind": "Till"},
    "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}]})
"""
    )
    assert "/apis/shop.example/v1/namespaces/shop/tills/t" in cluster.objects
    assert desk.up().changes == 0


@pytest.mark.parametrize(("policy", "sent"), [("", "Foreground"), ("orphan", "Orphan"), ("background", "Background")])
def test_what_becomes_of_dependents(policy: str, sent: str) -> None:
    notes = {"metadata": {"annotations": {"pulumi.com/deletionPropagationPolicy": policy}}}
    assert kube_notes.propagation(notes, "Foreground") == sent


def test_a_provider_that_renders_is_named(desk: Desk, cluster: Cluster) -> None:
    source = 'k8s.Provider("p", render_yaml_to_directory="out")'
    assert refused(desk, source) == "the built-in engine lacks the kubernetes provider's renderYamlToDirectory"
    assert cluster.log == []
