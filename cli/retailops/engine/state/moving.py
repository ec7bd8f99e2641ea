"""A stack from one place to another: a folder to a bucket, or back. Whoever is killed in between is repeated."""

from __future__ import annotations

from retailops.engine.state import locking
from retailops.engine.state.backend import Backend
from retailops.engine.state.packing import SUFFIXES
from retailops.errors import RetailopsError

MOVED = ".moved"
"""Added to the name of a state file that lies elsewhere now: nobody takes it for a stack, and it can be looked at."""


def stacks(backend: Backend) -> list[str]:
    """`PROJECT/STACK` of every state file."""
    keys = (key.removeprefix("stacks/") for key in backend.objects.names("stacks/", deep=True))
    plain = {key.removesuffix(suffix) for key in keys for suffix in SUFFIXES if key.endswith(f".json{suffix}")}
    return sorted(key.removesuffix(".json") for key in plain if key.endswith(".json") and key.count("/") == 1)


def move(source: Backend, target: Backend, project: str, stack: str) -> None:
    """Copies history and state byte for byte under both locks, reads the state back, and only then puts the old one aside.

    Raises `RetailopsError` for a stack that has an update that was cut off, or that both places have in different versions.
    """
    with locking.hold(source, project, stack, "move"), locking.hold(target, project, stack, "move"):
        if source.cut_off(project, stack) or target.cut_off(project, stack):
            raise RetailopsError(
                f"stack {stack} of {project} has an update that was cut off",
                resolution="Run `retailops cloud up` or `refresh` first, so that its journal is folded.",
            )
        found = source.load(project, stack)
        if found.document is None:
            raise RetailopsError(f"there is no stack {stack} of {project} in {source.objects.where('')}")
        if target.load(project, stack).digest not in ("", found.digest):
            raise RetailopsError(
                f"stack {stack} of {project} is in both places, and they differ",
                details=f"{source.objects.where('')}\n{target.objects.where('')}",
                resolution="Find out which one is right (retailops cloud outputs), and move the other state file away by hand.",
            )
        key = source.checkpoint(project, stack)
        target.prepare()
        if salt := source.project_salt(project):
            target.objects.create(target.shared(project, "project", "salt"), salt.encode())
        for name in source.objects.names(f"history/{project}/{stack}/"):
            _copy(source, target, name)
        _copy(source, target, key)
        if target.load(project, stack).digest != found.digest:
            raise RetailopsError(f"{target.objects.where(key)} is not what was written there; nothing was removed")
        source.objects.write(f"{key}{MOVED}", source.objects.read(key) or b"")
        source.objects.remove(key)


def _copy(source: Backend, target: Backend, key: str) -> None:
    content = source.objects.read(key)
    if content is not None and target.objects.read(key) != content:
        target.objects.write(key, content)
