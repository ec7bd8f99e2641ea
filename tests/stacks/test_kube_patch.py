"""Patch resources: fields of somebody else's object, held and given back."""

from __future__ import annotations

import pytest
from fake_apiserver import Cluster
from stack_desk import Desk, ops

from retailops.errors import RetailopsError

PLACE = "/api/v1/namespaces/shop/configmaps"
PATCH = """
k8s.core.v1.ConfigMapPatch("p", metadata={"name": "theirs", "namespace": "shop"}, data={"till": "open"})
"""


@pytest.fixture
def theirs(cluster: Cluster) -> Cluster:
    shop = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "theirs"}, "data": {"a": "1"}}
    cluster.post("/api/v1/namespaces", shop, "kubectl-create", False, True)
    cluster.post(PLACE, body, "kubectl-create", False, True)
    return cluster


def data(cluster: Cluster) -> dict[str, str]:
    held: dict[str, str] = cluster.get(f"{PLACE}/theirs")["data"]
    return held


def test_a_patch_adds_changes_and_gives_back_only_its_own_fields(desk: Desk, theirs: Cluster) -> None:
    assert ops(desk.up(PATCH)) == {"create": ["p"]}
    assert data(theirs) == {"a": "1", "till": "open"}
    assert desk.up().changes == 0
    assert desk.stacks.refresh(desk.request, desk.lines.append).changes == 0
    assert ops(desk.up(PATCH.replace('"till": "open"', '"shelf": "full"'))) == {"update": ["p"]}
    assert data(theirs) == {"a": "1", "shelf": "full"}
    desk.stacks.destroy(desk.request, desk.lines.append)
    assert data(theirs) == {"a": "1"}


def test_a_patch_of_a_field_of_others_names_owner_and_field_and_can_be_forced(desk: Desk, theirs: Cluster) -> None:
    clash = PATCH.replace('"till": "open"', '"a": "2"')
    with pytest.raises(RetailopsError) as caught:
        desk.up(clash)
    assert (caught.value.details or "") == '.data.a: conflict with "kubectl-create"'
    assert data(theirs) == {"a": "1"}
    desk.up(
        clash.replace('"namespace": "shop"', '"namespace": "shop", "annotations": {"pulumi.com/patchForce": "true"}')
    )
    assert data(theirs) == {"a": "2"}


def test_a_patch_of_nothing_is_refused(desk: Desk, theirs: Cluster) -> None:
    del theirs.objects[f"{PLACE}/theirs"]
    with pytest.raises(RetailopsError, match="refuses core/v1:ConfigMapPatch p"):
        desk.up(PATCH.replace("metadata=", "opts=pulumi.ResourceOptions(custom_timeouts={'create': '1s'}), metadata="))
    assert f"{PLACE}/theirs" not in theirs.objects


@pytest.mark.usefixtures("theirs")
def test_a_patch_without_a_name_is_refused(desk: Desk) -> None:
    with pytest.raises(RetailopsError, match="names no object"):
        desk.up(PATCH.replace('"name": "theirs", ', ""))


def test_a_patch_whose_object_was_made_anew_is_gone(desk: Desk, theirs: Cluster) -> None:
    desk.up(PATCH)
    theirs.delete(f"{PLACE}/theirs", {})
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "theirs"}, "data": {"a": "1"}}
    theirs.post(PLACE, body, "kubectl-create", False, True)
    desk.stacks.refresh(desk.request, desk.lines.append)
    assert ops(desk.up()) == {"create": ["p"]}
    assert data(theirs) == {"a": "1", "till": "open"}
