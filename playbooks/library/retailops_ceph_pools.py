#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Makes a Ceph cluster's pools and its own settings what they should be; removes nothing."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.retailops_ceph import Cluster, has_monitor
from ansible.module_utils.retailops_lock import hold_lock

DOCUMENTATION = """
module: retailops_ceph_pools
short_description: Make a Ceph cluster's pools what they should be
description:
  - Makes pools and mends their copies, groups (upwards only) and rule, and sets settings. Pools that the cluster makes for itself get
    the same rule and copies as the first one.
  - Nothing is ever removed; any other pool that nobody names is left alone.
options:
  rule:
    description: Name of the rule by which copies are placed; it is there.
    type: str
    required: true
  pools:
    description: Pools with C(id), C(replicas), C(least) (copies without which nothing is read or written) and C(groups).
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


OWN = ("device_health_metrics", ".mgr")
"""Pools that a cluster makes for itself."""


def placed(pool, rule):
    return {"size": pool["replicas"], "min_size": pool["least"], "crush_rule": rule}


def pool_steps(cluster, pool, rule):
    name, wanted = pool["id"], {**placed(pool, rule), "pg_autoscale_mode": "off", "nodelete": "true"}
    found = cluster.ask("osd", "pool", "get", name, "all")
    if found is None:
        create = ("osd", "pool", "create", name, str(pool["groups"]), str(pool["groups"]), "replicated", rule)
        yield f"pool {name} made", create
        yield f"pool {name} is for volumes", ("osd", "pool", "application", "enable", name, "rbd")
        found = {}
    elif int(found["pg_num"]) < int(pool["groups"]):
        wanted = {**wanted, "pg_num": pool["groups"]}
    yield from set_steps(name, found, wanted)


def own_steps(cluster, like, rule):
    for name in OWN:
        if (found := cluster.ask("osd", "pool", "get", name, "all")) is not None:
            yield from set_steps(name, found, placed(like, rule))


def set_steps(name, found, wanted):
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
    rule, pools = params["rule"], params["pools"]
    for pool in pools:
        yield from pool_steps(cluster, pool, rule)
    if pools:
        yield from own_steps(cluster, pools[0], rule)
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
    if not has_monitor(module.params["monitor"]):
        module.exit_json(changed=True, done=["a new cluster's pools and settings"])
    hold_lock(module)
    cluster = Cluster(module, module.params["monitor"])
    done = cluster.carry_out(steps(cluster, module.params))
    module.exit_json(changed=bool(done), done=done)


if __name__ == "__main__":
    main()
