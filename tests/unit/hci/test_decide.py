"""From facts to actions."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from fleets import hci

from retailops.hci.decide import decide
from retailops.hci.facts import GroundFacts, HostFacts
from retailops.hci.wanted import HostWanted, hosts_wanted, placement_groups
from retailops.plan import Action
from retailops.render.hci_crush import rule_steps

HOSTS = hci({"r1": 2, "r2": 2, "r3": 2}, disks=1)
WANTED = hosts_wanted(HOSTS, "lanxing")


def right(box: HostWanted) -> HostFacts:
    return HostFacts({path: hashlib.sha256(file.content).hexdigest() for path, file in box.files.items()})


def whole() -> GroundFacts:
    pools = {
        pool.id: {"size": 3, "least": 2, "rule": "copies", "groups": placement_groups(HOSTS, pool), "stored": 7}
        for pool in HOSTS.pools
    }
    rules = {"copies": [dict(step) for step in rule_steps(HOSTS)], "theirs": []}
    cluster = {
        "osds": [{"host": box.name, "room": "a", "rack": box.place[1], "up": True} for box in WANTED],
        "pools": pools,
        "rules": rules,
    }
    return GroundFacts({box.name: right(box) for box in WANTED}, cluster)


def changed(facts: GroundFacts) -> dict[str, str]:
    return {item.target: item.reason for item in decide(WANTED, facts) if isinstance(item, Action)}


def test_what_is_right_is_left_alone() -> None:
    items = list(decide(WANTED, whole()))
    assert len(items) == 7
    assert changed(whole()) == {}


def test_bare_hosts_need_everything() -> None:
    bare = GroundFacts({box.name: HostFacts(dict.fromkeys(box.files), box.units) for box in WANTED}, {})
    reasons = changed(bare)
    assert set(reasons) == {box.name for box in WANTED} | {"cluster"}
    assert reasons["h02"] == (
        "6 files missing or different; not running: retailops-firewall.service, chrony.service; its disks are not in the cluster"
    )
    assert reasons["cluster"] == "missing or different: machines"


def test_each_thing_that_is_wrong_is_named_with_its_host() -> None:
    facts = whole()
    path = "/etc/retailops/firewall.nft"
    hosts = {
        **facts.hosts,
        "h01": replace(facts.hosts["h01"], files={**facts.hosts["h01"].files, path: "other"}),
        "h02": replace(facts.hosts["h02"], inactive=("retailops-firewall.service",)),
        "h03": HostFacts(silent="h03 does not answer"),
        "h04": replace(facts.hosts["h04"], unsettled=(path, "/elsewhere")),
    }
    assert changed(GroundFacts(hosts, facts.cluster)) == {
        "h01": "1 files missing or different",
        "h02": "not running: retailops-firewall.service",
        "h03": "could not be asked: h03 does not answer",
        "h04": "an earlier play was cut off after writing 1 files",
    }


def test_another_configuration_is_said_to_restart_what_serves() -> None:
    facts = whole()
    h01 = facts.hosts["h01"]
    old = replace(h01, files={**h01.files, "/etc/ceph/ceph.conf": "other"})
    assert changed(GroundFacts({**facts.hosts, "h01": old}, facts.cluster)) == {
        "h01": "1 files missing or different; its daemons are restarted in their turn"
    }


def test_a_disk_that_is_down_is_a_reason() -> None:
    facts = whole()
    osds = [{**osd, "up": osd["host"] != "h05"} for osd in facts.cluster["osds"]]
    assert changed(GroundFacts(facts.hosts, {**facts.cluster, "osds": osds})) == {
        "h05": "its disks are not in the cluster"
    }


def test_monitors_that_come_and_go_are_reasons() -> None:
    facts = whole()
    there = [box.name for box in WANTED if "monitors" in box.groups]
    assert changed(GroundFacts(facts.hosts, {**facts.cluster, "monitors": there})) == {}
    assert changed(GroundFacts(facts.hosts, {**facts.cluster, "monitors": ["h06", *there[1:]]})) == {
        there[0]: "its monitor is not in the cluster",
        "h06": "its monitor leaves",
    }


@pytest.mark.parametrize("wrong", [{"size": 2}, {"least": 1}, {"rule": "theirs"}, {"groups": 8}])
def test_a_pool_that_is_otherwise_is_a_reason(wrong: dict[str, object]) -> None:
    facts = whole()
    pools = {"machines": {**facts.cluster["pools"]["machines"], **wrong}}
    assert changed(GroundFacts(facts.hosts, {**facts.cluster, "pools": pools})) == {
        "cluster": "missing or different: machines"
    }


def test_a_rule_with_other_steps_is_a_reason() -> None:
    facts = whole()
    steps = [*facts.cluster["rules"]["copies"][:1], {"op": "chooseleaf_firstn", "num": 0, "type": "host"}]
    assert changed(GroundFacts(facts.hosts, {**facts.cluster, "rules": {"copies": steps}})) == {
        "cluster": "missing or different: the rule copies, by which every copy may move"
    }


def test_a_host_that_moved_to_another_rack_is_a_reason() -> None:
    facts = whole()
    osds = [{**osd, "rack": "r3" if osd["host"] == "h01" else osd["rack"]} for osd in facts.cluster["osds"]]
    assert changed(GroundFacts(facts.hosts, {**facts.cluster, "osds": osds})) == {
        "h01": "stands in room a, rack r3 in the cluster, from where its copies move"
    }
