"""The plane edge, golden: facts + wanted -> actions, one small file each.

A case has `why`, `stage` (`edge` or `apps`), `found`, `proven` (kinds of the stage's gate) and `items`. In `found`, for edge: `differ` and
`missing` (paths), `inactive` (units), `unsettled` (paths), or `nothing`; for apps: `centre` (`right`, `nothing`, `stopped`) and `pending`
(resources). `planes` overrides the store's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from retailops.edge import APPS, EDGE, centre
from retailops.edge.apps import AppsFacts
from retailops.edge.artifacts import Artifacts
from retailops.edge.cluster import EdgeFacts
from retailops.edge.node import node_of
from retailops.model import StoreDesign, load_design
from retailops.model.sample.write import write_sample
from retailops.plan import Action, Noop
from retailops.ports import Evidence, Site
from retailops.twin.sites import Sites

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
KEYS = {"why", "stage", "found", "proven", "planes", "items"}
STORE = "hz0001"
BUILT = Artifacts(
    Path("/built"),
    "v1.36.3+retailops1",
    {"k3s": "a" * 64, "till": "b" * 64, "pause-image.tar": "c" * 64, "till-image.tar": "d" * 64},
    {"till": "retailops.local/till:1.1.0"},
)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("golden-edge") / "chain"
    write_sample(root, 1)
    return root


def edge_facts(design: StoreDesign, site: Site, wrong: dict[str, Any]) -> EdgeFacts:
    node = node_of(design, site, BUILT)
    right = {path: hashlib.sha256(file.content).hexdigest() for path, file in node.files.items()} | dict(node.installed)
    if wrong.pop("nothing", False):
        return EdgeFacts(BUILT, dict.fromkeys(right), node.units, ())
    files: dict[str, str | None] = {**right, **dict.fromkeys(wrong.pop("differ", ()), "0" * 64)}
    files |= dict.fromkeys(wrong.pop("missing", ()))
    assert files.keys() == right.keys(), files.keys() - right.keys()
    return EdgeFacts(BUILT, files, tuple(wrong.pop("inactive", ())), tuple(wrong.pop("unsettled", ())))


def apps_facts(_design: StoreDesign, _site: Site, wrong: dict[str, Any]) -> AppsFacts:
    unit = hashlib.sha256(centre.UNIT_FILE.content).hexdigest()
    there: Mapping[str, str | None] = {centre.PROGRAM: BUILT.digests["till"], centre.UNIT_PATH: unit}
    state = wrong.pop("centre")
    files = dict.fromkeys(there) if state == "nothing" else there
    return AppsFacts(
        centre.CentreFacts(files, state == "right"), BUILT.digests["till"], tuple(wrong.pop("pending", ()))
    )


STAGES: dict[str, Any] = {"edge": (EDGE, edge_facts), "apps": (APPS, apps_facts)}


def evidence(stage: str, gate: str, kinds: Iterable[str]) -> dict[tuple[str, str], Evidence]:
    at = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    return {
        (gate, kind): Evidence(STORE, stage, 1, gate, kind, "probe", True, "test", at, None, "d", {}, "test")
        for kind in kinds
    }


def lines(items: Iterator[Action | Noop]) -> list[str]:
    return [f"{'=' if isinstance(item, Noop) else '+'} {item.kind} {item.target}: {item.reason}" for item in items]


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_decide(file: Path, sample: Path) -> None:
    text = file.read_text("utf-8")
    assert text.startswith("why: ")
    case = yaml.safe_load(text)
    assert case.keys() <= KEYS, case.keys() - KEYS
    design, site = load_design(sample, STORE), Sites(sample).site(STORE)
    for plane, care in case.get("planes", {}).items():
        object.__setattr__(design, "planes", design.planes.model_copy(update={plane: care}))
    stage, facts = STAGES[case["stage"]]
    wrong = dict(case["found"] or {})
    seen = facts(design, site, wrong)
    assert wrong == {}, f"unused: {wrong}"
    known = evidence(case["stage"], stage.gate, case.get("proven", ()))
    assert lines(stage.decide(design, site, seen, known)) == case["items"]
