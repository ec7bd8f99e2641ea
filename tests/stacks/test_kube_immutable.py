"""Which changes replace an object."""

from __future__ import annotations

import pytest
from fake_apiserver import Cluster
from stack_desk import Desk, ops

from retailops.engine.differences import Change, parse
from retailops.engine.providers.kube_immutable import replacing

NS = 'ns = k8s.core.v1.Namespace("shop", metadata={"name": "shop"})\n'
MAP = NS + 'k8s.core.v1.ConfigMap("c", metadata={"namespace": ns.metadata.name}, data={"a": "1234"})\n'
NAMED = MAP.replace('{"namespace"', '{"name": "c", "namespace"')
SECRET = NAMED.replace("ConfigMap", "Secret").replace(" data=", " string_data=")


@pytest.mark.parametrize(
    ("kind", "path", "old", "new", "replaced"),
    [
        ("PersistentVolumeClaim", "spec.resources.requests.storage", "2Gi", "1Gi", True),
        ("PersistentVolumeClaim", "spec.resources.requests.storage", "1Gi", "1500M", False),
        ("PersistentVolumeClaim", "spec.resources.requests.storage", "1000", "1Ki", False),
        ("PersistentVolumeClaim", "spec.resources.requests.storage", "?", "1Ki", False),
        ("Job", "spec.template.spec.restartPolicy", "Never", "OnFailure", True),
        ("RoleBinding", "roleRef.name", "a", "b", True),
        ("Service", "spec.clusterIP", "1", "2", True),
        ("StorageClass", "provisioner", "1", "2", True),
        ("Deployment", "spec.replicas", 1, 2, False),
        ("ConfigMap", "data.a", "1", "2", False),
    ],
)
def test_fields_that_replace(kind: str, path: str, old: object, new: object, replaced: bool) -> None:
    assert bool(replacing(kind, [Change(parse(path), old, new)])) is replaced


@pytest.mark.parametrize("source", [MAP, NAMED, SECRET, SECRET.replace("string_data", "data")])
def test_content_that_changes_replaces_and_a_name_of_its_own_is_freed_first(
    desk: Desk, cluster: Cluster, source: str
) -> None:
    desk.up(source)
    changed = desk.up(source.replace("1234", "5678"))
    assert ops(changed)["replace"] == ["c"]
    verbs = [line.split(" ")[0] for line in cluster.log if "namespaces/shop/" in line]
    assert verbs == (["POST", "POST", "DELETE"] if source == MAP else ["POST", "DELETE", "POST"])


def test_labels_change_in_place(desk: Desk) -> None:
    desk.up(NAMED)
    assert ops(desk.up(NAMED.replace('"name": "c",', '"name": "c", "labels": {"a": "b"},'))) == {"update": ["c"]}


def test_pulumis_variable_allows_it_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE", "true")
    desk.up(NAMED)
    assert ops(desk.up(NAMED.replace("1234", "5678"))) == {"update": ["c"]}


def test_a_provider_that_allows_it_changes_auto_named_content_in_place(desk: Desk) -> None:
    desk.config["kubernetes:enableConfigMapMutable"] = "true"
    desk.up(MAP)
    assert ops(desk.up(MAP.replace("1234", "5678"))) == {"update": ["c"]}


def test_an_immutable_config_map_is_replaced_whatever_the_provider_allows(desk: Desk, cluster: Cluster) -> None:
    desk.config["kubernetes:enableConfigMapMutable"] = "true"
    fixed = NAMED.replace(" data={", " immutable=True, data={")
    desk.up(fixed)
    assert ops(desk.up(fixed.replace("1234", "5678"))) == {"replace": ["c"]}
    changing = [line.split(" ")[0] for line in cluster.log if "configmaps" in line]
    assert changing == ["POST", "DELETE", "POST"]
