#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Writes a host's rendered files byte for byte (called by the action plugin of the same name)."""

from __future__ import annotations

import base64
import grp
import hashlib
import json
import os
import pwd
import stat
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.retailops_lock import hold_lock
from ansible.module_utils.retailops_write import sync_folder, write_whole

DOCUMENTATION = """
module: retailops_files
short_description: Write the host's rendered files byte for byte
description:
  - Writes those of the host's rendered files that I(paths) and I(prefix) select, only where content, mode or owner differ,
    each atomically (temporary file, fsync, rename), and removes files of an earlier run that are no longer wanted.
  - The contents come from C(retailops.files_root) on the controller; they are never templated.
options:
  paths:
    description: Absolute paths to write; one that was not rendered for the host is an error.
    type: list
    elements: str
  prefix:
    description: Write every rendered file whose path begins with one of these.
    type: list
    elements: str
  prune:
    description: Remove what an earlier run wrote under one of these prefixes and is no longer rendered for the host.
    type: list
    elements: str
  directory_mode:
    description: Mode of folders that have to be made.
    type: str
    default: "0755"
  validate:
    description: Argument vector that must succeed before a changed file is put in place; C(%s) is the new content's path.
    type: list
    elements: str
  settled:
    description: The play's handlers have run; the last task of a play says so, and until then a task stays changed.
    type: bool
    default: false
  files:
    description: Filled in by the action plugin; roles never set it.
    type: list
    elements: dict
  wanted:
    description: Filled in by the action plugin; roles never set it.
    type: list
    elements: str
"""

RETURN = """
paths:
  description: Files that were written, or would be.
  type: list
removed:
  description: Files that were removed, or would be.
  type: list
"""

RECORD = Path("/var/lib/retailops/files.json")

FILE = {
    "path": {"type": "str", "required": True},
    "content": {"type": "str", "required": True, "no_log": True},
    "mode": {"type": "str", "required": True},
    "owner": {"type": "str", "required": True},
}


class Refused(Exception):
    """Something on the node stands in the way; the text says what."""


def ids_of(owner):
    """`user` or `user:group` as numbers; the group is the user's own unless named."""
    user, _, group = owner.partition(":")
    try:
        entry = pwd.getpwnam(user)
        return entry.pw_uid, grp.getgrnam(group).gr_gid if group else entry.pw_gid
    except KeyError as error:
        raise Refused(f"no such owner on this host: {owner}") from error


def state_of(path):
    """(SHA-256, mode, uid, gid) of a regular file, else None."""
    try:
        info = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(info.st_mode):
        if stat.S_ISDIR(info.st_mode):
            raise Refused(f"{path} is a folder")
        return None
    return hashlib.sha256(path.read_bytes()).hexdigest(), stat.S_IMODE(info.st_mode), info.st_uid, info.st_gid


def wanted_state(file):
    content = base64.b64decode(file["content"])
    return hashlib.sha256(content).hexdigest(), int(file["mode"], 8), *ids_of(file["owner"])


def make_folders(folder, mode):
    if folder.is_dir():
        return
    make_folders(folder.parent, mode)
    folder.mkdir(exist_ok=True)
    folder.chmod(mode)
    sync_folder(folder.parent)


def read_record():
    """(paths that this module wrote and has not removed, paths whose handlers may not have run yet)."""
    try:
        record = json.loads(RECORD.read_text())
        return set(record["paths"]), set(record["unsettled"])
    except (FileNotFoundError, ValueError, KeyError):
        return set(), set()


def write_record(paths, unsettled):
    make_folders(RECORD.parent, 0o755)
    content = json.dumps({"paths": sorted(paths), "unsettled": sorted(unsettled)}, indent=1).encode()
    if not RECORD.exists() or RECORD.read_bytes() != content:
        write_whole(RECORD, content, 0o600, (0, 0))


def stale_of(prune, wanted, ours):
    """What we wrote under `prune`, is not wanted now, and is still there."""
    stale = (path for path in ours if path.startswith(tuple(prune)) and path not in wanted)
    return sorted(path for path in stale if os.path.lexists(path))


def lines_of(states):
    return "".join(
        f"{path} absent\n" if state is None else f"{path} {state[0][:16]} {state[1]:04o} {state[2]}:{state[3]}\n"
        for path, state in states
    )


def validator(module):
    def validate(half):
        command = [half if word == "%s" else word for word in module.params["validate"] or ()]
        if command:
            code, out, err = module.run_command(command)
            if code != 0:
                raise Refused(f"{command[0]} refused the new content: {(err or out).strip()}")

    return validate


def apply(module, todo, stale, ours, unsettled):
    """The record is written first: what was begun is unsettled until the play has run its handlers."""
    changing = {file["path"] for file, _before, _after in todo}
    ours, unsettled = ours | changing, unsettled | changing | set(stale)
    write_record(ours, unsettled)
    for file, _before, after in todo:
        path = Path(file["path"])
        make_folders(path.parent, int(module.params["directory_mode"], 8))
        write_whole(path, base64.b64decode(file["content"]), after[1], after[2:], validator(module))
    for path in map(Path, stale):
        path.unlink()
        sync_folder(path.parent)
    if stale:
        write_record(ours - set(stale), unsettled)


def settle(module):
    """Ends the play: the handlers of all that this play handles have run."""
    hold_lock(module)
    if not module.check_mode:
        ours, unsettled = read_record()
        rest = {path for path in unsettled if path in ours and path not in module.params["wanted"]}
        if rest != unsettled:
            write_record(ours, rest)
    return {"changed": False, "paths": [], "removed": []}


def converge(module):
    hold_lock(module)
    ours, unsettled = read_record()
    states = [(file, state_of(Path(file["path"])), wanted_state(file)) for file in module.params["files"] or ()]
    todo = [item for item in states if item[1] != item[2]]
    prune = tuple(module.params["prune"] or ())
    stale = stale_of(prune, set(module.params["wanted"] or ()), ours)
    cut_off = {file["path"] for file, _before, _after in states} & unsettled
    gone = {path for path in unsettled if path.startswith(prune) and path not in ours}
    before = [(path, state_of(Path(path))) for path in stale]
    if not module.check_mode and (todo or stale):
        apply(module, todo, stale, ours, unsettled)
    return {
        "changed": bool(todo or stale or cut_off or gone),
        "paths": sorted({file["path"] for file, _before, _after in todo} | cut_off),
        "removed": sorted({*stale, *gone}),
        "diff": {
            "before": lines_of([(file["path"], old) for file, old, _new in todo] + before),
            "after": lines_of([(file["path"], new) for file, _old, new in todo] + [(path, None) for path in stale]),
        },
    }


def main():
    module = AnsibleModule(
        argument_spec={
            "paths": {"type": "list", "elements": "str"},
            "prefix": {"type": "list", "elements": "str"},
            "prune": {"type": "list", "elements": "str"},
            "directory_mode": {"type": "str", "default": "0755"},
            "validate": {"type": "list", "elements": "str"},
            "settled": {"type": "bool", "default": False},
            "files": {"type": "list", "elements": "dict", "options": FILE},
            "wanted": {"type": "list", "elements": "str"},
        },
        supports_check_mode=True,
    )
    try:
        module.exit_json(**(settle if module.params["settled"] else converge)(module))
    except (Refused, OSError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
