"""The kubernetes provider: what it makes, what it never takes, what it says."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from fake_apiserver import Cluster
from stack_desk import Desk, ops

from retailops.errors import RetailopsError

NS = 'ns = k8s.core.v1.Namespace("shop", metadata={"name": "shop"})\n'
CM = (
    NS
    + 'k8s.core.v1.ConfigMap("c", metadata={"name": "c", "namespace": ns.metadata.name}, data={"a": "1", "b": "2"})\n'
)
MUTABLE = {"kubernetes:enableConfigMapMutable": "true"}
CONFIGMAP = "/api/v1/namespaces/shop/configmaps/c"


def refused(desk: Desk, source: str) -> RetailopsError:
    with pytest.raises(RetailopsError) as caught:
        desk.up(source)
    return caught.value


def test_an_object_of_somebody_else_is_never_taken_over(desk: Desk, cluster: Cluster) -> None:
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    cluster.post("/api/v1/namespaces", body, "kubectl-create", False, True)
    error = refused(desk, NS)
    assert "kubectl-create" in error.message
    assert cluster.log == []


def test_a_change_is_applied_and_a_dropped_key_goes(desk: Desk, cluster: Cluster) -> None:
    desk.config |= MUTABLE
    desk.up(CM)
    assert ops(desk.up(CM.replace('"a": "1", "b": "2"', '"a": "3"'))) == {"update": ["c"]}
    assert cluster.get(CONFIGMAP)["data"] == {"a": "3"}


def test_a_conflict_names_owner_and_field_before_anything_is_changed(desk: Desk, cluster: Cluster) -> None:
    desk.config |= MUTABLE
    desk.up(CM)
    desk.up(CM.replace('"1"', '"5"'))
    cluster.edit(CONFIGMAP, "data.a", "9", "kubectl-edit")
    told = len(cluster.log)
    error = refused(desk, CM.replace('"1"', '"6"'))
    assert "kubectl-edit" in (error.details or "")
    assert ".data.a" in (error.details or "")
    assert len(cluster.log) == told
    forced = CM.replace('"1"', '"6"').replace(
        '"name": "c",', '"name": "c", "annotations": {"pulumi.com/patchForce": "true"},'
    )
    desk.up(forced)
    assert cluster.get(CONFIGMAP)["data"]["a"] == "6"


def test_refresh_sees_drift_and_only_what_is_ours(desk: Desk, cluster: Cluster) -> None:
    desk.up(CM)
    assert desk.stacks.refresh(desk.request, desk.lines.append).changes == 0
    cluster.edit(CONFIGMAP, "data.a", "9", "kubectl-edit")
    cluster.edit(CONFIGMAP, "data.theirs", "x", "kubectl-edit")
    drift = desk.stacks.refresh(desk.request, desk.lines.append)
    assert [step.diff for step in drift.steps if step.op == "refresh"] == [("data.a: 1 → 9",)]


def test_with_refresh_a_preview_sees_what_is_gone_and_up_makes_it_again(desk: Desk, cluster: Cluster) -> None:
    desk.up(CM)
    cluster.delete(CONFIGMAP, {})
    state = Path(desk.request.state) / ".pulumi/stacks/proj/dev.json"
    before = state.read_bytes()
    assert ops(desk.preview()) == {}
    request = replace(desk.request, refresh=True)
    assert ops(desk.stacks.preview(request, desk.lines.append)) == {"create": ["c"]}
    assert state.read_bytes() == before
    assert ops(desk.stacks.up(request, desk.lines.append)) == {"create": ["c"]}
    assert desk.stacks.up(request, desk.lines.append).changes == 0
    assert CONFIGMAP in cluster.objects


def test_an_object_that_was_deleted_and_made_anew_by_others_is_left_alone(desk: Desk, cluster: Cluster) -> None:
    desk.up(CM)
    cluster.delete(CONFIGMAP, {})
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "theirs"}}
    cluster.post("/api/v1/namespaces/shop/configmaps", body, "kubectl-create", False, True)
    desk.up(NS)
    assert cluster.get(CONFIGMAP)["data"] == {"a": "theirs"}
    assert any("another object" in line for line in desk.lines)


def test_auto_names_are_stable_and_change_with_a_replacement(desk: Desk, cluster: Cluster) -> None:
    source = NS + 'k8s.core.v1.ConfigMap("c", metadata={"namespace": ns.metadata.name}, data={"a": "1"})\n'
    desk.up(source)
    first = next(path for path in cluster.objects if "configmaps/c-" in path)
    assert desk.up().changes == 0
    assert ops(desk.up(source.replace('"1"', '"2"'))) == {"replace": ["c"], "delete": ["c"]}
    second = next(path for path in cluster.objects if "configmaps/c-" in path)
    assert second != first
    posted = max(n for n, line in enumerate(cluster.log) if line.startswith("POST"))
    assert cluster.log.index(f"DELETE {first}") > posted


def test_an_immutable_field_of_a_named_object_deletes_first(desk: Desk, cluster: Cluster) -> None:
    source = (
        NS
        + """
