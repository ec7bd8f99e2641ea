#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Makes a rule of a Ceph cluster, by which copies are placed, what it should be."""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.retailops_ceph import Cluster, Overtaken, has_monitor
from ansible.module_utils.retailops_lock import hold_lock

DOCUMENTATION = """
module: retailops_ceph_rule
short_description: Make a placement rule of a Ceph cluster what it should be
description:
  - Ceph's commands make rules of one choice only; any other is written into the map of the cluster. The map is put back only if nobody
    changed it meanwhile, as each disk that comes up does; else it is read anew. Everything else in it stays as it is, and a rule that
    is there keeps its number.
  - A rule that is there is left as it is where the cluster's places could not hold every copy by the new one.
options:
  name:
    description: The rule's name.
    type: str
    required: true
  steps:
    description: Its steps as C(osd crush rule dump) shows them, C(op) with C(item_name), or C(num) and C(type).
    type: list
    elements: dict
    required: true
  copies:
    description: How many the pools have at most.
    type: int
    required: true
  monitor:
    description: The monitor on this host.
    type: str
    required: true
"""

RETURN = """
changed:
  description: Whether the rule was made or mended, or would be.
  type: bool
"""

TRIES, PAUSE = 8, 1.0
"""How often a map that others change is read anew, and the seconds in between."""
TOLD = ("op", "num", "type", "item_name")
NUMBER = re.compile(r"^rule \S+ \{\n\s*id (\d+)$", re.MULTILINE)


def told(steps):
    return [{key: str(step[key]) for key in TOLD if key in step} for step in steps]


def line_of(step):
    words = [step["op"].replace("_", " ")]
    if "item_name" in step:
        words.append(step["item_name"])
    if "num" in step:
        words += [str(step["num"]), "type", step["type"]]
    return f"\tstep {' '.join(words)}\n"


def with_rule(text, name, steps):
    """The map, as crushtool writes it, with the rule in it."""
    block = re.compile(rf"^rule {re.escape(name)} \{{\n\s*id (\d+)\n.*?^\}}\n", re.MULTILINE | re.DOTALL)
    found = block.search(text)
    number = int(found[1]) if found else max((int(each) for each in NUMBER.findall(text)), default=-1) + 1
    head = f"rule {name} {{\n\tid {number}\n\ttype replicated\n\tmin_size 1\n\tmax_size 10\n"
    rule = head + "".join(line_of(step) for step in steps) + "}\n"
    if found:
        return text[: found.start()] + rule + text[found.end() :]
    before, mark, after = text.partition("\n# end crush map")
    return f"{before}\n{rule}{mark}{after}"


def crushtool(module, *words):
    done = subprocess.run(["crushtool", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        module.fail_json(msg=f"crushtool {words[0]} failed: {(done.stderr or done.stdout).strip()[-800:]}")
    return done.stdout


def refuse_unfit(module, path, number):
    """Fails the task where a block would find fewer places by the rule than it has copies."""
    copies = str(module.params["copies"])
    tested = ("--rule", str(number), "--num-rep", copies, "--min-x", "0", "--max-x", "1023", "--show-bad-mappings")
    if crushtool(module, "-i", path, "--test", *tested).strip():
        name = module.params["name"]
        module.fail_json(
            msg=f"by the rule {name} as it should be the cluster's places can't hold {copies} copies; it is left as it was"
        )


def put(module, cluster, found):
    for _ in range(TRIES):
        try:
            return put_once(module, cluster, found)
        except Overtaken as overtaken:
            said = overtaken
            time.sleep(PAUSE)
    module.fail_json(msg=f"others change the map of the cluster all the time: {said}")


def put_once(module, cluster, found):
    version = str(cluster.ask("osd", "dump")["crush_version"])
    with tempfile.TemporaryDirectory(dir="/run", prefix="retailops-") as folder:
        old, text, new = (str(Path(folder) / name) for name in ("old", "text", "new"))
        cluster.ask("osd", "getcrushmap", "-o", old)
        crushtool(module, "-d", old, "-o", text)
        written = with_rule(Path(text).read_text(), module.params["name"], module.params["steps"])
        Path(text).write_text(written)
        crushtool(module, "-c", text, "-o", new)
        if found is not None:
            refuse_unfit(module, new, found["rule_id"])
        cluster.ask("osd", "setcrushmap", version, "-i", new)


def main():
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "steps": {"type": "list", "elements": "dict", "required": True},
            "copies": {"type": "int", "required": True},
            "monitor": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    if module.check_mode and not has_monitor(module.params["monitor"]):
        module.exit_json(changed=True)
    cluster = Cluster(module, module.params["monitor"])
    found = cluster.ask("osd", "crush", "rule", "dump", module.params["name"])
    right = found is not None and told(found["steps"]) == told(module.params["steps"])
    if not right and not module.check_mode:
        hold_lock(module)
        put(module, cluster, found)
    module.exit_json(changed=not right)


if __name__ == "__main__":
    main()
