"""The plane wan, golden: design -> files, byte for byte, and facts + wanted -> actions.

A case of `files/` has `why`, `store`, `host` and `files` (path -> text). One of `decide/` has `why`, `store`, `stage`, `found` (host ->
what is not as wanted there: `nothing`, `differ`, `missing`, `inactive`, `unsettled`, `astray`, `keys`), `proven` (kinds) and `items`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from retailops.model import StoreDesign, load_design
from retailops.model.sample.write import write_sample
from retailops.plan import Noop
from retailops.ports import Evidence, Site
from retailops.twin.sites import Sites
from retailops.wan import ENROLL, WAN
from retailops.wan.facts import BoxFacts, WanFacts
from retailops.wan.wanted import Box, boxes

HERE = Path(__file__).parent
FILES, DECIDE = sorted(HERE.glob("files/*.yaml")), sorted(HERE.glob("decide/*.yaml"))
STAGES = {"enroll": ENROLL, "wan": WAN}
WRONG = {"nothing", "differ", "missing", "inactive", "unsettled", "astray", "keys"}


class Keys(dict[str, Mapping[str, str]]):
    """Every box has a key for whatever it needs: `<host>/<interface>`, seen as one."""

    def __missing__(self, host: str) -> Mapping[str, str]:
        return {f"wg-{plane}{n}": f"KEY-OF-{host}-{plane}{n}=" for plane in "abc" for n in (1, 2)}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("golden-wan") / "chain"
    write_sample(root, 4)
    return root


def read(file: Path, keys: set[str]) -> dict[str, Any]:
    text = file.read_text("utf-8")
    assert text.startswith("why: ")
    case: dict[str, Any] = yaml.safe_load(text)
    assert case.keys() <= keys, case.keys() - keys
    return case


def found(box: Box, wrong: Mapping[str, Any]) -> BoxFacts:
    assert wrong.keys() <= WRONG, wrong.keys() - WRONG
    if wrong.get("nothing"):
        return BoxFacts(dict.fromkeys(box.files), {}, box.units)
    files: dict[str, str | None] = {path: hashlib.sha256(file.content).hexdigest() for path, file in box.files.items()}
    files |= dict.fromkeys(wrong.get("differ", ()), "0" * 64) | dict.fromkeys(wrong.get("missing", ()))
    assert files.keys() == box.files.keys(), files.keys() - box.files.keys()
    keys = {name: key for name, key in Keys()[box.host.name].items() if name not in wrong.get("keys", ())}
    return BoxFacts(files, keys, *(tuple(wrong.get(name, ())) for name in ("inactive", "unsettled", "astray")))


def evidence(kind: str) -> Evidence:
    at = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    return Evidence("hz0001", "wan", 1, "G6", kind, "probe", True, "test", at, None, "d", {}, "test")


def items(design: StoreDesign, site: Site, case: Mapping[str, Any]) -> list[str]:
    facts = WanFacts({box.host.name: found(box, case["found"][box.host.name]) for box in boxes(design, site, Keys())})
    known = {("G6", kind): evidence(kind) for kind in case.get("proven", ())}
    decided = STAGES[case["stage"]].decide(design, site, facts, known)
    return [f"{'=' if isinstance(item, Noop) else '+'} {item.kind} {item.target}: {item.reason}" for item in decided]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_files(file: Path, sample: Path) -> None:
    case = read(file, {"why", "store", "host", "files"})
    design, site = load_design(sample, case["store"]), Sites(sample).site(case["store"])
    box = next(box for box in boxes(design, site, Keys()) if box.host.name == case["host"])
    assert {path: box.files[path].content.decode() for path in case["files"]} == case["files"]


@pytest.mark.parametrize("file", DECIDE, ids=lambda file: file.stem)
def test_decide(file: Path, sample: Path) -> None:
    case = read(file, {"why", "store", "stage", "found", "proven", "items"})
    assert items(load_design(sample, case["store"]), Sites(sample).site(case["store"]), case) == case["items"]


def test_there_are_cases() -> None:
    assert len(FILES) >= 8
    assert len(DECIDE) >= 8
