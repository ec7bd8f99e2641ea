"""Files of an edge node, byte for byte: a store of the sample chain, one of its boxes, and what lies on it.

A case has `why`, `store`, `box` and `files` (path -> text).
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from retailops.model import load_design
from retailops.model.sample.write import write_sample
from retailops.ports import Host, Site
from retailops.render.edge import edge_files

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
KEYS = {"why", "store", "box", "files"}
MARK = {"engine": "standin", "version": "v1.36.3+retailops1", "binary": "0" * 64}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("golden-edge") / "chain"
    write_sample(root, 4)
    return root


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_golden_edge(file: Path, sample: Path) -> None:
    text = file.read_text("utf-8")
    case = yaml.safe_load(text)
    assert text.startswith("why: ")
    assert case.keys() <= KEYS, case.keys() - KEYS
    design = load_design(sample, case["store"])
    host = Host(design.box(case["box"]).host, "server", "198.18.0.9")
    files = edge_files(design, host, Site(design.id, (host,), {}, {}), MARK)
    assert {path: files[path].content.decode() for path in case["files"]} == case["files"]
    assert {path: file.mode for path, file in files.items()}["/etc/rancher/k3s/config.yaml"] == "0600"


def test_there_are_cases() -> None:
    assert len(CASES) >= 4
