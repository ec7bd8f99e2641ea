"""A stand-in for a newer Ceph: the packages that a host has, packed again under a higher number that its daemons really tell.

Debian's pool has one version, so there is nothing newer to fetch. Runs on a host: `newer_ceph.py OLD NEW` fills /srv/packages and makes
it the host's only source. Both numbers have the same length, since the one in the programs is overwritten in place.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

POOL = Path("/srv/packages")
INFO = Path("/var/lib/dpkg/info")
SCRIPTS = ("preinst", "postinst", "prerm", "postrm", "conffiles", "shlibs", "triggers")
LEFT_OUT = ("Status", "Conffiles", "Config-Version")


def said(*argv: str) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def packages() -> list[str]:
    rows = said("dpkg-query", "-W", "-f", "${source:Package} ${db:Status-Status} ${Package}\n").splitlines()
    return [row.split()[2] for row in rows if row.startswith("ceph installed ")]


def control(package: str, old: str, new: str) -> str:
    fields: list[str] = []
    for line in said("dpkg-query", "-s", package).splitlines():
        if line.startswith(" "):
            fields[-1] += f"\n{line}"
        elif line:
            fields.append(line)
    return "\n".join(field for field in fields if field.partition(":")[0] not in LEFT_OUT).replace(old, new) + "\n"


def renumbered(content: bytes, old: str, new: str) -> bytes:
    """The number stands as text, and as operands: compilers compare its first four bytes, then its last four."""
    operands = re.compile(re.escape(old[:4].encode()) + b"(.{1,48}?)" + re.escape(old[-4:].encode()), re.DOTALL)
    text = content.replace(old.encode(), new.encode())
    return operands.sub(lambda found: new[:4].encode() + found[1] + new[-4:].encode(), text)


def copy(package: str, top: Path, old: str, new: str) -> None:
    for name in said("dpkg-query", "-L", package).splitlines():
        source, target = Path(name), top / name.lstrip("/")
        if source.is_dir() and (not source.is_symlink() or source.parent == Path("/")):
            target.mkdir(parents=True, exist_ok=True)
            target.chmod(source.stat().st_mode)
            shutil.chown(target, source.stat().st_uid, source.stat().st_gid)
        elif source.is_symlink() or source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
            if not source.is_symlink() and (content := source.read_bytes()) != (
                changed := renumbered(content, old, new)
            ):
                target.write_bytes(changed)


def pack(package: str, old: str, new: str) -> str:
    """Makes the package; its entry in the list of the source."""
    top = POOL / f".{package}"
    shutil.rmtree(top, ignore_errors=True)
    (top / "DEBIAN").mkdir(parents=True)
    copy(package, top, old, new)
    (top / "DEBIAN" / "control").write_text(text := control(package, old, new))
    for script in SCRIPTS:
        for path in (INFO / f"{package}.{script}", INFO / f"{package}:amd64.{script}"):
            if path.exists():
                shutil.copy2(path, top / "DEBIAN" / script)
    made = POOL / f"{package}.deb"
    subprocess.run(["dpkg-deb", "-Znone", "--build", top, made], capture_output=True, check=True)
    shutil.rmtree(top)
    digest = hashlib.sha256(made.read_bytes()).hexdigest()
    return f"{text}Filename: ./{made.name}\nSize: {made.stat().st_size}\nSHA256: {digest}\n\n"


def main(old: str, new: str) -> None:
    assert len(old) == len(new)
    POOL.mkdir(exist_ok=True)
    (POOL / "Packages").write_text("".join(pack(package, old, new) for package in packages()))
    Path("/etc/apt/sources.list").write_text(f"deb [trusted=yes] file:{POOL} ./\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
