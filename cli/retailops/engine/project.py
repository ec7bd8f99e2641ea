"""What `Pulumi.yaml` and `Pulumi.<stack>.yaml` say: the project's name, where its program is, and its configuration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from retailops.engine.state.crypto import Crypter
from retailops.engine.urns import NAME
from retailops.errors import RetailopsError

_LIMIT = 1_000_000


@dataclass(frozen=True)
class Project:
    """A folder with a `Pulumi.yaml`. `defaults` are the configuration values that it declares."""

    name: str
    root: Path
    folder: Path
    main: Path
    options: Mapping[str, Any]
    defaults: Mapping[str, str]
    author: str = ""


@dataclass(frozen=True)
class StackSettings:
    """`Pulumi.<stack>.yaml`: its salt, plain values, and secrets still encrypted.

    `provider` and `key` are set where a KMS or Vault opens them: its URL, and the data key that it has encrypted.
    """

    salt: str = ""
    config: Mapping[str, str] = field(default_factory=dict)
    secure: Mapping[str, str] = field(default_factory=dict)
    provider: str = ""
    key: str = ""


def load_project(root: Path) -> Project:
    """Raises `RetailopsError` for a folder without a Python project."""
    path = root / "Pulumi.yaml"
    document = _read(path)
    if document is None:
        raise RetailopsError(f"{root} has no Pulumi.yaml", resolution="Name the folder of a Pulumi program.")
    name, runtime = document.get("name"), document.get("runtime")
    kind = runtime.get("name") if isinstance(runtime, dict) else runtime
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise RetailopsError(f"{path}: `name` is missing or can't be a project's name")
    if kind != "python":
        raise RetailopsError(
            f"{path}: the runtime is {kind!r}; the built-in engine runs Python programs",
            resolution="Use the official Pulumi CLI for this program.",
        )
    place = (root / str(document.get("main", "."))).absolute()
    folder = place if place.is_dir() else place.parent
    main = place / "__main__.py" if place.is_dir() else place
    if not main.is_file():
        raise RetailopsError(f"{main} is not there, but {path} names it as the program")
    options = runtime.get("options") or {} if isinstance(runtime, dict) else {}
    defaults = _defaults(document.get("config") or {}, name)
    return Project(name, root.absolute(), folder, main, options, defaults, str(document.get("author") or ""))


def load_settings(project: Project, stack: str) -> StackSettings:
    document = _read(project.root / f"Pulumi.{stack}.yaml") or {}
    config: dict[str, str] = {}
    secure: dict[str, str] = {}
    for key, value in (document.get("config") or {}).items():
        full = _full(str(key), project.name)
        if isinstance(value, dict) and set(value) == {"secure"}:
            secure[full] = str(value["secure"])
        elif isinstance(value, dict | list) and _nested_secure(value):
            raise RetailopsError(
                f"Pulumi.{stack}.yaml: {full} has a secret inside a structure, which the built-in engine does not read",
                resolution="Give the secret a key of its own, or use the official Pulumi CLI.",
            )
        else:
            config[full] = text_of(value)
    named = str(document.get("secretsprovider") or "")
    provider = "" if named in ("default", "passphrase") else named
    key = str(document.get("encryptedkey") or "")
    return StackSettings(str(document.get("encryptionsalt") or ""), config, secure, provider, key)


def resolve(
    project: Project, settings: StackSettings, config: Mapping[str, str], secrets: Mapping[str, str], crypter: Crypter
) -> tuple[dict[str, str], list[str]]:
    """All values of a run and which keys are secret; the request's win over the file's, the file's over defaults."""
    opened = {key: crypter.decrypt(text) for key, text in settings.secure.items()}
    given = {_full(key, project.name): value for key, value in config.items()}
    hidden = {_full(key, project.name): value for key, value in secrets.items()}
    values = {**project.defaults, **settings.config, **opened, **given, **hidden}
    return values, sorted(({*opened} - {*given}) | {*hidden})


def text_of(value: Any) -> str:
    """A YAML value as Pulumi's configuration text."""
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), default=str) if value is not None else ""


def _defaults(declared: Mapping[str, Any], project: str) -> dict[str, str]:
    defaults: dict[str, str] = {}
    for key, value in declared.items():
        if isinstance(value, dict):
            value = value.get("value", value.get("default"))
        if value is not None:
            defaults[_full(str(key), project)] = text_of(value)
    return defaults


def _full(key: str, project: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _nested_secure(value: Any) -> bool:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (isinstance(value, dict) and set(value) == {"secure"}) or any(_nested_secure(item) for item in items)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    if len(content) > _LIMIT:
        raise RetailopsError(f"{path} is larger than {_LIMIT} bytes")
    try:
        document = _parse(content)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise RetailopsError(f"{path} can't be read as YAML", details=str(error)[:500]) from error
    if not isinstance(document, dict):
        raise RetailopsError(f"{path}: a mapping is expected")
    return document


def _parse(content: bytes) -> Any:
    """Refuses aliases and deep nesting on the event stream, before a loader builds anything."""
    depth = 0
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for event in yaml.parse(content, Loader=loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > 50 or isinstance(event, yaml.AliasEvent):
            raise ValueError("aliases and more than 50 levels are refused")
    return yaml.load(content, Loader=loader)
