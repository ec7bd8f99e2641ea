"""Who holds which field, from managedFields as a real API server writes them."""

from __future__ import annotations

from typing import Any

import pytest

from retailops.engine.differences import parse
from retailops.engine.providers.kube_fields import autoscaled, holders, yielded

SPEC = {
    "replicas": 4,
    "template": {"spec": {"containers": [{"name": "x", "image": "till:1"}, {"name": "y", "image": "log:1"}]}},
}
OURS = {"f:template": {"f:spec": {"f:containers": {'k:{"name":"x"}': {".": {}, "f:name": {}, "f:image": {}}}}}}
THEIRS = {"f:template": {"f:spec": {"f:containers": {'k:{"name":"y"}': {".": {}, "f:image": {}}}}}}
FIELDS = [
    {
        "manager": "us",
        "operation": "Apply",
        "fieldsV1": {"f:spec": OURS, "f:metadata": {"f:finalizers": {'v:"a"': {}}}},
    },
    {"manager": "scaler", "operation": "Update", "subresource": "scale", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
    {"manager": "nobody", "operation": "Update", "fieldsV1": {}},
    {"manager": "mesh", "operation": "Update", "fieldsV1": {"f:spec": THEIRS, "f:data": {}}},
]
LIVE: dict[str, Any] = {
    "metadata": {"managedFields": FIELDS, "finalizers": ["b", "a"]},
    "spec": SPEC,
    "data": {"a": "1"},
}


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("spec.replicas", ["scaler"]),
        ("spec.template.spec.containers[0].image", ["us"]),
        ("spec.template.spec.containers[1].image", ["mesh"]),
        ("spec.template.spec.containers[1].name", []),
        ("spec.template.spec.containers[7].image", []),
        ("spec.template", ["us", "mesh"]),
        ("metadata.finalizers[1]", ["us"]),
        ("metadata.finalizers[0]", []),
        ("data.a", ["mesh"]),
        ("metadata.labels.a", []),
    ],
)
def test_holders(path: str, names: list[str]) -> None:
    assert [item["manager"] for item in holders(LIVE, parse(path))] == names


def test_only_what_comes_through_the_scale_is_the_autoscalers() -> None:
    assert autoscaled(LIVE, ("spec", "replicas"))
    assert not autoscaled(LIVE, ("spec", "template"))


def test_what_is_ignored_is_sent_only_where_it_is_ours_or_nobodys() -> None:
    wanted = {"spec": {**SPEC, "replicas": 2}, "metadata": {"labels": {"a": "b"}}}
    left = yielded(wanted, LIVE, "us", ["spec.replicas", "spec.template.spec.containers[0].image", "metadata.labels.a"])
    assert left == {"spec": {"template": SPEC["template"]}, "metadata": {"labels": {"a": "b"}}}
