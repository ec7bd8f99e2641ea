"""Remote components built in: yaml/v2 and charts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fake_apiserver import Cluster
from stack_desk import Desk, ops

from retailops.engine.lacking import Lacking
from retailops.errors import RetailopsError

ALL = """
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: y}, data: {a: b}}
---
apiVersion: v1
kind: Secret
metadata: {name: s, namespace: y}
stringData: {password: canary-Password-9}
---
apiVersion: v1
kind: Namespace
metadata: {name: y}
"""
GROUP = """
group = k8s.yaml.v2.ConfigGroup("all", files=["manifests/*.yaml"], objs=[
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "o", "namespace": "y"}, "data": {"n": "1"}}])
pulumi.export("count", group.resources.apply(len))
"""


@pytest.fixture
def manifests(desk: Desk) -> Desk:
    (desk.program / "manifests").mkdir()
    (desk.program / "manifests/all.yaml").write_text(ALL)
    return desk


def test_a_group_makes_its_children_with_the_names_that_pulumi_gives(manifests: Desk, cluster: Cluster) -> None:
    made = manifests.up(GROUP)
    assert ops(made) == {"create": ["all", "all:y", "all:y/c", "all:y/o", "all:y/s"]}
    assert made.outputs == {"count": 4}
    assert sorted(path.split("/v1/")[1] for path in cluster.objects) == [
        "namespaces/y",
        "namespaces/y/configmaps/c",
        "namespaces/y/configmaps/o",
        "namespaces/y/secrets/s",
    ]
    child = next(step.urn for step in made.steps if step.urn.endswith("::all:y/c"))
    assert child == "urn:pulumi:dev::proj::kubernetes:yaml/v2:ConfigGroup$kubernetes:core/v1:ConfigMap::all:y/c"
    assert manifests.up().changes == 0
    assert "canary-Password-9" not in (Path(manifests.request.state) / ".pulumi/stacks/proj/dev.json").read_text()
    manifests.stacks.destroy(manifests.request, manifests.lines.append)
    assert cluster.objects == {}


def test_the_namespace_comes_first(manifests: Desk, cluster: Cluster) -> None:
    manifests.up(GROUP)
    assert cluster.log[0] == "POST /api/v1/namespaces"
    assert len([line for line in cluster.log if line.startswith("POST")]) == 4


def test_a_preview_changes_nothing_and_names_the_children(manifests: Desk, cluster: Cluster) -> None:
    assert ops(manifests.preview(GROUP)) == {"create": ["all", "all:y", "all:y/c", "all:y/o", "all:y/s"]}
    assert cluster.log == []


def test_a_file_takes_a_prefix_and_may_skip_waiting(manifests: Desk, cluster: Cluster) -> None:
    made = manifests.up('k8s.yaml.v2.ConfigFile("f", file="manifests/all.yaml", resource_prefix="p", skip_await=True)')
    assert ops(made) == {"create": ["f", "p:y", "p:y/c", "p:y/s"]}
    notes = cluster.get("/api/v1/namespaces/y/configmaps/c")["metadata"]["annotations"]
    assert notes == {"pulumi.com/skipAwait": "true"}


def test_an_object_that_leaves_the_manifest_is_deleted(manifests: Desk, cluster: Cluster) -> None:
    manifests.up(GROUP)
    changed = manifests.up(GROUP.replace('"name": "o"', '"name": "z"'))
    assert ops(changed) == {"update": ["all"], "create": ["all:y/z"], "delete": ["all:y/o"]}
    assert "/api/v1/namespaces/y/configmaps/o" not in cluster.objects


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "a manifest is not YAML"),
        ("kind: ConfigMap\napiVersion: v1\n", "without kind, apiVersion or metadata.name"),
        ("- 1\n", "not an object"),
    ],
)
def test_a_bad_manifest_is_one_line(desk: Desk, cluster: Cluster, text: str, words: str) -> None:
    (desk.program / "bad.yaml").write_text(text)
    with pytest.raises(RetailopsError, match=words):
        desk.up('k8s.yaml.v2.ConfigFile("f", file="bad.yaml")')
    assert cluster.log == []


@pytest.mark.usefixtures("cluster")
def test_a_missing_manifest_is_one_line(desk: Desk) -> None:
    with pytest.raises(RetailopsError, match=r"nowhere\.yaml can't be read"):
        desk.up('k8s.yaml.v2.ConfigFile("f", file="nowhere.yaml")')


CHARTS = {
    "v3": 'k8s.helm.v3.Chart("c", k8s.helm.v3.LocalChartOpts(path="chart", namespace="y", values={"a": "b"}))',
    "v4": 'k8s.helm.v4.Chart("c", chart="./chart", namespace="y", values={"a": "b"})',
}
HELM = """#!/bin/sh
echo "$@" > {told}
cat > {values}
cat {manifest}
"""


def helm(desk: Desk, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    tools = desk.folder / "tools"
    tools.mkdir()
    (tools / "helm").write_text(source)
    (tools / "helm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")


@pytest.mark.parametrize("version", ["v3", "v4"])
def test_a_chart_is_rendered_by_helm(
    manifests: Desk, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    told, values = manifests.folder / "told", manifests.folder / "values"
    helm(
        manifests, monkeypatch, HELM.format(told=told, values=values, manifest=manifests.program / "manifests/all.yaml")
    )
    manifests.up(CHARTS[version])
    assert told.read_text().split()[:2] == ["template", "c"]
    assert "--namespace y --include-crds" in told.read_text()
    assert "--kube-version v1.36.3+fake --api-versions apps/v1" in told.read_text()
    assert values.read_text() == '{"a": "b"}'
    assert "/api/v1/namespaces/y/configmaps/c" in cluster.objects
    assert manifests.up().changes == 0


def test_values_come_from_files_and_texts_and_the_programs_own_win(
    manifests: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, values = manifests.folder / "told", manifests.folder / "values"
    manifest = manifests.program / "manifests/all.yaml"
    helm(manifests, monkeypatch, HELM.format(told=told, values=values, manifest=manifest))
    (manifests.program / "values.yaml").write_text("a: {b: 1, c: 1}\nlist: [1, 2]\n")
    assets = '[pulumi.FileAsset("values.yaml"), pulumi.StringAsset("a: {c: 2}\\nlist: [3]")]'
    manifests.up(CHARTS["v4"].replace('values={"a": "b"}', f'value_yaml_files={assets}, values={{"a": {{"d": 3}}}}'))
    assert values.read_text() == '{"a": {"b": 1, "c": 2, "d": 3}, "list": [3]}'


def test_values_that_can_not_be_read_are_one_line(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    helm(desk, monkeypatch, "#!/bin/sh\nexit 1\n")
    source = CHARTS["v4"].replace('values={"a": "b"}', 'value_yaml_files=[pulumi.StringAsset("a: [")]')
    with pytest.raises(RetailopsError, match="valueYamlFiles: a text can't be read as YAML"):
        desk.up(source)


def test_what_a_chart_keeps_is_retained(manifests: Desk, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = manifests.folder / "kept.yaml"
    manifest.write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: k, namespace: y, annotations: {helm.sh/resource-policy: keep}}\n"
    )
    helm(manifests, monkeypatch, HELM.format(told="/dev/null", values="/dev/null", manifest=manifest))
    manifests.up('k8s.core.v1.Namespace("y", metadata={"name": "y"})\n' + CHARTS["v4"])
    manifests.up('k8s.core.v1.Namespace("y", metadata={"name": "y"})\n')
    assert "/api/v1/namespaces/y/configmaps/k" in cluster.objects


@pytest.mark.parametrize("version", ["v3", "v4"])
def test_without_helm_a_chart_is_named_and_nothing_is_changed(
    desk: Desk, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    with pytest.raises(RetailopsError, match="helm"):
        desk.up('k8s.core.v1.Namespace("n")\n' + CHARTS[version])
    assert cluster.log == []


def test_a_chart_that_fails_says_what_helm_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    helm(desk, monkeypatch, "#!/bin/sh\necho 'Error: no such chart' >&2\nexit 1\n")
    with pytest.raises(RetailopsError, match=r"helm template c failed") as caught:
        desk.up(CHARTS["v4"])
    assert caught.value.details == "Error: no such chart"


def test_what_is_not_built_in_is_named(desk: Desk, cluster: Cluster) -> None:
    release = 'k8s.helm.v3.Release("r", chart="x")\nk8s.kustomize.v2.Directory("d", directory="d")'
    with pytest.raises(Lacking, match=r"helm.sh/v3:Release.*kustomize/v2:Directory"):
        desk.up(release)
    assert cluster.log == []
