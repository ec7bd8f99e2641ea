"""The private program: by Pulumi's mocks, and on the engine against an API server."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
import real_apiserver
from fake_apiserver import Cluster
from mocked import getter, run
from stack_desk import Desk, ops

from retailops import assets
from retailops.engine.providers import kube_wait
from retailops.errors import RetailopsError
from retailops.model import load_chain
from retailops.model.chain import FleetFile
from retailops.model.clouds import SERVICES, WITH_PASSWORD
from retailops.model.sample.write import write_sample
from retailops.render.stack_config_private import private_config
from retailops_stacks.policies import Registered, violations
from retailops_stacks.private.catalogue import CATALOGUE, Facts
from retailops_stacks.private.platform import Platform
from retailops_stacks.settings import Settings

IMAGE = "mirror.internal/{}@sha256:" + "a" * 64


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> FleetFile:
    root = tmp_path_factory.mktemp("private") / "fleet"
    write_sample(root, 0)
    return load_chain(root)


def config(chain: FleetFile, images: bool = True, **changes: str) -> dict[str, str]:
    """The sample's configuration; with `images` nothing waits for one."""
    cloud = next(item for item in chain.clouds if item.kind == "private")
    if images:
        services = [item.model_copy(update={"image": IMAGE.format(item.id)}) for item in cloud.services]
        cloud = cloud.model_copy(update={"services": tuple(services)})
    return private_config(chain, cloud) | {f"private:{key}": value for key, value in changes.items()}


def made(values: Mapping[str, str], passwords: bool = True) -> tuple[list[Registered], dict[str, Any]]:
    def secret(_key: str) -> pulumi.Output[str] | None:
        return pulumi.Output.secret("canary") if passwords else None

    return run(lambda: Platform("private", Settings("private", getter(values, "private")), secret).outputs)


def named(resources: list[Registered], kind: str) -> dict[str, Mapping[str, Any]]:
    return {item.name: item.inputs for item in resources if item.object_kind == kind}


def test_the_catalogue_is_the_model_s() -> None:
    assert tuple(CATALOGUE) == SERVICES
    assert {service for service, kind in CATALOGUE.items() if kind.password} == set(WITH_PASSWORD)


