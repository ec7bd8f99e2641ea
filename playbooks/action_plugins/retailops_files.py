# SPDX-License-Identifier: Apache-2.0
"""Reads the host's rendered files on the controller and hands the selected ones to the module of the same name.

`retailops.files_root` is a folder of the host: `manifest.json` (path -> mode and owner) and the contents under `tree/`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

OPTIONS = {"paths", "prefix", "prune", "directory_mode", "validate", "settled"}


def as_list(value: Any) -> list[str]:
    return [str(value)] if isinstance(value, str) else [str(item) for item in value or ()]


def read_manifest(task_vars: Mapping[str, Any]) -> tuple[Path, dict[str, Any]]:
    root = (task_vars.get("retailops") or {}).get("files_root")
    if not root:
        raise AnsibleActionFail("retailops.files_root is not set: no files were rendered for this host")
    folder = Path(str(root))
    return folder / "tree", json.loads((folder / "manifest.json").read_text())


def select(manifest: Mapping[str, Any], paths: list[str], prefixes: list[str]) -> list[str]:
    """The chosen paths, in order; raises for one that was not rendered."""
    missing = sorted(set(paths) - set(manifest))
    if missing:
        raise AnsibleActionFail(f"not rendered for this host: {', '.join(missing)}")
    return sorted({*paths, *(path for path in manifest if prefixes and path.startswith(tuple(prefixes)))})


class ActionModule(ActionBase):
    """Carries only what the task selects; the node never sees the other files."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        args = dict(self._task.args)
        unknown = sorted(set(args) - OPTIONS)
        if unknown:
            raise AnsibleActionFail(f"unknown option: {', '.join(unknown)}; there are {', '.join(sorted(OPTIONS))}")
        tree, manifest = read_manifest(task_vars or {})
        chosen = select(manifest, as_list(args.get("paths")), as_list(args.get("prefix")))
        files = [
            {
                "path": path,
                "content": base64.b64encode((tree / path.lstrip("/")).read_bytes()).decode(),
                **manifest[path],
            }
            for path in chosen
        ]
        args |= {"files": files, "wanted": sorted(manifest)}
        result.update(self._execute_module(module_name="retailops_files", module_args=args, task_vars=task_vars))
        return result
