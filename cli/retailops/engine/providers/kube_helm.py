"""Charts through the program `helm`: the built-in engine renders them with `helm template` and nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


def rendered(wanted: Rendering, folder: Path) -> str:
    """The chart's manifests as YAML. `folder` is where relative paths start."""
    if shutil.which("helm") is None:
        raise RetailopsError("a chart needs the program `helm`, which is not on the PATH", resolution=_WAY_OUT)
    command = ["helm", "template", *wanted.words, "--values", "-"]
    try:
        done = subprocess.run(
            command, input=json.dumps(wanted.values), cwd=folder, capture_output=True, text=True, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolError(f"helm template {wanted.words[0]} did not end", details=str(error)) from error
    if done.returncode:
        raise ToolError(f"helm template {wanted.words[0]} failed", details=done.stderr.strip()[-2000:])
    return done.stdout


def chart(name: str, inputs: Mapping[str, Any], namespace: str) -> Rendering:
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
    if odd := sorted({"postRenderer", "valueYamlFiles"} & set(inputs)):
        raise RetailopsError(
            f"the built-in engine lacks {', '.join(odd)} of helm.sh/v4:Chart",
            resolution="Give `values`, or use the CLI.",
        )
    return Rendering(tuple(words), inputs.get("values") or {}, str(inputs.get("namespace") or namespace))


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
