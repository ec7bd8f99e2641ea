#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Makes images, seeds and volumes of virtual machines in a pool, each whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import subprocess
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.retailops_ceph import Cluster, has_monitor
from ansible.module_utils.retailops_lock import hold_lock
from ansible.module_utils.retailops_rbd import Pool, keyring

DOCUMENTATION = """
module: retailops_rbd_volumes
short_description: Make images, seeds and volumes of virtual machines
description:
  - Runs on a monitor's host and acts with the pool's own key. What is there is kept; a volume that should be larger grows, and one
    that is larger than wanted is refused, since a disk never shrinks.
  - Everything is made under another name and renamed when it is whole, so that killed at any point it may run again. A volume is a
    copy of its image that depends on nothing.
options:
  pool:
    description: The pool.
    type: str
    required: true
  monitor:
    description: The monitor on this host.
    type: str
    required: true
  images:
    description: Images with C(name), C(sha256) and C(file), where the content is on this host.
    type: list
    elements: dict
    default: []
  seeds:
    description: Seeds with C(name) and C(files), text by name.
    type: list
    elements: dict
    default: []
  volumes:
    description: Volumes with C(name), C(image) and C(gib).
    type: list
    elements: dict
    default: []
  look:
    description: Only say which of I(images) are missing.
    type: bool
    default: false
"""

RETURN = """
missing:
  description: Images whose content is needed, by I(look).
  type: list
made:
  description: What was made or grew, or would be.
  type: list
"""

GIB = 1024**3
HALF = ".half"
READY = "ready"


def digest(path):
    found = hashlib.sha256()
    with Path(path).open("rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()


class Maker:
    """Makes what `have` (name -> size) lacks; in check mode only says so."""

    def __init__(self, module, pool):
        self.module, self.pool, self.made = module, pool, []
        self.have = {
            each["image"]: each["size"] for each in pool.ask("ls", "--long", pool.pool) if "snapshot" not in each
        }

    @contextlib.contextmanager
    def whole(self, name):
        """Gives the name to make it under; what an earlier run left half made is removed first."""
        half = self.pool.name(name + HALF)
        if name + HALF in self.have:
            self.pool.run("snap", "purge", "--no-progress", half)
            self.pool.run("rm", "--no-progress", half)
        yield half
        self.pool.run("rename", half, self.pool.name(name))

    def say(self, line):
        """Whether it is to be done."""
        self.made.append(line)
        return not self.module.check_mode

    def image(self, image):
        name = self.pool.name(image["name"])
        if image["name"] not in self.have:
            if not self.say(image["name"]):
                return
            if (found := digest(image["file"])) != image["sha256"]:
                self.module.fail_json(msg=f"the file of {image['name']} is another one: its SHA-256 is {found}")
            with self.whole(image["name"]) as half:
                self.pool.run("import", "--no-progress", image["file"], half)
        snapshots = {each["name"]: each for each in self.pool.ask("snap", "ls", name)}
        if READY not in snapshots and self.say(f"{image['name']}@{READY}"):
            self.pool.run("snap", "create", "--no-progress", f"{name}@{READY}")
        if snapshots.get(READY, {}).get("protected") != "true" and not self.module.check_mode:
            self.pool.run("snap", "protect", f"{name}@{READY}")

    def seed(self, seed):
        if seed["name"] in self.have or not self.say(seed["name"]):
            return
        with tempfile.TemporaryDirectory(dir="/run", prefix="retailops-") as folder:
            source, disc = Path(folder, "seed"), Path(folder, "seed.iso")
            source.mkdir()
            for name, text in seed["files"].items():
                (source / name).write_text(text)
            argv = ["genisoimage", "-quiet", "-volid", "cidata", "-joliet", "-rock", "-output", str(disc), str(source)]
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
            if done.returncode:
                self.module.fail_json(msg=f"genisoimage failed: {done.stderr.strip()[-800:]}")
            with self.whole(seed["name"]) as half:
                self.pool.run("import", "--no-progress", str(disc), half)

    def volume(self, volume):
        name, size = self.pool.name(volume["name"]), volume["gib"] * GIB
        has = self.have.get(volume["name"])
        if has is None:
            if not self.say(volume["name"]):
                return
            self.refuse_small(volume, self.pool.ask("info", self.pool.name(volume["image"]))["size"], "its image")
            with self.whole(volume["name"]) as half:
                self.pool.run("clone", f"{self.pool.name(volume['image'])}@{READY}", half)
                self.pool.run("resize", "--no-progress", "--size", f"{volume['gib']}G", half)
                self.pool.run("flatten", "--no-progress", half)
            return
        self.refuse_small(volume, has, "it")
        if has < size and self.say(f"{volume['name']}: {volume['gib']} GiB"):
            self.pool.run("resize", "--no-progress", "--size", f"{volume['gib']}G", name)

    def refuse_small(self, volume, size, what):
        if size > volume["gib"] * GIB:
            self.module.fail_json(
                msg=f"{volume['name']} should have {volume['gib']} GiB and {what} has {size / GIB:.1f}; a disk never shrinks"
            )


def main():
    listed = {"type": "list", "elements": "dict", "default": []}
    module = AnsibleModule(
        argument_spec={
            "pool": {"type": "str", "required": True},
            "monitor": {"type": "str", "required": True},
            "images": listed,
            "seeds": listed,
            "volumes": listed,
            "look": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    params = module.params
    if module.check_mode and not has_monitor(params["monitor"]):
        module.exit_json(changed=True, missing=[], made=["a new pool's volumes"])
    found = Cluster(module, params["monitor"]).ask("auth", "get", f"client.{params['pool']}")
    if not found:
        module.fail_json(msg=f"the cluster has no key client.{params['pool']}")
    hold_lock(module)
    with keyring(params["pool"], found[0]["key"]) as ring:
        maker = Maker(module, Pool(module, params["pool"], ring))
        if params["look"]:
            module.exit_json(
                changed=False, missing=[i for i in params["images"] if i["name"] not in maker.have], made=[]
            )
        for kind in ("image", "seed", "volume"):
            for each in params[f"{kind}s"]:
                getattr(maker, kind)(each)
    module.exit_json(changed=bool(maker.made), missing=[], made=maker.made)


if __name__ == "__main__":
    main()
