"""Every program in every shape that it has: registered under mocks, brought up and taken down on the engine, within its size."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pytest
import real_apiserver
from fake_apiserver import Cluster
from mocked import getter, run
from stack_desk import POOL, Desk
from test_private import config as private
from test_public import ANSWERS, STATE, cloud

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "cloud"))
from fake_cloud import FakeCloud

from retailops import assets
from retailops.drivers.pulumi import BuiltinStacks
from retailops.engine.providers import kube_wait
from retailops.model import Fleet, load_fleet
from retailops.model.design import resolve
from retailops.model.sample.write import FORMATS, write_sample
from retailops.render.stack_config import edge_stack_config
from retailops.render.stack_config_public import public_config
from retailops_stacks.clouds.public import BACKENDS, public_region
from retailops_stacks.edge.store import EdgeStore, edge_store_args
from retailops_stacks.policies import Registered, violations
from retailops_stacks.private.platform import Platform
from retailops_stacks.settings import Settings

PROGRAMS = ("private", "public", "edge")
MOST_OF_A_STORE = 25
IMAGE = "mirror.internal/{}@sha256:" + "c" * 64


@dataclass(frozen=True)
class Shape:
    """A program with one configuration of the sample chain; `outputs` runs its code; `clustered` ones need only a Kubernetes API."""

    program: str
    name: str
    config: Callable[[Fleet], dict[str, str]]
    outputs: Callable[[Mapping[str, str]], Mapping[str, Any]]
    clustered: bool = True
    secrets: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        return f"{self.program}-{self.name}"


def _edge(form: str, images: bool = False) -> Shape:
    def config(fleet: Fleet) -> dict[str, str]:
        found = fleet.formats[form]
        if images:
            others = [item for item in found.workloads if item.id != "till"]
            ready = [item.model_copy(update={"image": IMAGE.format(item.id)}) for item in others]
            found = found.model_copy(update={"workloads": (*(i for i in found.workloads if i.id == "till"), *ready)})
        store = next(store for store in fleet.stores.values() if store.format == form)
        return edge_stack_config(resolve(fleet.file, found, store))

    def outputs(values: Mapping[str, str]) -> Mapping[str, Any]:
        return EdgeStore(edge_store_args(Settings("edge", getter(values, "edge"))), lambda _key: None).outputs

    return Shape("edge", f"{form}-full" if images else form, config, outputs)


def _private(images: bool) -> Shape:
    def outputs(values: Mapping[str, str]) -> Mapping[str, Any]:
        def secret(_key: str) -> pulumi.Output[str] | None:
            return pulumi.Output.secret("canary") if images else None

        return Platform("private", Settings("private", getter(values, "private")), secret).outputs

    secrets = ("backup", "database") if images else ()
    name = "full" if images else "waiting"
    return Shape("private", name, lambda fleet: private(fleet.file, images), outputs, secrets=secrets)


def _public(provider: str) -> Shape:
    def outputs(values: Mapping[str, str]) -> Mapping[str, Any]:
        return public_region(getter(values, "public")).outputs

    def config(fleet: Fleet) -> dict[str, str]:
        return public_config(fleet.file, cloud(fleet.file, provider))

    return Shape("public", provider, config, outputs, clustered=False)


SHAPES = (
    *(_edge(form) for form in FORMATS),
    *(_edge(form, images=True) for form in ("standard", "flagship")),
    *(_private(images) for images in (False, True)),
    *(_public(provider) for provider in BACKENDS),
)
CLUSTERED = [shape for shape in SHAPES if shape.clustered]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    root = tmp_path_factory.mktemp("programs") / "fleet"
    write_sample(root, 40)
    return load_fleet(root)


def on(desk: Desk, shape: Shape, fleet: Fleet) -> Desk:
    desk.program, desk.stack, desk.config = assets.path("stacks", shape.program), shape.name, shape.config(fleet)
    for service in shape.secrets:
        (desk.folder / service).write_text("canary-word")
        desk.secret_config[f"private:{service}Password"] = desk.folder / service
    return desk


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_is_only_a_start(program: str) -> None:
    folder = assets.path("stacks", program)
    assert len((folder / "__main__.py").read_text().splitlines()) <= 15
    assert "author: retailops\n" in (folder / "Pulumi.yaml").read_text()


def test_no_program_is_left_out() -> None:
    folders = assets.path("stacks").iterdir()
    assert {path.name for path in folders if (path / "Pulumi.yaml").is_file()} == set(PROGRAMS)
    assert {shape.program for shape in SHAPES} == set(PROGRAMS)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_under_mocks_no_policy_objects(shape: Shape, fleet: Fleet) -> None:
    values = shape.config(fleet)

    def state(item: Registered) -> Mapping[str, Any]:
        return STATE.get(item.kind, {})

    resources, outputs = run(lambda: shape.outputs(values), state, ANSWERS)
    assert violations(resources) == []
    assert resources
    assert outputs


@pytest.mark.parametrize("shape", CLUSTERED, ids=str)
def test_on_the_engine_up_then_nothing_then_gone(shape: Shape, fleet: Fleet, desk: Desk, cluster: Cluster) -> None:
    on(desk, shape, fleet)
    preview = desk.preview()
    assert cluster.objects == {}
    made = desk.up()
    assert [step.op for step in made.steps] == ["create"] * len(preview.steps)
    assert shape.program != "edge" or len(made.steps) <= MOST_OF_A_STORE
    told = len(cluster.log)
    assert desk.up().changes == 0
    assert len(cluster.log) == told
    assert desk.stacks.refresh(desk.request, desk.lines.append).changes == 0
    desk.stacks.destroy(desk.request, desk.lines.append)
    assert cluster.objects == {}


def test_the_region_of_the_lab_s_machines_up_then_nothing_then_gone(fleet: Fleet, desk: Desk) -> None:
    """The other providers are not built in: the engine names them, and they need the official CLI."""
    machines = FakeCloud()
    stacks = BuiltinStacks("0.0.1", POOL, machines.ports)
    on(desk, next(shape for shape in SHAPES if str(shape) == "public-lab"), fleet)
    made = stacks.up(desk.request, desk.lines.append)
    assert len(made.outputs["nodes"]) == 2  # type: ignore[arg-type]
    assert stacks.up(desk.request, desk.lines.append).changes == 0
    stacks.destroy(desk.request, desk.lines.append)
    assert machines.there == {}


@pytest.mark.lab
@pytest.mark.parametrize("shape", CLUSTERED, ids=str)
def test_a_real_api_server_takes_every_object_as_it_is(
    shape: Shape,
    fleet: Fleet,
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """There is no node, so nothing gets ready: only the waiting is left out."""
    if (k3s := real_apiserver.binary()) is None:
        pytest.skip("no cluster binary: build it with k3s/build, or name one in RETAILOPS_K3S")
    monkeypatch.setattr(kube_wait, "until_ready", lambda _api, _kind, _path, live, *_rest: (live, ""))
    with real_apiserver.running(k3s, tmp_path_factory.mktemp("apiserver")) as kubeconfig:
        on(desk, shape, fleet).kubeconfig = kubeconfig
        made = desk.up()
        assert desk.up().changes == 0
        assert desk.stacks.refresh(desk.request, desk.lines.append).changes == 0
        assert desk.stacks.destroy(desk.request, desk.lines.append).changes > len(made.steps) // 2
