"""Resolves references to secrets into 0600 files that go with the process."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from retailops.drivers import private
from retailops.drivers.tool import keep
from retailops.errors import RetailopsError, ToolError

REFERENCE = re.compile(r"(file|env|sops|vault):(.+)", re.DOTALL)
TIMEOUT_SECONDS = 60.0


class FileSecrets:
    """Implements `ports.Secrets`; relative paths of `file:` and `sops:` start at `root`, the fleet repository.

    The folder of the files is private and in memory where the machine has such a place. No message holds a secret.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder: Path | None = None
        self._files: dict[str, Path] = {}

    def file(self, reference: str) -> Path:
        if reference not in self._files:
            self._files[reference] = self._keep(self._resolve(reference))
        return self._files[reference]

    def close(self) -> None:
        """Removes every file; also done when the process ends."""
        if self._folder is not None:
            private.remove(self._folder)
        self._folder, self._files = None, {}

    def _resolve(self, reference: str) -> bytes:
        match = REFERENCE.fullmatch(reference)
        if match is None:
            raise RetailopsError(
                "a secret must be a reference, not the secret itself",
                resolution="Write file:PATH, env:NAME, sops:PATH#KEY or vault:PATH#KEY.",
            )
        ways: dict[str, Callable[[str], bytes]] = {
            "file": self._from_file,
            "env": _from_environment,
            "sops": self._from_sops,
            "vault": _from_vault,
        }
        return ways[match[1]](match[2])

    def _from_file(self, path: str) -> bytes:
        try:
            return (self._root / path).read_bytes()
        except OSError as error:
            raise RetailopsError(
                f"the secret file:{path} can't be read: {error.strerror}",
                resolution=f"Put it at {self._root / path}, readable by you alone.",
            ) from error

    def _from_sops(self, place: str) -> bytes:
        path, key = _place("sops", place)
        index = "".join(f'["{part}"]' for part in key.split("."))
        argv = ["sops", "--decrypt", "--extract", index, str(self._root / path)]
        return _ask(f"sops:{place}", argv)

    def _keep(self, content: bytes) -> Path:
        self._folder = self._folder or private.folder()
        handle, name = tempfile.mkstemp(dir=self._folder)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        return Path(name)


def _from_environment(name: str) -> bytes:
    value = os.environb.get(name.encode())
    if value is None:
        raise RetailopsError(f"the secret env:{name} is not set", resolution=f"Set {name} in the environment.")
    return value


def _from_vault(place: str) -> bytes:
    path, key = _place("vault", place)
    return _ask(f"vault:{place}", ["vault", "kv", "get", f"-field={key}", path])


def _place(kind: str, place: str) -> tuple[str, str]:
    path, _, key = place.rpartition("#")
    if not path or not key or path.startswith("-"):
        raise RetailopsError(f"the reference {kind}:{place} names no key", resolution=f"Write {kind}:PATH#KEY.")
    return path, key


def _ask(reference: str, argv: list[str]) -> bytes:
    done = keep(argv, timeout=TIMEOUT_SECONDS)
    if done.code != 0:
        raise ToolError(
            f"{argv[0]} could not open {reference}",
            details=done.err.decode(errors="replace").strip() or None,
            resolution=f"See that {argv[0]} is set up and the reference is right.",
        )
    return done.out
