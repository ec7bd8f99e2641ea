#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Makes the way in which a Ceph cluster's monitors elect their leader what it should be."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.retailops_ceph import Cluster, has_monitor
from ansible.module_utils.retailops_lock import hold_lock

DOCUMENTATION = """
module: retailops_ceph_elections
short_description: Set how the monitors of a Ceph cluster elect their leader
description:
  - With C(classic) the lowest rank wins, and two sides that don't hear each other win a third that hears both in turns, so that nobody
    leads for long. With C(connectivity) the monitor that hears most wins, and one that is not in the majority disturbs it no more.
options:
  strategy:
    description: How a leader is found.
    type: str
    choices: [classic, connectivity]
    required: true
  never:
    description: Monitors that never lead; only with C(connectivity).
    type: list
    elements: str
    default: []
  monitor:
    description: The monitor on this host.
    type: str
    required: true
"""

RETURN = """
done:
  description: What was changed, or would be, one line each.
  type: list
"""

NUMBERS = {"classic": 1, "connectivity": 3}
NEVER = "disallowed_leaders: "
"""As Ceph 16 calls it in JSON."""


def steps(found, strategy, never):
    """Leaders are forbidden and allowed while the strategy knows of it."""
    there = set(found[NEVER].replace(",", " ").split())
    for name in sorted(there - set(never)):
        yield f"{name} may lead", ("mon", "rm", "disallowed_leader", name)
    if found["election_strategy"] != NUMBERS[strategy]:
        yield f"elections are {strategy}", ("mon", "set", "election_strategy", strategy)
    for name in sorted(set(never) - there):
        yield f"{name} never leads", ("mon", "add", "disallowed_leader", name)


def main():
    module = AnsibleModule(
        argument_spec={
            "strategy": {"type": "str", "choices": list(NUMBERS), "required": True},
            "never": {"type": "list", "elements": "str", "default": []},
            "monitor": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    params = module.params
    if module.check_mode and not has_monitor(params["monitor"]):
        module.exit_json(changed=params["strategy"] != "classic", done=["a new cluster's elections"])
    hold_lock(module)
    cluster = Cluster(module, params["monitor"])
    done = cluster.carry_out(steps(cluster.ask("mon", "dump"), params["strategy"], params["never"]))
    module.exit_json(changed=bool(done), done=done)


if __name__ == "__main__":
    main()
