"""Writing files of a fleet repository: as people would write them, and whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import yaml

from retailops.model.stores import Store

HINT = "# yaml-language-server: $schema=../../schema/store.json\n"


def store_text(document: Mapping[str, Any]) -> str:
    """A store's file; values keep the order of `document`."""
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    body: str = yaml.dump(
        dict(document), Dumper=dumper, allow_unicode=True, sort_keys=False, default_flow_style=None, width=110
    )
    return HINT + body


def store_document(store: Store) -> dict[str, Any]:
    """The fields that were given, in the order of the model, as YAML writes them."""
    document: dict[str, Any] = _plain(store.model_dump(by_alias=True, exclude_unset=True))
    return document


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, IPv4Network) else value


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """The new content is on disk when this returns; a reader sees the old file or the new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Names that were added to the folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
