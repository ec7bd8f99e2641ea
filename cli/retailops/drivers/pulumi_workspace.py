"""What the official CLI gets for one call: an environment, and a private folder with the project and the stack's settings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from retailops.drivers.pulumi_program import readable, secret_values
from retailops.errors import RetailopsError, ToolError
from retailops.ports import StackRequest


def environment(request: StackRequest, keeper: str) -> dict[str, str]:
    """What the CLI gets beside our own environment; raises `RetailopsError` where that would win over the fleet's passphrase.

    `keeper` is the KMS or Vault that opens the stack's secrets, "" for the passphrase.
    """
    given = {
        "PULUMI_BACKEND_URL": request.state if "://" in request.state else Path(request.state).absolute().as_uri(),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    if not keeper:
        if "PULUMI_CONFIG_PASSPHRASE" in os.environ:
            raise RetailopsError(
                "PULUMI_CONFIG_PASSPHRASE is set, and the Pulumi CLI would take it in the place of the stack's own passphrase",
                resolution="unset PULUMI_CONFIG_PASSPHRASE",
            )
        given["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(request.passphrase_file.absolute())
    return {**given, **({"KUBECONFIG": str(request.kubeconfig)} if request.kubeconfig else {})}


def project_name(request: StackRequest) -> str:
    from retailops.engine.project import load_project

    return load_project(request.program).name


def stored(request: StackRequest) -> Any:
    """The stack's checkpoint with its digest; None where only the CLI can read it."""
    from retailops.engine.state.backend import Backend

    return Backend(request.state).load(project_name(request), request.stack) if readable(request.state) else None


def write_project(folder: Path, request: StackRequest) -> str:
    """A project beside the program: settings are written there and not into the program's own folder.

    Gives the KMS or Vault that keeps the stack's secrets, "" for a passphrase: as its settings say, else its state; what the fleet
    names is for new stacks. With one the secret configuration is not in the
    settings yet: `set_secrets` hands it to the CLI, which alone can encrypt it.
    """
    from retailops.engine.project import load_project, load_settings, resolve
    from retailops.engine.state.checkpoint import keeper_of, salt_of
    from retailops.engine.state.crypto import Crypter, new_salt, read_passphrase

    project = load_project(request.program)
    settings = load_settings(project, request.stack)
    there = stored(request)
    document = there.document if there else None
    keeper, key = keeper_of(document) if document else ("", "")
    kept = settings.salt or (salt_of(document) if document else "")
    header: dict[str, str] = {}
    if keeper := settings.provider or keeper or ("" if kept else request.secrets_provider):
        header["secretsprovider"] = keeper
        if key := settings.key or key:
            header["encryptedkey"] = key
        values: dict[str, Any] = {**project.defaults, **settings.config}
        values |= {name: {"secure": text} for name, text in settings.secure.items()} | dict(request.config)
    else:
        passphrase = read_passphrase(request.passphrase_file)
        header["encryptionsalt"] = kept or new_salt(passphrase)
        crypter = Crypter(passphrase, header["encryptionsalt"])
        config, hidden = resolve(project, settings, request.config, secret_values(request), crypter)
        values = {name: {"secure": crypter.encrypt(text)} if name in hidden else text for name, text in config.items()}
    runtime = {"name": "python", "options": {**project.options}}
    _write(folder / "Pulumi.yaml", {"name": project.name, "runtime": runtime, "main": str(project.folder)})
    _write(folder / f"Pulumi.{request.stack}.yaml", {**header, "config": values})
    for name in ("requirements.txt", "pyproject.toml"):
        if (project.root / name).exists():
            shutil.copy(project.root / name, folder / name)
    return keeper


def set_secrets(folder: Path, request: StackRequest, stack: str, given: Mapping[str, str]) -> None:
    """Secret configuration through the CLI's standard input: in no argument, no environment, no file of ours."""
    for key, text in secret_values(request).items():
        words = ["pulumi", "--non-interactive", "config", "set", "--secret", key, "--stack", stack]
        done = subprocess.run(
            words, input=text, cwd=folder, env={**os.environ, **given}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise ToolError(f"pulumi config set of {key} failed", details=done.stderr[-1500:].replace(text, "[secret]"))


def _write(path: Path, document: Mapping[str, Any]) -> None:
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True), encoding="utf-8")
