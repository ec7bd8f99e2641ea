"""The hosts' read-only base image: debootstrapped once, kept in the cache under the digest of its recipe."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from retailops import assets
from retailops.errors import ToolError
from retailops.lab import recipe, sources

OnLine = Callable[[str], None]


def path() -> Path:
    """Where the image of today's recipe is, or would be."""
    return assets.cache() / "base" / recipe.digest(sources.suite())


def built() -> bool:
    return path().is_dir()


def build(on_line: OnLine) -> Path:
    """Makes the image unless it is there; about 90 s. Two at once: the second waits and finds it. Raises ToolError."""
    target = path()
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with alone():
        if not target.is_dir():
            for left in target.parent.glob("building-*"):
                shutil.rmtree(left)
            work = Path(tempfile.mkdtemp(prefix="building-", dir=target.parent))
            work.chmod(0o755)
            _bootstrap(work, on_line)
            on_line("base image: turning a Debian into a store machine")
            _finish(work)
            work.rename(target)
    return target


@contextmanager
def alone() -> Iterator[None]:
    """Nobody else of this computer builds an image meanwhile."""
    with (path().parent / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _bootstrap(work: Path, on_line: OnLine) -> None:
    source = sources.mirror()
    argv = ["debootstrap", "--variant=minbase", f"--include={','.join(recipe.PACKAGES)}"]
    if source.keyring:
        argv.append(f"--keyring={source.keyring}")
    argv += [sources.suite(), str(work), source.uri]
    last: list[str] = []
    with subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as run:
        assert run.stdout is not None
        for line in run.stdout:
            last = [*last[-9:], line.rstrip()]
            on_line(f"base image: {line.strip().removeprefix('I: ')}")
    if run.returncode:
        raise ToolError(
            "debootstrap could not make the lab's base image",
            details="\n".join(last),
            resolution="Check that apt-get update works on this computer, then repeat the command.",
        )


def _finish(work: Path) -> None:
    for folder in recipe.DROPPED:
        for each in (work / folder).iterdir():
            shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else each.unlink()
    for key in (work / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    for name, (content, mode) in recipe.FILES.items():
        file = work / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        file.write_text(content)
        file.chmod(mode)
    for wants in (work / "etc/systemd/system").glob("*.wants"):
        for unit in (*recipe.ROLES_START, *recipe.MASKED):
            (wants / unit).unlink(missing_ok=True)
    for name, aim in recipe.LINKS.items():
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).unlink(missing_ok=True)
        (work / name).symlink_to(aim)
