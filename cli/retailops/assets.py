"""Where the playbooks, stacks and k3s data are: in the installed package, or in the checkout it runs from."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGED = Path(__file__).parent / "data"
ROOT = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[2]


def path(*parts: str) -> Path:
    """The path of a file or folder that comes with the tool, e.g. `path("playbooks", "wan.yml")`."""
    return ROOT.joinpath(*parts)


def cache() -> Path:
    """What is built here and can be built again: `$XDG_CACHE_HOME/retailops`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "retailops"