def deployment(app):
    k8s.apps.v1.Deployment("d", metadata={"name": "d", "namespace": ns.metadata.name}, spec={
        "selector": {"matchLabels": {"app": app}},
        "template": {"metadata": {"labels": {"app": app}}, "spec": {"containers": [{"name": "x", "image": "i"}]}}})
"""
    )
    desk.up(source + 'deployment("one")')
    assert ops(desk.up(source + 'deployment("two")')) == {"replace": ["d"]}
    place = "/apis/apps/v1/namespaces/shop/deployments"
    assert [line for line in cluster.log if place in line] == [f"POST {place}", f"DELETE {place}/d", f"POST {place}"]


def test_what_goes_with_its_namespace_is_made_again(desk: Desk, cluster: Cluster) -> None:
    source = CM.replace(
        '"name": "shop"})',
        '"name": "shop", "labels": {"v": "1"}}, opts=pulumi.ResourceOptions('
        'replace_on_changes=["metadata.labels"], delete_before_replace=True))',
        1,
    )
    desk.up(source)
    changed = source.replace('"v": "1"', '"v": "2"')
    assert ops(desk.preview(changed)) == {"replace": ["shop"], "create": ["c"]}
    assert ops(desk.up()) == {"replace": ["shop"], "create": ["c"]}
    assert CONFIGMAP in cluster.objects
    assert desk.up().changes == 0


def test_what_never_gets_ready_is_kept_with_its_reason(desk: Desk) -> None:
    source = """
k8s.apps.v1.Deployment("d", metadata={"name": "d", "namespace": ns.metadata.name}, spec={
    "selector": {"matchLabels": {"app": "d"}},
    "template": {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": [{"name": "x", "image": "never"}]}}},
    opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="1s", update="1s")))
