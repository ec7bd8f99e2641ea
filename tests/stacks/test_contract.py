"""One contract for the stand-in API server and a real one: what the engine sees must be the same."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import real_apiserver
from fake_apiserver import Cluster, serving
from stack_desk import Desk, ops

from retailops.engine.providers.kube_access import access
from retailops.engine.providers.kube_api import APPLY, Api, ApiError
from retailops.engine.providers.port import Settings
from retailops.errors import RetailopsError


@pytest.fixture(scope="session")
def real_kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    if (k3s := real_apiserver.binary()) is None:
        pytest.skip("no cluster binary: build it with k3s/build, or name one in RETAILOPS_K3S")
    folder = tmp_path_factory.mktemp("apiserver")
    with real_apiserver.running(k3s, folder) as kubeconfig:
        yield kubeconfig


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.lab)])
def kubeconfig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    if request.param == "real":
        yield request.getfixturevalue("real_kubeconfig")
        return
    with serving(Cluster()) as url:
        document = {
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c"}}],
            "clusters": [{"name": "c", "cluster": {"server": url}}],
        }
        (tmp_path / "fake").write_text(json.dumps(document))
        yield tmp_path / "fake"


@dataclass
class Site:
    """A namespace of its own, a desk, and the API as somebody else uses it."""

    desk: Desk
    api: Api
    name: str

    @property
    def program(self) -> str:
        return f'ns = k8s.core.v1.Namespace("shop", metadata={{"name": "{self.name}"}})\n'

    def config_map(self, value: str, more: str = "") -> str:
        return (
            self.program
            + 'k8s.core.v1.ConfigMap("c", metadata={"name": "c", "namespace": ns.metadata.name'
            + more
            + "}, "
            f'data={{"a": "{value}", "b": "2"}})\n'
        )

    def path(self, plural: str = "configmaps", name: str = "c", group: str = "/api/v1") -> str:
        return f"{group}/namespaces/{self.name}/{plural}/{name}"

    def seize(self, value: str) -> None:
        """Another manager takes the field `a`."""
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": value}}
        self.api.patch(self.path(), body, APPLY, fieldManager="somebody", force="true")


@pytest.fixture
def site(desk: Desk, kubeconfig: Path) -> Iterator[Site]:
    desk.kubeconfig = kubeconfig
    desk.config |= {"kubernetes:enableConfigMapMutable": "true", "kubernetes:enableSecretMutable": "true"}
    found = Site(desk, Api(access(Settings({}, kubeconfig))), f"t-{uuid.uuid4().hex[:8]}")
    yield found
    desk.stacks.destroy(desk.request, desk.lines.append)
    assert found.api.find(f"/api/v1/namespaces/{found.name}") is None


def refused(site: Site, source: str) -> RetailopsError:
    with pytest.raises(RetailopsError) as caught:
        site.desk.up(source)
    return caught.value


def test_made_changed_and_left_alone(site: Site) -> None:
    assert ops(site.desk.up(site.config_map("1"))) == {"create": ["c", "shop"]}
    assert site.desk.up().changes == 0
    assert ops(site.desk.up(site.config_map("3"))) == {"update": ["c"]}
    assert site.api.get(site.path())["data"] == {"a": "3", "b": "2"}
    assert ops(site.desk.up(site.config_map("4").replace(', "b": "2"', ""))) == {"update": ["c"]}
    assert site.api.get(site.path())["data"] == {"a": "4"}
    managers = [(item["manager"], item["operation"]) for item in site.api.get(site.path())["metadata"]["managedFields"]]
    assert len(managers) == 1
    assert managers[0][0].startswith("pulumi-kubernetes-")
    assert managers[0][1] == "Apply"


def test_somebody_elses_object_is_not_taken(site: Site) -> None:
    site.desk.up(site.program)
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "theirs"}}
    site.api.post(site.path().removesuffix("/c"), body, fieldManager="somebody")
    assert "somebody" in refused(site, site.config_map("1")).message
    assert site.api.get(site.path())["data"] == {"a": "theirs"}


def test_a_conflict_names_owner_and_field_and_can_be_forced(site: Site) -> None:
    site.desk.up(site.config_map("1"))
    site.desk.up(site.config_map("2"))
    site.seize("9")
    error = refused(site, site.config_map("3"))
    assert "somebody" in (error.details or "")
    assert ".data.a" in (error.details or "")
    site.desk.up(site.config_map("3", ', "annotations": {"pulumi.com/patchForce": "true"}'))
    assert site.api.get(site.path())["data"]["a"] == "3"


def test_refresh_sees_drift(site: Site) -> None:
    site.desk.up(site.config_map("1"))
    assert site.desk.stacks.refresh(site.desk.request, site.desk.lines.append).changes == 0
    site.seize("9")
    drift = site.desk.stacks.refresh(site.desk.request, site.desk.lines.append)
    assert [step.diff for step in drift.steps if step.op == "refresh"] == [("data.a: 1 → 9",)]
    assert ops(site.desk.up(site.config_map("9"))) == {}


def test_a_refresh_drops_what_is_gone(site: Site) -> None:
    site.desk.up(site.config_map("1"))
    site.api.delete(site.path(), {})
    assert ops(site.desk.stacks.refresh(site.desk.request, site.desk.lines.append)) == {"delete": ["c"]}
    assert ops(site.desk.up()) == {"create": ["c"]}


def test_a_delete_of_another_uid_is_refused_by_the_server(site: Site) -> None:
    site.desk.up(site.config_map("1"))
    with pytest.raises(ApiError) as caught:
        site.api.delete(site.path(), {"preconditions": {"uid": str(uuid.uuid4())}})
    assert caught.value.status == 409
    assert "uid" in caught.value.message.lower()


def test_a_dropped_key_of_a_secret_goes(site: Site) -> None:
    source = (
        site.program
        + 'k8s.core.v1.Secret("s", metadata={"name": "s", "namespace": ns.metadata.name}, string_data={%s})\n'
    )
    site.desk.up(source % '"one": "1", "two": "2"')
    site.desk.up(source % '"two": "3"')
    assert site.api.get(site.path("secrets", "s"))["data"] == {"two": "Mw=="}
    assert site.desk.stacks.refresh(site.desk.request, site.desk.lines.append).changes == 0


def test_a_selector_can_not_change_so_the_deployment_is_replaced(site: Site) -> None:
    source = (
        site.program
        + """
