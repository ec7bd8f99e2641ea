"""Which changes replace an object."""

from __future__ import annotations

import pytest
from fake_apiserver import Cluster
from stack_desk import Desk, ops

from retailops.engine.differences import Change, parse
from retailops.engine.providers.kube_immutable import replacing

NS = 'ns = k8s.core.v1.Namespace("shop", metadata={"name": "shop"})\n'
MAP = NS + 'k8s.core.v1.ConfigMap("c", metadata={"namespace": ns.metadata.name}, data={"a": "1"})\n'


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


def test_a_provider_that_allows_it_changes_auto_named_content_in_place(desk: Desk) -> None:
    desk.config["kubernetes:enableConfigMapMutable"] = "true"
    desk.up(MAP)
    assert ops(desk.up(MAP.replace('"1"', '"2"'))) == {"update": ["c"]}


def test_an_immutable_config_map_is_replaced_whatever_the_provider_allows(desk: Desk, cluster: Cluster) -> None:
    desk.config["kubernetes:enableConfigMapMutable"] = "true"
    fixed = MAP.replace('{"namespace"', '{"name": "c", "namespace"').replace(" data={", " immutable=True, data={")
    desk.up(fixed)
    assert ops(desk.up(fixed.replace('"1"', '"2"'))) == {"replace": ["c"]}
    changing = [line.split(" ")[0] for line in cluster.log if "configmaps" in line]
    assert changing == ["POST", "DELETE", "POST"]
