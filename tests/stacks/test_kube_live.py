"""Waits, reasons and an autoscaler's field on a real API server with its controllers; pods are played (see hollow_node)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from stack_desk import Desk, ops
from test_contract import real_kubeconfig as real_kubeconfig
from test_programs_live import played as played

from retailops.engine.providers.kube_access import access
from retailops.engine.providers.kube_api import Api
from retailops.engine.providers.port import Settings
from retailops.errors import RetailopsError

pytestmark = pytest.mark.lab
SOURCE = """
ns = k8s.core.v1.Namespace("shop", metadata={"name": "SHOP"})
quota = k8s.core.v1.ResourceQuota("q", metadata={"name": "q", "namespace": ns.metadata.name}, spec={"hard": {"pods": "PODS"}})
k8s.apps.v1.Deployment("d", metadata={"name": "d", "namespace": ns.metadata.name,
    "annotations": {"pulumi.com/timeoutSeconds": "SECONDS"}}, spec={"replicas": 2,
    "selector": {"matchLabels": {"app": "d"}}, "template": {"metadata": {"labels": {"app": "d"}},
    "spec": {"containers": [{"name": "x", "image": "IMAGE"}]}}},
    opts=pulumi.ResourceOptions(depends_on=[quota], ignore_changes=[IGNORED]))
"""


class Shop:
    """A program in a namespace of its own, which goes at the end."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.name = desk, f"t-{uuid.uuid4().hex[:8]}"

    def source(self, image: str = "till:1", pods: str = "9", ignored: str = "", seconds: str = "60") -> str:
        text = SOURCE.replace("SHOP", self.name).replace("PODS", pods).replace("SECONDS", seconds)
        return text.replace("IMAGE", image).replace("IGNORED", ignored)

    def refused(self, source: str) -> RetailopsError:
        with pytest.raises(RetailopsError) as caught:
            self.desk.up(source)
        return caught.value


@pytest.fixture
def shop(desk: Desk, played: Path) -> Iterator[Shop]:
    desk.kubeconfig = played
    found = Shop(desk)
    yield found
    desk.stacks.destroy(desk.request, desk.lines.append)


def test_an_image_that_can_not_be_pulled(shop: Shop) -> None:
    assert shop.refused(shop.source("never:1", seconds="5")).message == (
        f"Deployment {shop.name}/d is there but not ready: 0 of 2 replicas are available after 5 s; "
        'x: ImagePullBackOff Back-off pulling image "never:1"'
    )
    assert ops(shop.desk.up(shop.source())) == {"update": ["d"]}


def test_a_quota_that_is_full(shop: Shop) -> None:
    said = shop.refused(shop.source(pods="1", seconds="10")).message
    assert "1 of 2 replicas are available after 10 s; FailedCreate: pods " in said
    assert "is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1" in said
    assert ops(shop.desk.up(shop.source(pods="9"))) == {"update": ["d", "q"]}


def test_what_an_autoscaler_sets(shop: Shop) -> None:
    shop.desk.up(shop.source())
    api, place = Api(access(Settings({}, shop.desk.kubeconfig))), f"/apis/apps/v1/namespaces/{shop.name}/deployments/d"
    merge = "application/merge-patch+json"
    api.patch(f"{place}/scale", {"spec": {"replicas": 4}}, merge, fieldManager="kube-controller-manager")
    drift = shop.desk.stacks.refresh(shop.desk.request, shop.desk.lines.append)
    assert [step.diff for step in drift.steps if step.op == "refresh"] == []
    error = shop.refused(shop.source("till:2"))
    assert '.spec.replicas: conflict with "kube-controller-manager"' in (error.details or "")
    assert ops(shop.desk.up(shop.source("till:2", ignored='"spec.replicas"'))) == {"update": ["d"]}
    assert api.get(place)["spec"]["replicas"] == 4
