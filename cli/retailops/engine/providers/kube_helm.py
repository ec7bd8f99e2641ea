"""Charts through the program `helm`: the built-in engine renders them with `helm template` and nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from retailops.errors import RetailopsError, ToolError

_WAY_OUT = "Put `helm` on the PATH (`go install helm.sh/helm/v3/cmd/helm@v3.19.0`), or use the official Pulumi CLI."
_SECONDS = 300


@dataclass(frozen=True)
class Rendering:
    """`words` follow `helm template`; `values` go to its stdin, so that none lands in a file."""

    words: tuple[str, ...]
    values: Mapping[str, Any]
    namespace: str


def missing() -> str | None:
    return None if shutil.which("helm") else "the program helm, which charts need"


def rendered(wanted: Rendering, folder: Path, capabilities: tuple[str, ...] = ()) -> str:
    """The chart's manifests as YAML. `folder` is where relative paths start, `capabilities` tell helm what the cluster is."""
    if shutil.which("helm") is None:
        raise RetailopsError("a chart needs the program `helm`, which is not on the PATH", resolution=_WAY_OUT)
    command = ["helm", "template", *wanted.words, *capabilities, "--values", "-"]
    try:
        done = subprocess.run(
            command, input=json.dumps(wanted.values), cwd=folder, capture_output=True, text=True, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolError(f"helm template {wanted.words[0]} did not end", details=str(error)) from error
    if done.returncode:
        raise ToolError(f"helm template {wanted.words[0]} failed", details=done.stderr.strip()[-2000:])
    return done.stdout


def capabilities(version: Mapping[str, Any], groups: Mapping[str, Any]) -> tuple[str, ...]:
    """From the API server's `/version` and `/apis`: what charts ask as `.Capabilities`."""
    served = [item["groupVersion"] for group in groups.get("groups") or () for item in group["versions"]]
    return (
        "--kube-version",
        str(version["gitVersion"]),
        *(word for name in served for word in ("--api-versions", name)),
    )


def chart(name: str, inputs: Mapping[str, Any], namespace: str, folder: Path) -> Rendering:
    """The inputs of a `helm.sh/v4:Chart`."""
    repository = inputs.get("repositoryOpts") or {}
    words = [
        str(inputs.get("name") or name),
        str(inputs["chart"]),
        "--namespace",
        str(inputs.get("namespace") or namespace),
    ]
    words += _flags(
        {"version": inputs.get("version"), "repo": repository.get("repo"), "keyring": inputs.get("keyring")}
    )
    words += [] if inputs.get("skipCrds") else ["--include-crds"]
    words += [] if inputs.get("includeHooks") else ["--no-hooks"]
    words += _switches(inputs, {"dependencyUpdate": "dependency-update", "devel": "devel", "verify": "verify"})
    if inputs.get("postRenderer"):
        raise RetailopsError(
            "the built-in engine lacks postRenderer of helm.sh/v4:Chart", resolution="Use the official Pulumi CLI."
        )
    values: Mapping[str, Any] = {}
    for asset in inputs.get("valueYamlFiles") or ():
        values = _over(values, _values_of(asset, folder))
    values = _over(values, inputs.get("values") or {})
    return Rendering(tuple(words), values, str(inputs.get("namespace") or namespace))


def _values_of(asset: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    """The values in a file or a text that the program gives as an asset."""
    try:
        text = asset["text"] if "text" in asset else (folder / str(asset["path"])).read_text(encoding="utf-8")
        found = yaml.safe_load(text) or {}
    except (KeyError, OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        where = asset.get("path") or asset.get("uri") or "a text"
        raise RetailopsError(f"valueYamlFiles: {where} can't be read as YAML", details=str(error)[:500]) from error
    if not isinstance(found, dict):
        raise RetailopsError(f"valueYamlFiles: {asset.get('path') or 'a text'} holds no mapping")
    return found


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings are merged, everything else is replaced, as helm does."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = _over(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return merged


def template(text: str) -> Rendering:
    """The options of a client-side `helm.v3.Chart`, as its SDK sends them in JSON."""
    options = {key.replace("_", "").lower(): value for key, value in json.loads(text).items() if value is not None}
    fetch = {key.replace("_", "").lower(): value for key, value in (options.get("fetchopts") or {}).items()}
    source = options.get("path") or options.get("chart")
    if options.get("repo") and not fetch.get("repo"):
        source = f"{options['repo']}/{source}"
    name, space = options.get("releasename") or options.get("resourcename"), options.get("namespace") or "default"
    words = [str(name or Path(str(source)).name), str(source), "--namespace", str(space)]
    words += _flags({"version": options.get("version") or fetch.get("version"), "repo": fetch.get("repo")})
    words += [word for item in options.get("apiversions") or () for word in ("--api-versions", str(item))]
    words += [] if options.get("skipcrdrendering") else ["--include-crds"]
    words += [] if options.get("includetesthookresources") else ["--skip-tests"]
    return Rendering(tuple(words), options.get("values") or {}, str(space))


def _flags(values: Mapping[str, Any]) -> list[str]:
    return [word for key, value in values.items() if value for word in (f"--{key}", str(value))]


def _switches(inputs: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    return [f"--{flag}" for key, flag in names.items() if inputs.get(key)]
