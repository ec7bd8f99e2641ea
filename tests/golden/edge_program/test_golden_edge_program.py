"""The edge program for each format: from a store's design to exactly what is registered, by Pulumi's mocks.

A case has `why`, `format`, sometimes `workloads` (instead of the format's), then `outputs` and `registered`: `Kind name` -> the
object without its metadata. Labels are the policies' matter.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[2] / "stacks"))

from mocked import getter, run

from retailops.model import Fleet, load_fleet
from retailops.model.design import resolve
from retailops.model.sample.write import FORMATS, write_sample
from retailops.model.workloads import Workload
from retailops.render.stack_config import edge_stack_config
from retailops_stacks.edge.store import EdgeStore, edge_store_args
from retailops_stacks.policies import violations
from retailops_stacks.settings import Settings

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
KEYS = {"why", "format", "workloads", "outputs", "registered"}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    root = tmp_path_factory.mktemp("golden-edge-program") / "chain"
    write_sample(root, 40)
    return load_fleet(root)


def config(fleet: Fleet, case: Mapping[str, Any]) -> dict[str, str]:
    """The stack's configuration of the first store of the format."""
    form = fleet.formats[case["format"]]
    if "workloads" in case:
        form = form.model_copy(update={"workloads": tuple(map(Workload.model_validate, case["workloads"]))})
    store = next(store for store in fleet.stores.values() if store.format == form.id)
    return edge_stack_config(resolve(fleet.file, form, store))


def told(item: Any) -> dict[str, Any]:
    """Numbers are doubles on the way; the pods' labels are the object's."""
    whole = json.loads(json.dumps(dict(item.inputs)), parse_float=lambda text: int(float(text)))
    whole.get("spec", {}).get("template", {}).pop("metadata", None)
    return {key: value for key, value in whole.items() if key not in ("apiVersion", "kind", "metadata")}


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_golden_edge_program(file: Path, fleet: Fleet) -> None:
    text = file.read_text("utf-8")
    case = yaml.safe_load(text)
    assert text.startswith("why: ")
    assert case.keys() <= KEYS, case.keys() - KEYS
    values = config(fleet, case)
    read = Settings("edge", getter(values, "edge"))
    resources, outputs = run(lambda: EdgeStore(edge_store_args(read), lambda _key: None).outputs)
    assert {f"{item.object_kind} {item.name}": told(item) for item in resources} == case["registered"]
    assert outputs == case["outputs"]
    assert violations(resources) == []


def test_every_format_has_its_case() -> None:
    assert set(FORMATS) <= {file.stem for file in CASES}
