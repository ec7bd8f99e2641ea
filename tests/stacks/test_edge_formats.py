"""The edge program for each format: its configuration, and what it makes by Pulumi's mocks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mocked import getter, run

from retailops.model import load_fleet
from retailops.model.fleet import Fleet
from retailops.model.sample.write import FORMATS, write_sample
from retailops.render.stack_config import edge_stack_config
from retailops_stacks.edge import EdgeStore, edge_store_args
from retailops_stacks.policies import Registered, violations

NODES = {"kiosk": "gw1", "compact": "edge1", "standard": "edge1", "flagship": "edge1"}
TILLS = {"kiosk": ("250", "256"), "compact": ("500", "256"), "standard": ("500", "256"), "flagship": ("1000", "512")}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    root = Path(tmp_path_factory.mktemp("formats")) / "fleet"
    write_sample(root, 40)
    return load_fleet(root)


def config(fleet: Fleet, form: str) -> dict[str, str]:
    store = next(store for store in fleet.stores.values() if store.format == form)
    return edge_stack_config(fleet.design(store.id))


def made(values: dict[str, str]) -> tuple[list[Registered], dict[str, Any]]:
    def program() -> dict[str, Any]:
        store = EdgeStore(values["edge:store"], edge_store_args(getter(values, "edge")))
        return {"namespaces": store.namespaces, "address": store.till.address}

    return run(program)


def test_every_format_has_its_case() -> None:
    assert set(NODES) == set(TILLS) == set(FORMATS)


@pytest.mark.parametrize("form", FORMATS)
def test_the_till_stands_on_the_first_box_of_the_cluster(fleet: Fleet, form: str) -> None:
    values = config(fleet, form)
    assert values["edge:node"] == f"{values['edge:store']}-{NODES[form]}"
    assert (values["edge:tillCpuMillis"], values["edge:tillMemoryMib"]) == TILLS[form]


@pytest.mark.parametrize("form", FORMATS)
def test_no_policy_objects_and_the_stack_is_small(fleet: Fleet, form: str) -> None:
    values = config(fleet, form)
    resources, outputs = made(values)
    assert violations(resources) == []
    assert len(resources) <= 25
    assert outputs == {"namespaces": ["till", "platform"], "address": f"{values['edge:address']}:8080"}
    pod = next(item for item in resources if item.object_kind == "Deployment").inputs["spec"]["template"]["spec"]
    assert pod["nodeSelector"] == {"kubernetes.io/hostname": values["edge:node"]}
    assert pod["containers"][0]["resources"]["limits"]["cpu"] == f"{TILLS[form][0]}m"
