"""The request for a cloud's stack, as `cloud up` makes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest

from retailops.cloud import centre
from retailops.cloud.stack import cloud_of, request
from retailops.errors import FleetError
from retailops.model import load_chain
from retailops.model.sample.write import write_sample
from retailops.ports import CloudPorts, ImageArchive, Secrets, StackRequest


def test_a_promotion_under_way_is_not_scaled_back_in(tmp_path: Path) -> None:
    write_sample(tmp_path, 1)
    chain = load_chain(tmp_path)
    public = cloud_of(chain, "public")
    assert public is not None

    def config() -> dict[str, Any]:
        return dict(request(tmp_path, chain, public, cast(Secrets, None), tmp_path / "word", None).config)

    usual = config()
    burst = tmp_path / ".retailops" / "bursts" / "double-twelve-2026.json"
    burst.parent.mkdir(parents=True)
    running = {"event": burst.stem, "cloud": "public", "stack": "public", "nodes": 7, "replicas": 14, "attempt": 1}
    burst.write_text(json.dumps({**running, "state": "started"}))
    assert config() == {**usual, "public:size": "7", "public:replicas": "14"}
    burst.write_text(json.dumps({**running, "state": "ended"}))
    assert config() == usual


class Standing:
    """Machines of a lab that has only those `names`."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def find(self, name: str) -> str | None:
        return name if name in self.names else None


def test_in_a_lab_the_private_cloud_is_the_centre_s_cluster_while_its_machine_stands(tmp_path: Path) -> None:
    write_sample(tmp_path, 1)
    chain = load_chain(tmp_path)
    private = cloud_of(chain, "private")
    assert private is not None

    def kubeconfig(*machines: str, named: Path | None = None) -> Path | None:
        lab = CloudPorts(cast(Any, Standing(*machines)), cast(Any, None), cast(Any, None))
        return request(tmp_path, chain, private, cast(Secrets, None), tmp_path / "word", named, lab).kubeconfig

    with pytest.raises(FleetError, match="needs its cluster"):
        kubeconfig("cloud1")
    written = centre.kubeconfig(tmp_path / ".retailops")
    written.parent.mkdir(parents=True)
    written.write_text("kind: Config\n")
    assert kubeconfig("cloud1") == written
    assert kubeconfig("cloud1", named=tmp_path / "other") == tmp_path / "other"
    with pytest.raises(FleetError, match="needs its cluster"):
        kubeconfig("stall-1")


def test_a_lab_gives_services_what_was_made_here_and_leaves_alone_what_is_named(tmp_path: Path) -> None:
    write_sample(tmp_path, 1)
    chain = load_chain(tmp_path)
    private = cloud_of(chain, "private")
    assert private is not None
    theirs = f"registry.example/nats@sha256:{'7' * 64}"
    named = tuple(
        each.model_copy(update={"image": theirs}) if each.id == "events" else each for each in private.services
    )
    made = {
        service: ImageArchive(f"retailops.local/{service}@sha256:1", tmp_path / "image.tar", "2", "3")
        for service in ("events", "database")
    }
    lab = CloudPorts(cast(Any, Standing("cloud1")), cast(Any, None), cast(Any, None), made)

    def asked() -> StackRequest:
        cloud = private.model_copy(update={"services": named})
        return request(tmp_path, chain, cloud, cast(Secrets, None), tmp_path / "word", tmp_path / "kubeconfig", lab)

    services = {each["id"]: each for each in json.loads(asked().config["private:services"])}
    assert services["database"]["image"] == "retailops.local/database@sha256:1"
    assert services["events"]["image"] == theirs
    assert services["metrics"]["image"] is None
    assert {each["replicas"] for each in services.values()} == {1}
    (key, password), *others = asked().secret_config.items()
    assert (key, others) == ("private:databasePassword", [])
    assert password.stat().st_mode & 0o777 == 0o600
    drawn = password.read_text()
    assert asked().secret_config == {key: password}
    assert password.read_text() == drawn
