"""Runs a module of the hci roles as Ansible does, with programs that stand for Ceph's and folders of the test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

LIBRARY = Path(__file__).parents[2] / "playbooks" / "library"
RUN = """
import json, runpy, shutil, sys
from pathlib import Path
import ansible.module_utils
path, home = Path(sys.argv.pop(1)), Path(sys.argv.pop(1))
ansible.module_utils.__path__.append(str(path.parents[1] / "module_utils"))
shutil.chown = lambda *_args: None
module = runpy.run_path(str(path), run_name="module")
module["hold_lock"].__globals__.update(LOCK=home / "lock", LOCK_SECONDS=1)
if "made_folders" in module:
    module["made_folders"].__globals__.update(FOLDER=home / "osd")
if "has_monitor" in module:
    module["has_monitor"].__globals__.update(STORES=home / "mon")
module["main"]()
"""
SYSTEMCTL = '#!/bin/sh\necho "$@" >>"$HOME/stopped"\n'


def programs(home: Path, **texts: str) -> None:
    """Puts them where `run_module` finds them first."""
    (home / "bin").mkdir()
    for name, text in texts.items():
        path = home / "bin" / name.replace("_", "-")
        path.write_text(text)
        path.chmod(0o755)


def run_module(module: str, home: Path, check: bool = False, **args: Any) -> dict[str, Any]:
    wanted = json.dumps({"ANSIBLE_MODULE_ARGS": {**args, "_ansible_check_mode": check}})
    argv = [sys.executable, "-c", RUN, str(LIBRARY / f"{module}.py"), str(home), wanted]
    environment = {**os.environ, "HOME": str(home), "PATH": f"{home / 'bin'}:{os.environ['PATH']}:/usr/sbin:/sbin"}
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment)
    assert done.stdout, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
