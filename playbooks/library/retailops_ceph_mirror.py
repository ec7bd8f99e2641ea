#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Makes a Ceph cluster's pools mirrored by snapshots to another cluster, and every volume in them; takes no mirror away."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.retailops_ceph import Cluster, has_monitor
from ansible.module_utils.retailops_lock import hold_lock

DOCUMENTATION = """
module: retailops_ceph_mirror
short_description: Mirror a Ceph cluster's pools to another cluster
description:
  - Names the site, makes the other one a peer of each pool in both directions, sets how often a snapshot is taken, and mirrors every volume
    that is not yet mirrored. Peers, schedules and volumes that nobody names are left alone.
  - Acts as an entity whose rights are those of a volume's client and of a mirror's; the peer's key stands in no argument vector, result or log.
options:
  site:
    description: This cluster's name among the two.
    type: str
    required: true
  pools:
    description: Pools that both clusters have.
    type: list
    elements: str
    required: true
  minutes:
    description: Between two snapshots of a volume.
    type: int
    required: true
  peer:
    description: The other cluster, its C(site), C(monitors) (as in mon_host), C(entity) and C(key).
    type: dict
    required: true
  entity:
    description: Who acts.
    type: str
    required: true
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

SITE_NAME = "rbd/mirror/site_name"
PATIENCE = "30"


def connected(module, cluster):
    """(rados, rbd, handle); the key goes from the monitor into this process and nowhere else."""
    import rados
    import rbd

    found = cluster.ask("auth", "get", module.params["entity"])
    if found is None:
        module.fail_json(msg=f"{module.params['entity']} has no key yet")
    conf = {"key": found[0]["key"], "client_mount_timeout": PATIENCE, "rados_osd_op_timeout": PATIENCE}
    handle = rados.Rados(name=module.params["entity"], conffile="/etc/ceph/ceph.conf", conf=conf)
    handle.connect()
    return rbd, handle


def site_steps(cluster, site):
    if (cluster.ask("config-key", "dump", SITE_NAME) or {}).get(SITE_NAME) != site:
        yield f"this site is {site}", lambda: cluster.ask("config-key", "set", SITE_NAME, site)


def pool_steps(rbd, io, pool, peer):
    mirror = rbd.RBD()
    if mirror.mirror_mode_get(io) != rbd.RBD_MIRROR_MODE_IMAGE:
        yield f"pool {pool} is mirrored", lambda: mirror.mirror_mode_set(io, rbd.RBD_MIRROR_MODE_IMAGE)
    known = next((each for each in mirror.mirror_peer_list(io) if each["site_name"] == peer["site"]), None)
    wanted = {"mon_host": peer["monitors"], "key": peer["key"]}
    if known is None:
        yield f"pool {pool}: {peer['site']} is its peer", lambda: add_peer(mirror, io, peer, wanted)
        return
    if known["client_name"] != peer["entity"]:
        yield (
            f"pool {pool}: {peer['site']} is asked as {peer['entity']}",
            lambda: mirror.mirror_peer_set_client(io, known["uuid"], peer["entity"]),
        )
    if mirror.mirror_peer_get_attributes(io, known["uuid"]) != wanted:
        yield (
            f"pool {pool}: where {peer['site']} answers",
            lambda: mirror.mirror_peer_set_attributes(io, known["uuid"], wanted),
        )


def add_peer(mirror, io, peer, wanted):
    mirror.mirror_peer_set_attributes(io, mirror.mirror_peer_add(io, peer["site"], peer["entity"]), wanted)


def schedule_steps(cluster, pool, minutes):
    found = cluster.ask("rbd", "mirror", "snapshot", "schedule", "list", f"{pool}/") or {}
    there = {item["interval"] for level in found.values() if level["name"] == f"{pool}/" for item in level["schedule"]}
    wanted = interval(minutes)
    words = ("rbd", "mirror", "snapshot", "schedule")
    if wanted not in there:
        yield (
            f"pool {pool}: a snapshot every {wanted}",
            lambda: cluster.ask(*words, "add", f"{pool}/", wanted),
        )
    for other in sorted(there - {wanted}):
        yield (
            f"pool {pool}: no longer every {other}",
            lambda other=other: cluster.ask(*words, "remove", f"{pool}/", other),
        )


def interval(minutes):
    """As Ceph writes it: 90 minutes stay 90m, 120 become 2h."""
    for length, unit in ((1440, "d"), (60, "h")):
        if minutes % length == 0:
            return f"{minutes // length}{unit}"
    return f"{minutes}m"


def volume_steps(rbd, io, pool):
    for name in rbd.RBD().list(io):
        with rbd.Image(io, name, read_only=True) as image:
            there = image.mirror_image_get_info()["state"]
        if there == rbd.RBD_MIRROR_IMAGE_DISABLED:
            yield f"volume {pool}/{name} is mirrored", lambda name=name: enable(rbd, io, name)


def enable(rbd, io, name):
    with rbd.Image(io, name) as image:
        image.mirror_image_enable(rbd.RBD_MIRROR_IMAGE_MODE_SNAPSHOT)


def steps(cluster, rbd, handle, params):
    yield from site_steps(cluster, params["site"])
    for pool in params["pools"]:
        with handle.open_ioctx(pool) as io:
            yield from pool_steps(rbd, io, pool, params["peer"])
            yield from schedule_steps(cluster, pool, params["minutes"])
            yield from volume_steps(rbd, io, pool)


def main():
    module = AnsibleModule(
        argument_spec={
            "site": {"type": "str", "required": True},
            "pools": {"type": "list", "elements": "str", "required": True},
            "minutes": {"type": "int", "required": True},
            "peer": {
                "type": "dict",
                "required": True,
                "options": {
                    "site": {"type": "str", "required": True},
                    "monitors": {"type": "str", "required": True},
                    "entity": {"type": "str", "required": True},
                    "key": {"type": "str", "required": True, "no_log": True},
                },
            },
            "entity": {"type": "str", "required": True},
            "monitor": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    if not has_monitor(module.params["monitor"]):
        module.exit_json(changed=True, done=["a new cluster's mirror"])
    hold_lock(module)
    cluster, done = Cluster(module, module.params["monitor"]), []
    if module.check_mode and cluster.ask("auth", "get", module.params["entity"]) is None:
        module.exit_json(changed=True, done=["a first mirror"])
    rbd, handle = connected(module, cluster)
    for line, act in steps(cluster, rbd, handle, module.params):
        done.append(line)
        if not module.check_mode:
            act()
    handle.shutdown()
    module.exit_json(changed=bool(done), done=done)


if __name__ == "__main__":
    main()
