"""Reading a fleet repository."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from retailops.model.chain import FleetFile
from retailops.model.design import StoreDesign
from retailops.model.fleet import Fleet
from retailops.model.formats import Format
from retailops.model.stores import Store


def _read(path: Path) -> Any:
    return yaml.load(path.read_bytes(), yaml.CBaseLoader)


def load_fleet(root: Path) -> Fleet:
    """The whole chain; raises FleetError with every Problem of every file."""
    file = FleetFile.model_validate(_read(root / "fleet.yaml"))
    formats = [Format.model_validate(_read(path)) for path in sorted(root.glob("formats/*.yaml"))]
    stores = [Store.model_validate(_read(path)) for path in sorted(root.glob("stores/*/*.yaml"))]
    return Fleet(root, file, {form.id: form for form in formats}, {store.id: store for store in stores})


def load_design(root: Path, store_id: str) -> StoreDesign:
    """The design of one store, reading that store's file only; raises FleetError with every Problem."""
    return load_fleet(root).design(store_id)
