"""Images of the centre's services, made here without a registry: a Go module's command, or Debian packages as one layer."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from retailops import assets
from retailops.errors import ToolError
from retailops.lab import compiler, debian, sources
from retailops.lab.record import write_json
from retailops.ports import ImageArchive

OnLine = Callable[[str], None]
RECORD = "images.json"
NATS = "github.com/nats-io/nats-server/v2"
GO = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "-trimpath -buildvcs=false"}

_NOT_NEEDED = "|".join(
    (
        *("adduser", "debconf", "dpkg", "init-system-helpers", "locales", "lsb-base", "openssl", "passwd", "ssl-cert"),
        *("sysvinit-utils", "tar", "ucf", "usrmerge", ".*perl.*", "postgresql(-client)?-common"),
        *("libc-l10n", "libllvm.*", "libz3.*", "libjs.*", "javascript-common", "fonts.*"),
    )
)
"""What installing needs and running does not; PostgreSQL's compiler of queries (LLVM) is off, and a third of the size."""


@dataclass(frozen=True)
class Packaged:
    """An image of Debian packages: `entry` runs in it as `user`, whom the image calls `account`.

    A file of k3s/services with the service's id becomes the entry.
    """

    packages: tuple[str, ...]
    entry: str
    user: int = 10001
    account: str = "service"


PACKAGED: Mapping[str, Packaged] = {
    "mirror": Packaged(("docker-registry",), "usr/bin/docker-registry"),
    "metrics": Packaged(("prometheus",), "usr/bin/prometheus"),
    "alerts": Packaged(("prometheus-alertmanager",), "usr/bin/prometheus-alertmanager"),
    "database": Packaged(("postgresql", "dash", "busybox-static"), "usr/local/bin/database", 999, "postgres"),
}
"""By the service's id. `events` is NATS' own module, pinned by k3s/services/go.sum; no module or package of `backup` (rest-server) is to be had."""


def folder() -> Path:
    """Where the images of today's recipe are, or would be."""
    return assets.cache() / "services" / _key()


def built() -> bool:
    return (folder() / RECORD).is_file()


def images() -> Mapping[str, ImageArchive]:
    """By the service's id; empty until they are built."""
    try:
        record = json.loads((folder() / RECORD).read_text())
    except FileNotFoundError:
        return {}
    return {name: ImageArchive(**{**each, "file": folder() / each["file"]}) for name, each in record.items()}


def build(on_line: OnLine) -> Path:
    """Makes the images unless they are there. Raises `ToolError`."""
    target = folder()
    if built():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="building-", dir=target.parent))
    try:
        go = compiler.fetch(compiler.needed(assets.path("k3s")))
        made = {"events": _module(go, work)}
        for name, recipe in PACKAGED.items():
            on_line(f"services: {name}")
            made[name] = _packages(go, name, recipe, work)
        write_json(work / RECORD, made)
        shutil.rmtree(target, ignore_errors=True)
        work.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


def _module(go: Path, work: Path) -> dict[str, str]:
    """NATS' server: one static binary is all of its image."""
    modules, binary = assets.path("k3s", "services"), work / "nats-server"
    _run([str(go), "build", "-ldflags", "-s -w -buildid=", "-o", str(binary), NATS], modules)
    version = _run([str(go), "list", "-m", "-f", "{{.Version}}", NATS], modules).strip()
    return _image(go, "events", version, binary, ["10001", "/data"])


def _packages(go: Path, name: str, recipe: Packaged, work: Path) -> dict[str, str]:
    root, layer = work / name, work / f"{name}-layer.tar"
    root.mkdir()
    versions = debian.unpack(recipe.packages, root, _NOT_NEEDED)
    own = assets.path("k3s", "services", name)
    if own.is_file():
        (root / recipe.entry).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(own, root / recipe.entry)
    (root / "etc").mkdir(exist_ok=True)
    (root / "etc/passwd").write_text(f"{recipe.account}:x:{recipe.user}:{recipe.user}::/:/bin/sh\n")
    (root / "tmp").mkdir(exist_ok=True)
    (root / "tmp").chmod(0o1777)
    with tarfile.open(layer, "w") as tar:
        tar.add(root, arcname="", filter=_plain)
    shutil.rmtree(root)
    version = next(value for key, value in versions.items() if key.startswith(recipe.packages[0]))
    return _image(go, name, version, layer, [str(recipe.user), recipe.entry])


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """The same packages give the same bytes."""
    entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname = 0, 0, 0, "", ""
    return entry


def _image(go: Path, name: str, version: str, content: Path, words: list[str]) -> dict[str, str]:
    tag = version.lstrip("v").translate(str.maketrans("+~:", "---"))
    archive, reference = content.parent / f"{name}.tar", f"retailops.local/{name}"
    argv = [str(go), "run", "./mkimage", str(content), f"{reference}:{tag}", str(archive), *words]
    digest = json.loads(_run(argv, assets.path("k3s", "apps")))["digest"]
    content.unlink()
    made = ImageArchive(f"{reference}@{digest}", archive, hashlib.sha256(archive.read_bytes()).hexdigest(), version)
    return {**asdict(made), "file": archive.name}


def _run(argv: list[str], there: Path) -> str:
    environment = {**os.environ, **GO}
    done = subprocess.run(
        ["nice", *argv],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=there,
        env=environment,
        check=False,
    )
    if done.returncode:
        raise ToolError(
            "an image of the centre's services could not be built",
            details=done.stderr.strip()[-1500:],
            resolution="Check that Go modules can be fetched (go env GOPROXY), then: retailops lab build",
        )
    return done.stdout


def _key() -> str:
    """Of the recipe and of the sources that the build reads; packages are those of the release today, as in the base image."""
    recipe = {name: asdict(each) for name, each in PACKAGED.items()}
    digest = hashlib.sha256(json.dumps([sources.suite(), recipe, _NOT_NEEDED, debian.DROPPED, GO]).encode())
    for top in (assets.path("k3s", "services"), assets.path("k3s", "apps", "mkimage")):
        for path in sorted(top.iterdir()):
            digest.update(f"{path.name}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
