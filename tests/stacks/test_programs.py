"""Ordinary programs for Kubernetes run unchanged: on the stand-in API server."""

from __future__ import annotations

import pytest
from fake_apiserver import Cluster
from program_case import NAMES, lived
from stack_desk import Desk


@pytest.mark.parametrize("name", NAMES)
def test_a_program_lives(name: str, desk: Desk, cluster: Cluster) -> None:
    lived(name, desk)
    assert cluster.objects == {}
