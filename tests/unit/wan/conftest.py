"""Stores of the sample chain with their machines, and keys for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from retailops.model.sample.write import write_sample


class AllKeys(dict[str, Mapping[str, str]]):
    def __missing__(self, host: str) -> Mapping[str, str]:
        return {f"wg-{plane}{n}": f"{host}-{plane}{n}=" for plane in "abc" for n in (1, 2)}


@pytest.fixture(scope="session")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("wan") / "chain"
    write_sample(root, 60)
    return root


@pytest.fixture
def keys() -> AllKeys:
    return AllKeys()
