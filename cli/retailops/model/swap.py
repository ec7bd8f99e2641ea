"""Adding many files to `stores/` at once: the folder with all of them takes the old one's place in one rename."""

from __future__ import annotations

import ctypes
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from retailops.model.writing import sync_folder

PREFIX = ".stores-"
_EXCHANGE = 2
_AT_FDCWD = -100


def add_files(root: Path, files: Mapping[str, str]) -> None:
    """All of `files` (paths under `stores/` -> text) are there when this returns, fsynced; after any end before that, none is.

    The caller holds `one_writer`. What a killed import left behind is cleared away first.
    """
    for left in root.glob(f"{PREFIX}*"):
        shutil.rmtree(left)
    built = Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))
    try:
        stores = root / "stores"
        if stores.is_dir():
            shutil.copytree(stores, built, copy_function=_link, symlinks=True, dirs_exist_ok=True)
        for path, text in files.items():
            _write(built / Path(path).relative_to("stores"), text)
        built.chmod(0o755)
        for folder in {built, *((built / Path(path).relative_to("stores")).parent for path in files)}:
            sync_folder(folder)
        _exchange(built, stores)
        sync_folder(root)
    finally:
        shutil.rmtree(built, ignore_errors=True)


def _link(source: str, target: str) -> None:
    os.link(source, target, follow_symlinks=False)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _exchange(built: Path, stores: Path) -> None:
    if not stores.exists():
        built.rename(stores)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(_AT_FDCWD, bytes(built), _AT_FDCWD, bytes(stores), _EXCHANGE) != 0:
        raise OSError(ctypes.get_errno(), "the new stores can't take the old ones' place", str(stores))
