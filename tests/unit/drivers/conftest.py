from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sshd_node


@pytest.fixture
def node(tmp_path: Path) -> Iterator[sshd_node.Node]:
    started = sshd_node.start(tmp_path)
    yield started
    started.stop()
