"""Writing the sample chain into a folder."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from pathlib import Path

from retailops.errors import FleetError
from retailops.model.sample.stores import MOST, sample_stores
from retailops.model.schema import KINDS, schema_text
from retailops.model.writing import store_text

FORMATS = ("kiosk", "compact", "standard", "flagship")
PLAIN = (
    "fleet.yaml",
    "prices.yaml",
    "README.md",
    "gitignore",
    "allowed_signers",
    "gitlab-ci.yml",
    "github-workflow.yml",
)
_RENAMED = {
    "gitignore": ".gitignore",
    "allowed_signers": "trust/allowed_signers",
    "gitlab-ci.yml": ".gitlab-ci.yml",
    "github-workflow.yml": ".github/workflows/retailops.yml",
}


def write_sample(target: Path, stores: int) -> None:
    """A working fleet repository with that many stores appears in `target` at once, or FleetError and nothing does.

    `target` may be missing or an empty folder.
    """
    if not 0 <= stores <= MOST:
        raise FleetError(f"the sample chain has 0 to {MOST} stores, not {stores}")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise FleetError(f"{target} is there and not an empty folder", resolution="Name a new folder.")
    target = target.absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    built = Path(tempfile.mkdtemp(prefix=".retailops-init-", dir=target.parent))
    try:
        for path, text in _files(stores):
            place = built / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        built.chmod(0o755)
        _put(built, target)
    finally:
        shutil.rmtree(built, ignore_errors=True)


def _files(stores: int) -> Iterator[tuple[str, str]]:
    data = files("retailops.model.sample")
    for name in PLAIN:
        yield _RENAMED.get(name, name), data.joinpath(name).read_text("utf-8").replace("{TODAY}", str(date.today()))
    for name in FORMATS:
        yield f"formats/{name}.yaml", data.joinpath("formats", f"{name}.yaml").read_text("utf-8")
    for kind in KINDS:
        yield f"schema/{kind}.json", schema_text(kind)
    yield "stores/.gitkeep", ""
    for path, document in sample_stores(stores):
        yield path, store_text(document)


def _put(built: Path, target: Path) -> None:
    if not target.exists():
        built.rename(target)
        return
    # A folder that somebody stands in can't be replaced; fleet.yaml, which makes it a fleet, comes last.
    moved: list[Path] = []
    try:
        for child in sorted(built.iterdir(), key=lambda child: child.name == "fleet.yaml"):
            child.rename(target / child.name)
            moved.append(target / child.name)
    except BaseException:
        for path in moved:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise
