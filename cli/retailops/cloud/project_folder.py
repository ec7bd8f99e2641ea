"""A stack's project as Pulumi's own users know it: `stacks/<project>/` of the fleet repository, where `pulumi preview -s STACK` works."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import yaml

from retailops.cloud.catalog import WantedStack
from retailops.cloud.stack import cloud_of
from retailops.errors import FleetError, Problem
from retailops.model import load_chain
from retailops.render.stack_config import edge_secrets
from retailops.render.stack_config_private import private_secrets
from retailops.render.stack_settings import OPENERS, dumped, merged_settings, read_settings

OfState = Callable[[], Mapping[str, str]]
"""What opens the stack's secrets by its state, as `OPENERS` -> text; asked only where no settings file says it."""


def folder_of(wanted: WantedStack) -> str:
    return f"stacks/{wanted.project}"


def project_files(root: Path, wanted: WantedStack, of_state: OfState = dict) -> dict[str, bytes]:
    """Path in the repository -> content. What people wrote into settings stays: the salt, secrets, keys of other namespaces.

    A stack without a salt takes the project's, from its other settings or from the state. Raises `FleetError` for two salts in
    one project, or a file that can't be read.
    """
    folder = folder_of(wanted)
    settings = f"{folder}/{settings_name(wanted)}"
    merged = merged_settings(_content(root / settings), wanted.project, wanted.config, settings)
    document = read_settings(merged, settings)
    opener = _opener(root, wanted, document, of_state)
    rest = {key: value for key, value in document.items() if key not in OPENERS}
    return {
        f"{folder}/Pulumi.yaml": _project(root, wanted),
        f"{folder}/__main__.py": (wanted.program / "__main__.py").read_bytes(),
        settings: dumped({**opener, **rest}),
    }


def settings_name(wanted: WantedStack) -> str:
    return f"Pulumi.{wanted.stack}.yaml"


def missing_secrets(root: Path, wanted: WantedStack, settings: bytes) -> dict[str, str]:
    """Secret configuration that the settings lack -> the reference that names it: `retailops` looks it up, a bare `pulumi` can't."""
    cloud = cloud_of(load_chain(root), wanted.stack) if wanted.project == "private" else None
    needed = private_secrets(cloud) if cloud else edge_secrets(wanted.config)
    there = (read_settings(settings, settings_name(wanted)).get("config") or {}) if needed else {}
    return {key: name for key, name in needed.items() if key not in there}


def passphrase_line(root: Path) -> str:
    """What a shell needs before `pulumi` is called; "" where a KMS or Vault opens the secrets."""
    state = load_chain(root).state
    if state.secrets_provider:
        return ""
    if state.passphrase is None:
        path = str((root / state.path / "keys" / "stacks").absolute())
    elif state.passphrase.startswith("file:"):
        path = str((root / state.passphrase.removeprefix("file:")).absolute())
    else:
        path = f"FILE  # a file with what {state.passphrase} names"
    return f"export PULUMI_CONFIG_PASSPHRASE_FILE={path}"


def _opener(root: Path, wanted: WantedStack, own: Mapping[str, object], of_state: OfState) -> dict[str, str]:
    """What opens the stack's secrets: as its settings say, else its state; a new stack's as fleet.yaml says, or the project's salt."""
    here = {key: str(own[key]) for key in OPENERS if own.get(key)}
    if "secretsprovider" in here:
        return here if "encryptedkey" in here else {**of_state(), **here}
    provider = load_chain(root).state.secrets_provider
    if (here or not provider) and (salt := _salt(root, wanted)):
        return {"encryptionsalt": salt}
    return dict(of_state()) or ({"secretsprovider": provider} if provider else {})


def _project(root: Path, wanted: WantedStack) -> bytes:
    document = yaml.safe_load((wanted.program / "Pulumi.yaml").read_bytes())
    state = load_chain(root).state
    return dumped({**document, "backend": {"url": state.bucket or f"file://../../{state.path}/stacks"}})


def _salt(root: Path, wanted: WantedStack) -> str:
    found = dict(_salts(root, folder_of(wanted)))
    if len(set(found.values())) > 1:
        raise FleetError(
            f"the project {wanted.project} has more than one salt",
            [Problem(path, 0, 0, "has a salt of its own") for path in found],
            resolution="Keep one: pulumi stack change-secrets-provider passphrase, for each other stack.",
        )
    return next(iter(found.values()), "")


def _salts(root: Path, folder: str) -> Iterator[tuple[str, str]]:
    for path in sorted((root / folder).glob("Pulumi.*.yaml")):
        name = f"{folder}/{path.name}"
        if salt := read_settings(_content(path), name).get("encryptionsalt"):
            yield name, str(salt)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
