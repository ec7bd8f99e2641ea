"""Ordinary programs on a real API server with its controllers; pods are played (see hollow_node)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hollow_node import playing
from program_case import NAMES, lived
from stack_desk import Desk
from test_contract import real_kubeconfig as real_kubeconfig


@pytest.fixture(scope="module")
def played(real_kubeconfig: Path) -> Iterator[Path]:
    with playing(real_kubeconfig):
        yield real_kubeconfig


@pytest.mark.lab
@pytest.mark.parametrize("name", NAMES)
def test_a_program_lives(name: str, desk: Desk, played: Path) -> None:
    desk.kubeconfig = played
    lived(name, desk)
