#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Brings a running cluster of corosync and Pacemaker to what its files say."""

from __future__ import annotations

import re
import subprocess
import time
import xml.etree.ElementTree as ET
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.retailops_lock import hold_lock

DOCUMENTATION = """
module: retailops_cluster
short_description: Bring a running cluster to what its files say
description:
  - Runs on one host of the cluster once corosync and Pacemaker run on all. Where corosync's members are not those of its file it
    reads the file again, on every host; nothing is restarted. Where Pacemaker's configuration differs from I(cib), those parts
    are replaced in one step; what Pacemaker and people keep beside them stays.
options:
  corosync:
    description: corosync's configuration file.
    type: path
    default: /etc/corosync/corosync.conf
  cib:
    description: The wanted configuration, an element C(configuration).
    type: path
    required: true
  patience:
    description: Seconds to wait for a majority with a coordinator.
    type: int
    default: 120
"""

RETURN = """
reloaded:
  description: Whether corosync's file was read again, or would be.
  type: bool
replaced:
  description: The parts of Pacemaker's configuration that were replaced, or would be.
  type: list
"""

OURS = "retailops"
PARTS = ("resources", "constraints", "fencing-topology", "rsc_defaults")


def run(module, argv, stdin=None):
    done = subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        module.fail_json(msg=f"{' '.join(argv[:3])} failed: {(done.stderr or done.stdout).strip()[-800:]}")
    return done.stdout


def addresses(text):
    """What corosync knows its members by, from its file or from its running map."""
    return set(re.findall(r"ring0_addr(?:\s*\(str\)\s*=|:)\s*(\S+)", text))


def same(one, other):
    return one is not None and other is not None and plain(one) == plain(other)


def plain(element):
    return ET.canonicalize(ET.tostring(element, encoding="unicode"), strip_text=True)


def differing(found, wanted):
    """Names of the parts of the configuration that are not as wanted."""
    parts = [part for part in PARTS if not same(found.find(part), wanted.find(part))]
    path = f"crm_config/cluster_property_set[@id='{OURS}']"
    return parts if same(found.find(path), wanted.find(path)) else ["crm_config", *parts]


def merged(found, wanted):
    """What is found, with our parts as wanted; Pacemaker's own properties and its nodes stay."""
    properties = found.find("crm_config")
    for old in properties.findall(f"cluster_property_set[@id='{OURS}']"):
        properties.remove(old)
    properties.append(wanted.find("crm_config/cluster_property_set"))
    for part in PARTS:
        for old in found.findall(part):
            found.remove(old)
        found.append(wanted.find(part))
    return ET.tostring(found, encoding="unicode")


def await_coordinator(module):
    """A majority that has chosen who speaks for it, or failure."""
    end = time.monotonic() + module.params["patience"]
    said = ""
    while time.monotonic() < end:
        done = subprocess.run(
            ["crm_mon", "-1", "--output-as=xml"], capture_output=True, text=True, check=False, timeout=60
        )
        said = done.stderr or done.stdout
        if done.returncode == 0:
            coordinator = ET.fromstring(done.stdout).find("summary/current_dc")
            if coordinator is not None and coordinator.get("with_quorum") == "true":
                return
        time.sleep(1)
    module.fail_json(msg=f"the cluster has no majority after {module.params['patience']} s: {said.strip()[-400:]}")


def main():
    module = AnsibleModule(
        argument_spec={
            "corosync": {"type": "path", "default": "/etc/corosync/corosync.conf"},
            "cib": {"type": "path", "required": True},
            "patience": {"type": "int", "default": 120},
        },
        supports_check_mode=True,
    )
    if module.check_mode and not Path(module.params["cib"]).exists():
        module.exit_json(changed=True, reloaded=False, replaced=["crm_config", *PARTS])
    if not module.check_mode:
        hold_lock(module)
    wanted = ET.parse(module.params["cib"]).getroot()
    members = addresses(Path(module.params["corosync"]).read_text())
    reloaded = addresses(run(module, ["corosync-cmapctl", "nodelist."])) != members
    if reloaded and not module.check_mode:
        run(module, ["corosync-cfgtool", "-R"])
    await_coordinator(module)
    found = ET.fromstring(run(module, ["cibadmin", "--query", "--scope", "configuration"]))
    replaced = differing(found, wanted)
    if replaced and not module.check_mode:
        argv = ["cibadmin", "--replace", "--scope", "configuration", "--xml-pipe"]
        run(module, argv, stdin=merged(found, wanted))
    module.exit_json(changed=bool(reloaded or replaced), reloaded=reloaded, replaced=replaced)


if __name__ == "__main__":
    main()