def deployment(app):
    k8s.apps.v1.Deployment("d", metadata={"name": "d", "namespace": ns.metadata.name}, spec={"replicas": 0,
        "selector": {"matchLabels": {"app": app}},
        "template": {"metadata": {"labels": {"app": app}}, "spec": {"containers": [{"name": "x", "image": "i"}]}}})
"""
    )
    site.desk.up(source + 'deployment("one")')
    place = site.path("deployments", "d", "/apis/apps/v1")
    before = site.api.get(place)["metadata"]["uid"]
    assert ops(site.desk.up(source + 'deployment("two")')) == {"replace": ["d"]}
    assert site.api.get(place)["metadata"]["uid"] != before


def test_an_unknown_field_is_refused_before_anything_is_made(site: Site) -> None:
    site.desk.up(site.program)
    odd = (
        'pulumi.CustomResource("kubernetes:core/v1:ConfigMap", "odd", '
        f'{{"metadata": {{"name": "o", "namespace": "{site.name}"}}, "oddKey": 1}})'
    )
    assert "oddKey" in (refused(site, site.config_map("1") + odd).details or "")
    assert site.api.find(site.path()) is None


def test_a_dry_run_leaves_nothing(site: Site) -> None:
    site.desk.up(site.program)
    site.desk.preview(site.config_map("1"))
    assert site.api.find(site.path()) is None


def test_a_patch_holds_and_gives_back_its_own_field(site: Site) -> None:
    site.desk.up(site.program)
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "theirs"}}
    site.api.post(site.path().removesuffix("/c"), body, fieldManager="somebody")
    patch = (
        site.program
        + 'k8s.core.v1.ConfigMapPatch("p", metadata={"name": "c", "namespace": ns.metadata.name}, data={"%s": "ours"})\n'
    )
    assert "somebody" in (refused(site, patch % "a").details or "")
    site.desk.up(patch % "b")
    assert site.api.get(site.path())["data"] == {"a": "theirs", "b": "ours"}
    assert site.desk.stacks.refresh(site.desk.request, site.desk.lines.append).changes == 0
    site.desk.up(site.program)
    assert site.api.get(site.path())["data"] == {"a": "theirs"}
