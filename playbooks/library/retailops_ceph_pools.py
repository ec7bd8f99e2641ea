#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Makes a Ceph cluster's pools, their rule and the cluster's own settings what they should be; removes nothing."""

from __future__ import annotations

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.retailops_ceph import Cluster
from ansible.module_utils.retailops_lock import hold_lock

DOCUMENTATION = """
module: retailops_ceph_pools
short_description: Make a Ceph cluster's pools what they should be
description:
  - Makes the rule that puts each copy in another rack, makes pools and mends their copies, groups (upwards only) and rule, and sets settings.
  - Nothing is ever removed; a pool that nobody names is left alone.
options:
  rule:
    description: The rule's name.
    type: str
    required: true
  pools:
    description: Pools with C(id), C(replicas) and C(groups).
    type: list
    elements: dict
    required: true
  settings:
    description: Daemon (as C(mgr)) -> name -> value.
    type: dict
    default: {}
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


def wanted_of(pool, rule):
    return {
        "size": pool["replicas"],
        "min_size": pool["replicas"] // 2 + 1,
        "crush_rule": rule,
        "pg_autoscale_mode": "off",
        "nodelete": "true",
    }


def pool_steps(cluster, pool, rule):
    name, wanted = pool["id"], wanted_of(pool, rule)
    found = cluster.ask("osd", "pool", "get", name, "all")
    if found is None:
        create = ("osd", "pool", "create", name, str(pool["groups"]), str(pool["groups"]), "replicated", rule)
        yield f"pool {name} made", create
        yield f"pool {name} is for volumes", ("osd", "pool", "application", "enable", name, "rbd")
        found = {}
    elif int(found["pg_num"]) < int(pool["groups"]):
        wanted = {**wanted, "pg_num": pool["groups"]}
    for key, value in wanted.items():
        if str(found.get(key)).lower() != str(value).lower():
            yield f"pool {name}: {key} {value}", ("osd", "pool", "set", name, key, str(value))


def same(found, wanted):
    """Ceph writes numbers its own way: 0 comes back as 0.000000."""
    try:
        return float(found) == float(wanted)
    except (TypeError, ValueError):
        return found == wanted


def setting_steps(cluster, settings):
    found = {(each["section"], each["name"]): each["value"] for each in cluster.ask("config", "dump") or []}
    for section, values in settings.items():
        for name, value in values.items():
            if not same(found.get((section, name)), str(value)):
                yield f"{section} {name} {value}", ("config", "set", section, name, str(value))


def steps(cluster, params):
    rule = params["rule"]
    if rule not in (cluster.ask("osd", "crush", "rule", "ls") or []):
        yield f"rule {rule} made", ("osd", "crush", "rule", "create-replicated", rule, "default", "rack")
    for pool in params["pools"]:
        yield from pool_steps(cluster, pool, rule)
    yield from setting_steps(cluster, params["settings"])


def main():
    module = AnsibleModule(
        argument_spec={
            "rule": {"type": "str", "required": True},
            "pools": {"type": "list", "elements": "dict", "required": True},
            "settings": {"type": "dict", "default": {}},
            "monitor": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    if not Path(f"/var/lib/ceph/mon/ceph-{module.params['monitor']}").is_dir():
        module.exit_json(changed=True, done=["a new cluster's rule, pools and settings"])
    hold_lock(module)
    cluster, done = Cluster(module, module.params["monitor"]), []
    for line, words in steps(cluster, module.params):
        done.append(line)
        if not module.check_mode:
            cluster.ask(*words)
    module.exit_json(changed=bool(done), done=done)


if __name__ == "__main__":
    main()
