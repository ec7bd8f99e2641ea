"""The fleet repository of a demo: only a folder that an earlier demo wrote is replaced."""

from __future__ import annotations

import shutil
from pathlib import Path

from retailops.errors import RetailopsError

MARKER = ".retailops-demo"


def new_fleet(folder: Path) -> None:
    """A new sample chain; raises `RetailopsError` for a folder that is somebody's own."""
    from retailops.model.sample.write import write_sample

    if folder.exists():
        if not (folder / MARKER).exists():
            raise RetailopsError(f"{folder} is not an earlier demo's", resolution="Name another folder with --dir.")
        shutil.rmtree(folder)
    write_sample(folder, 4)
    (folder / MARKER).touch()