@pytest.mark.parametrize("storage", ["claim", "host"])
def test_everything_runs_and_no_policy_objects(chain: FleetFile, storage: str) -> None:
    resources, outputs = made(config(chain, storage=storage))
    assert violations(resources) == []
    assert outputs["waiting"] == {}
    assert set(outputs["services"]) == set(SERVICES) - {"sdwan"}
    assert outputs["events"] == "events.events.svc.cluster.local"
    kinds = Counter(item.object_kind for item in resources)
    assert kinds["StatefulSet"] == 6
    assert kinds["Namespace"] == kinds["ResourceQuota"] == kinds["LimitRange"] == 9
    assert kinds["PriorityClass"] == 2
    for item in named(resources, "StatefulSet").values():
        assert bool(item["spec"].get("volumeClaimTemplates")) == (storage == "claim")
    level = named(resources, "Namespace")["events"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
    assert level == ("restricted" if storage == "claim" else "privileged")


def test_without_images_every_service_has_its_place_and_waits(chain: FleetFile) -> None:
    resources, outputs = made(config(chain, images=False), passwords=False)
    assert violations(resources) == []
    assert outputs["services"] == {}
    assert outputs["waiting"] == {
        "mirror": "an image",
        "events": "an image",
        "metrics": "an image",
        "alerts": "an image",
        "backup": "an image and a password",
        "database": "an image and a password",
    }
    assert named(resources, "StatefulSet") == {}
    assert set(named(resources, "Namespace")) == {*SERVICES, "pricing", "members"}


def test_an_event_is_on_disk_before_it_is_acknowledged(chain: FleetFile) -> None:
    resources, _ = made(config(chain))
    text = named(resources, "ConfigMap")["events"]["data"]["nats.conf"]
    assert 'jetstream { store_dir: "/data", sync_interval: always }' in text
    assert "nats-route://events-2.events.events.svc.cluster.local:6222" in text
    assert named(resources, "StatefulSet")["events"]["spec"]["replicas"] == 3


def test_one_replica_has_no_peers() -> None:
    assert "cluster {" not in CATALOGUE["events"].files(Facts("private", {}))["nats.conf"]


def test_stores_reach_events_and_not_the_database(chain: FleetFile) -> None:
    policies = named(made(config(chain))[0], "NetworkPolicy")
    blocks = {
        name: [
            peer["ipBlock"]["cidr"]
            for rule in item["spec"].get("ingress", [])
            for peer in rule["from"]
            if "ipBlock" in peer
        ]
        for name, item in policies.items()
    }
    assert blocks["events"] == ["10.0.16.0/24", "10.64.0.0/10", "10.128.0.0/9"]
    assert blocks["database"] == []
    open_ports = [rule["ports"] for rule in policies["events"]["spec"]["ingress"] if "ipBlock" in rule["from"][0]]
    assert [port["port"] for port in open_ports[0]] == [4222, 7422]
    assert "ingress" not in policies["events-deny"]["spec"]


def test_files_are_what_their_programs_read(chain: FleetFile) -> None:
    maps = named(made(config(chain))[0], "ConfigMap")
    prometheus = json.loads(maps["metrics"]["data"]["prometheus.yml"])
    assert prometheus["rule_files"] == ["/etc/retailops/rules.yml"]
    assert len(prometheus["scrape_configs"][2]["static_configs"][0]["targets"]) == 8
    rules = json.loads(maps["metrics"]["data"]["rules.yml"])
    assert [rule["alert"] for rule in rules["groups"][0]["rules"]] == ["TargetDown", "DiskNearlyFull"]
    assert json.loads(maps["sdwan"]["data"]["hubs.json"])["east-hub1"] == "203.0.113.10"


def test_a_team_owns_its_namespace_and_reaches_only_ours(chain: FleetFile) -> None:
    resources, outputs = made(config(chain))
    assert outputs["teams"] == ["pricing", "members"]
    assert named(resources, "ResourceQuota")["members-quota"]["spec"]["hard"]["limits.memory"] == "8192Mi"
    labels = named(resources, "Namespace")["members"]["metadata"]["labels"]
    assert (labels["retailops/owner"], labels["retailops/data-class"]) == ("members", "personal")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"storage": "floppy"}, "private:storage is 'floppy'"),
        ({"services": "[{]"}, "private:services is no JSON list"),
        ({"services": '[{"id": "mirror"}]'}, "private:services has an odd entry: "),
        ({"callers": '["10.0.0.1/8"]'}, "private:callers is no range: "),
        ({"owner": ""}, "Pulumi.stack.yaml: private:owner is missing"),
    ],
)
def test_odd_configuration_is_one_line(chain: FleetFile, changes: dict[str, str], words: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        made(config(chain, **changes))
    assert words in str(caught.value)


def test_a_service_out_of_the_catalogue_is_refused(chain: FleetFile) -> None:
    values = config(chain)
    values["private:services"] = values["private:services"].replace('"mirror"', '"mirrors"')
    with pytest.raises(pulumi.RunError, match="private:services names mirrors; there are sdwan, mirror"):
        made(values)


def private(desk: Desk, values: dict[str, str]) -> Desk:
    desk.program, desk.stack, desk.config = assets.path("stacks", "private"), "private", values
    return desk


def test_up_then_nothing_then_a_new_image_then_destroy(desk: Desk, cluster: Cluster, chain: FleetFile) -> None:
    for name in ("backup", "database"):
        (desk.folder / name).write_text("canary-word")
        desk.secret_config[f"private:{name}Password"] = desk.folder / name
    private(desk, config(chain))
    up = desk.up()
    assert up.outputs["waiting"] == {}
    assert cluster.get("/apis/apps/v1/namespaces/events/statefulsets/events")["spec"]["replicas"] == 3
    told = len(cluster.log)
    assert desk.up().changes == 0
    assert len(cluster.log) == told
    desk.config["private:services"] = desk.config["private:services"].replace("mirror@sha256:a", "mirror@sha256:b")
    assert ops(desk.up()) == {"update": ["mirror"]}
    files = [path for path in Path(desk.request.state).rglob("*") if path.is_file()]
    assert not [path for path in files if b"canary-word" in path.read_bytes()]
    desk.stacks.destroy(desk.request, desk.lines.append)
    assert cluster.objects == {}


def test_in_the_lab_places_are_made_and_services_wait(desk: Desk, cluster: Cluster, chain: FleetFile) -> None:
    up = private(desk, config(chain, images=False)).up()
    assert set(up.outputs["waiting"]) == set(SERVICES) - {"sdwan"}
    assert "/api/v1/namespaces/sdwan/configmaps/sdwan" in cluster.objects
    assert desk.up().changes == 0


def test_an_unknown_storage_stops_before_anything_is_made(desk: Desk, cluster: Cluster, chain: FleetFile) -> None:
    with pytest.raises(RetailopsError):
        private(desk, config(chain, storage="floppy")).up()
    assert not [line for line in cluster.log if "namespaces" in line]


@pytest.mark.lab
@pytest.mark.parametrize("storage", ["claim", "host"])
def test_a_real_api_server_takes_every_object_as_it_is(
    desk: Desk,
    chain: FleetFile,
    storage: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """There is no node, so nothing gets ready: only the waiting is left out."""
    if (k3s := real_apiserver.binary()) is None:
        pytest.skip("no cluster binary: build it with k3s/build, or name one in RETAILOPS_K3S")
    monkeypatch.setattr(kube_wait, "until_ready", lambda _api, _kind, _path, live, *_rest: (live, ""))
    for name in ("backup", "database"):
        (desk.folder / name).write_text("canary-word")
        desk.secret_config[f"private:{name}Password"] = desk.folder / name
    with real_apiserver.running(k3s, tmp_path_factory.mktemp("apiserver")) as kubeconfig:
        private(desk, config(chain, storage=storage)).kubeconfig = kubeconfig
        assert desk.up().outputs["waiting"] == {}
        assert desk.up().changes == 0
        assert desk.stacks.refresh(desk.request, desk.lines.append).changes == 0
        desk.config["private:services"] = desk.config["private:services"].replace("mirror@sha256:a", "mirror@sha256:b")
        assert ops(desk.up()) == {"update": ["mirror"]}
