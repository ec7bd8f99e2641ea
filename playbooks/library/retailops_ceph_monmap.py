#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Takes monitors out of a Ceph cluster that nobody wants any more."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.retailops_ceph import Cluster, has_monitor
from ansible.module_utils.retailops_lock import hold_lock

DOCUMENTATION = """
module: retailops_ceph_monmap
short_description: Take monitors out of a Ceph cluster that nobody wants any more
description:
  - One after the other, each only where the cluster says that the others keep a majority, and none before all that are wanted are in.
options:
  wanted:
    description: Names of all monitors, those that can't be reached now among them.
    type: list
    elements: str
    required: true
  monitor:
    description: The monitor on this host.
    type: str
    required: true
"""

RETURN = """
left:
  description: Monitors that were taken out, or would be.
  type: list
members:
  description: Monitors that the cluster has afterwards.
  type: list
"""


def main():
    module = AnsibleModule(
        argument_spec={
            "wanted": {"type": "list", "elements": "str", "required": True},
            "monitor": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    wanted, monitor = module.params["wanted"], module.params["monitor"]
    if not has_monitor(monitor):
        module.exit_json(changed=True, left=[], members=[])
    cluster = Cluster(module, monitor)
    members = [each["name"] for each in cluster.ask("mon", "dump")["mons"]]
    left = [name for name in members if name not in wanted] if set(wanted) <= set(members) else []
    if left and not module.check_mode:
        hold_lock(module)
        for name in left:
            cluster.ask("mon", "ok-to-rm", name)
            cluster.ask("mon", "rm", name)
            cluster.ask("auth", "rm", f"mgr.{name}")
        members = [name for name in members if name not in left]
    module.exit_json(changed=bool(left), left=left, members=members)


if __name__ == "__main__":
    main()
