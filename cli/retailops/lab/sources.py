"""Where this computer gets its Debian packages: read from its own apt sources, never written down."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from retailops.errors import RetailopsError

_ONE_LINE = re.compile(r"deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(.+)")


@dataclass(frozen=True)
class Source:
    """One archive: `keyring` is the file that its signatures are checked with, where one is named."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    keyring: str | None = None


def suite(root: Path = Path("/")) -> str:
    """The codename of this computer's release, which the hosts get too; `stable` where it has none."""
    try:
        text = (root / "etc/os-release").read_text()
    except OSError:
        return "stable"
    found = re.search(r'^VERSION_CODENAME="?([\w-]+)', text, re.MULTILINE)
    return found[1] if found else "stable"


def mirror(root: Path = Path("/")) -> Source:
    """The source that has the release itself (not its updates); RetailopsError where there is none."""
    wanted = suite(root)
    for source in _all(root):
        if wanted in source.suites and "main" in source.components:
            return source
    raise RetailopsError(
        f"no apt source of this computer has {wanted} main, which the lab's hosts are made from",
        resolution="Add the release's own archive to /etc/apt/sources.list.d/.",
    )


def _all(root: Path) -> Iterator[Source]:
    apt = root / "etc/apt"
    for path in (apt / "sources.list", *sorted(apt.glob("sources.list.d/*"))):
        if path.suffix in (".list", ".sources") and path.is_file():
            text = path.read_text(errors="replace")
            yield from _deb822(text) if path.suffix == ".sources" else _one_line(text)


def _one_line(text: str) -> Iterator[Source]:
    for line in text.splitlines():
        if found := _ONE_LINE.match(line.split("#")[0].strip()):
            options = dict(pair.split("=", 1) for pair in (found[1] or "").split() if "=" in pair)
            yield Source(found[2], (found[3],), tuple(found[4].split()), options.get("signed-by"))


def _deb822(text: str) -> Iterator[Source]:
    for stanza in re.split(r"\n\s*\n", re.sub(r"^#.*\n?", "", text, flags=re.MULTILINE)):
        fields = {
            key.lower(): " ".join(value.split())
            for key, value in re.findall(r"^([\w-]+):((?:.*)(?:\n[ \t]+.*)*)", stanza, re.MULTILINE)
        }
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes") == "no":
            continue
        keyring = fields.get("signed-by", "")
        for uri in fields.get("uris", "").split():
            suites, components = fields.get("suites", "").split(), fields.get("components", "").split()
            yield Source(uri, tuple(suites), tuple(components), keyring if keyring.startswith("/") else None)