"""
    error = refused(desk, NS + source)
    assert "0 of 1 replicas are available" in error.message
    assert ops(desk.up(NS + source.replace('"never"', '"fine"'))) == {"update": ["d"]}


def test_a_schema_error_is_found_before_anything_is_made(desk: Desk, cluster: Cluster) -> None:
    desk.up(NS)
    told = len(cluster.log)
    source = NS + 'k8s.core.v1.ConfigMap("c", metadata={"name": "c", "namespace": "shop"})\n'
    source += 'pulumi.CustomResource("kubernetes:core/v1:ConfigMap", "odd", {"metadata": {"name": "o", "namespace": "shop"}, "oddKey": 1})'
    assert "oddKey" in (refused(desk, source).details or "")
    assert len(cluster.log) == told


def test_an_explicit_provider_and_a_read(desk: Desk, cluster: Cluster) -> None:
    desk.up(NS)
    other = f"""
    kubeconfig = open({str(desk.kubeconfig)!r}).read()
    p = k8s.Provider("p", kubeconfig=pulumi.Output.secret(kubeconfig), namespace="shop")
    opts = pulumi.ResourceOptions(provider=p)
    k8s.core.v1.ConfigMap("mine", metadata={{"name": "mine"}}, data={{"a": "1"}}, opts=opts)
    found = k8s.core.v1.Namespace.get("n", "shop", opts)
    pulumi.export("phase", found.status.phase)
    """
    desk.stack = "other"
    result = desk.up(other)
    assert "/api/v1/namespaces/shop/configmaps/mine" in cluster.objects
    assert result.outputs == {"phase": "Active"}
    assert "clusters" not in (Path(desk.request.state) / ".pulumi/stacks/proj/other.json").read_text()
    desk.stacks.destroy(desk.request, desk.lines.append)
    assert "/api/v1/namespaces/shop" in cluster.objects
    assert "/api/v1/namespaces/shop/configmaps/mine" not in cluster.objects


def test_manifests_in_yaml(desk: Desk, cluster: Cluster) -> None:
    (desk.program / "all.yaml").write_text(
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: y}\n---\n"
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: y}, data: {a: b}}\n"
    )
    desk.up('k8s.yaml.ConfigFile("all", file="all.yaml")')
    assert "/api/v1/namespaces/y/configmaps/c" in cluster.objects


def test_a_cluster_that_is_away_is_one_line(desk: Desk) -> None:
    desk.kubeconfig.write_text(
        '{"current-context":"c","contexts":[{"name":"c","context":{"cluster":"c"}}],'
        '"clusters":[{"name":"c","cluster":{"server":"http://127.0.0.1:9"}}]}'
    )
    assert "can't be reached" in refused(desk, NS).message


def test_a_missing_kubeconfig_is_one_line(desk: Desk) -> None:
    desk.kubeconfig.unlink()
    assert "can't be read" in refused(desk, NS).message


CANARIES = ("canary-Password-7", "canary-Token-8", base64.b64encode(b"canary-Password-7").decode())


def test_no_secret_in_clear_anywhere(desk: Desk, cluster: Cluster) -> None:
    for name, text in (("password", CANARIES[0]), ("token", CANARIES[1])):
        (desk.folder / name).write_text(text)
        desk.secret_config[f"proj:{name}"] = desk.folder / name
    desk.up(
        """
        config = pulumi.Config()
        ns = k8s.core.v1.Namespace("shop", metadata={"name": "shop"})
        k8s.core.v1.Secret("s", metadata={"name": "s", "namespace": ns.metadata.name},
            string_data={"password": config.require_secret("password")})
        class Group(pulumi.ComponentResource):
            def __init__(self):
                super().__init__("my:index:Group", "g", {"token": config.require("token")})
        Group()
        k8s.core.v1.ConfigMap("c", metadata={"name": "c", "namespace": ns.metadata.name},
            data={"url": config.require_secret("token").apply(lambda t: f"https://{t}@host")})
        print(config.require("token"))
        pulumi.log.warn(config.require("password"))
        pulumi.export("password", config.require_secret("password"))
        """
    )
    stored = cluster.get("/api/v1/namespaces/shop/secrets/s")["data"]["password"]
    assert base64.b64decode(stored).decode() == CANARIES[0]
    desk.secret_config["proj:password"].write_text("canary-Password-7-new")
    changed = desk.up()
    said = [str(changed), *desk.lines]
    files = [path for path in Path(desk.request.state).rglob("*") if path.is_file()]
    assert len(files) > 5
    for canary in CANARIES:
        assert not [path for path in files if canary.encode() in path.read_bytes()], canary
        assert not [line for line in said if canary in line], canary
    assert changed.outputs["password"] == "[secret]"
    assert ops(changed) == {"replace": ["s"]}


def test_killed_after_a_post_the_object_is_known_again(desk: Desk, cluster: Cluster) -> None:
    desk.write(CM)
    here = Path(__file__).parent
    script = f"""
import os, signal, sys
sys.path.insert(0, {str(here)!r})
from pathlib import Path
from retailops.engine.state import crypto; crypto.ROUNDS = 10
from retailops.engine.providers.kubernetes import Kubernetes
from stack_desk import Desk
real = Kubernetes._post
def post(self, resource, manager, **query):
    made = real(self, resource, manager, **query)
    if not query and made["kind"] == "ConfigMap":
        os.kill(os.getpid(), signal.SIGKILL)
    return made
Kubernetes._post = post
folder = Path({str(desk.folder)!r})
Desk(folder, folder / "program", folder / "kubeconfig").up()
"""
    done = subprocess.run([sys.executable, "-c", script], env=dict(os.environ), check=False)
    assert done.returncode == -9
    uid = cluster.get(CONFIGMAP)["metadata"]["uid"]
    desk.up()
    assert cluster.get(CONFIGMAP)["metadata"]["uid"] == uid
    assert any("taken over" in line for line in desk.lines)
    assert desk.up().changes == 0


def asked(cluster: Cluster) -> list[str]:
    """Fills with every request of the next call."""
    seen: list[str] = []

    def note(method: str, path: str) -> str:
        seen.append(f"{method} {path}")
        return ""

    cluster.trouble = note
    return seen


@pytest.mark.parametrize("skip", [False, True])
def test_a_skipped_preview_asks_the_cluster_nothing_beforehand(desk: Desk, cluster: Cluster, skip: bool) -> None:
    desk.write(NS)
    seen = asked(cluster)
    desk.stacks.up(replace(desk.request, skip_preview=skip), desk.lines.append)
    assert any("dryRun=All" in line for line in seen) is not skip
    assert cluster.objects
    assert ops(desk.up()) == {}
