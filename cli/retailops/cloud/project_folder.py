"""A store's edge project as Pulumi's own users know it: `stacks/edge/` of the fleet repository, where `pulumi preview -s STORE` works."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from retailops.cloud.catalog import EDGE, WantedStack
from retailops.errors import FleetError, Problem
from retailops.model import load_chain
from retailops.render.stack_config import merged_settings

FOLDER = f"stacks/{EDGE}"


def project_files(root: Path, wanted: WantedStack) -> dict[str, bytes]:
    """Path in the repository -> content. What people wrote into settings stays: the salt, secrets, other keys.

    A stack without a salt takes the project's. Raises `FleetError` for two salts in one project, or a file that can't be read.
    """
    settings = f"{FOLDER}/Pulumi.{wanted.stack}.yaml"
    there = _content(root / settings)
    merged = merged_settings(there, wanted.config, settings)
    document: dict[str, Any] = yaml.safe_load(merged)
    if salt := _salt(root):
        document = {**document, "encryptionsalt": salt}
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1000).encode()
    return {
        f"{FOLDER}/Pulumi.yaml": _project(root, wanted),
        f"{FOLDER}/__main__.py": (wanted.program / "__main__.py").read_bytes(),
        settings: text,
    }


def passphrase_line(root: Path) -> str:
    """What a shell needs before `pulumi` is called."""
    state = load_chain(root).state
    if state.passphrase is None:
        path = str((root / state.path / "keys" / "stacks").absolute())
    elif state.passphrase.startswith("file:"):
        path = str((root / state.passphrase.removeprefix("file:")).absolute())
    else:
        path = f"FILE  # a file with what {state.passphrase} names"
    return f"export PULUMI_CONFIG_PASSPHRASE_FILE={path}"


def _project(root: Path, wanted: WantedStack) -> bytes:
    document = yaml.safe_load((wanted.program / "Pulumi.yaml").read_bytes())
    state = load_chain(root).state
    document["backend"] = {"url": state.bucket or f"file://../../{state.path}/stacks"}
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1000).encode()


def _salt(root: Path) -> str:
    found = dict(_salts(root))
    if len(set(found.values())) > 1:
        raise FleetError(
            f"the project {EDGE} has more than one salt",
            [Problem(path, 0, 0, "has a salt of its own") for path in found],
            resolution="Keep one: pulumi stack change-secrets-provider passphrase, for each other stack.",
        )
    return next(iter(found.values()), "")


def _salts(root: Path) -> Iterator[tuple[str, str]]:
    for path in sorted((root / FOLDER).glob("Pulumi.*.yaml")):
        name = f"{FOLDER}/{path.name}"
        document = yaml.safe_load(merged_settings(_content(path), {}, name))
        if salt := document.get("encryptionsalt"):
            yield name, str(salt)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
