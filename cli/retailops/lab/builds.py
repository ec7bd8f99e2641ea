"""What must be built before a lab can run, made side by side and kept in the cache: base image, cluster with till, services' images."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from retailops import assets
from retailops.errors import RetailopsError, ToolError
from retailops.lab import base, compiler, service_images

_ABOUT = {"base image": 80.0, "cluster": 420.0, "services": 60.0}
"""Seconds the first time on two cores; later the last measured ones are used."""


class Watcher(Protocol):
    """Hears how a build goes, from several threads."""

    def started(self, task: str, about: float) -> None:
        """`about`: how many seconds it will likely take."""

    def said(self, task: str, line: str) -> None: ...

    def ended(self, task: str, seconds: float) -> None: ...

    def failed(self, task: str, error: RetailopsError) -> None: ...


def artifacts() -> Path:
    """The folder of the cluster's artefacts (`k3s`, `till-image.tar`, …) for today's sources; missing until they are built."""
    return assets.cache() / "k3s" / _key()


def build_all(watcher: Watcher) -> dict[str, Path]:
    """Builds what isn't in the cache; a second call takes milliseconds. Raises the first failure once all have ended."""
    tasks = {
        "base image": lambda: base.build(lambda line: watcher.said("base image", line)),
        "cluster": _cluster(watcher),
        "services": lambda: service_images.build(lambda line: watcher.said("services", line)),
    }
    there = {
        "base image": base.built(),
        "cluster": (artifacts() / "build.json").is_file(),
        "services": service_images.built(),
    }
    with ThreadPoolExecutor(len(tasks)) as pool:
        futures = {name: pool.submit(_timed, name, act, there[name], watcher) for name, act in tasks.items()}
    return {name: future.result() for name, future in futures.items()}


def _timed(name: str, act: Callable[[], Path], cached: bool, watcher: Watcher) -> Path:
    if cached:
        return act()
    watcher.started(name, _remembered().get(name, _ABOUT[name]))
    begun = time.monotonic()
    try:
        made = act()
    except RetailopsError as error:
        watcher.failed(name, error)
        raise
    seconds = time.monotonic() - begun
    _remember(name, seconds)
    watcher.ended(name, seconds)
    return made


def _cluster(watcher: Watcher) -> Callable[[], Path]:
    def act() -> Path:
        target = artifacts()
        if (target / "build.json").is_file():
            return target
        go = compiler.fetch(compiler.needed(assets.path("k3s")))
        target.mkdir(parents=True, exist_ok=True)
        argv = ["nice", "bash", str(assets.path("k3s", "build")), str(target)]
        environment = {**os.environ, "GO": str(go)}
        with subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        ) as run:
            last = list(_listen(run, watcher))[-15:]
        if run.returncode:
            raise ToolError(
                "the cluster binary could not be built",
                details="\n".join(last),
                resolution="Check that Go modules can be fetched (go env GOPROXY), then: retailops lab build",
            )
        return target

    return act


def _listen(run: subprocess.Popen[str], watcher: Watcher) -> Iterator[str]:
    assert run.stdout is not None
    for line in run.stdout:
        watcher.said("cluster", line.rstrip())
        yield line.rstrip()


def _key() -> str:
    """Of the sources that the build reads; the compiler is not in it, so that it need not be here to find what was built."""
    top, digest = assets.path("k3s"), hashlib.sha256()
    for path in sorted(_sources(top)):
        digest.update(f"{path.relative_to(top)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _sources(top: Path) -> Iterator[Path]:
    for path in (top / "build", top / "versions.yaml"):
        if path.is_file():
            yield path
    for part in ("distro", "apps"):
        files = (path for path in (top / part).rglob("*") if path.is_file())
        yield from (path for path in files if not path.name.endswith(("_test.go", ".md")))


def _remembered() -> dict[str, float]:
    with suppress(OSError, ValueError):
        return {str(key): float(value) for key, value in json.loads(_times().read_text()).items()}
    return {}


def _remember(name: str, seconds: float) -> None:
    with suppress(OSError), _replaced(_times()) as path:
        path.write_text(json.dumps({**_remembered(), name: round(seconds, 1)}))


def _times() -> Path:
    return assets.cache() / "build-times.json"


@contextmanager
def _replaced(target: Path) -> Iterator[Path]:
    temporary = target.with_suffix(f".{os.getpid()}.tmp")
    yield temporary
    temporary.replace(target)
