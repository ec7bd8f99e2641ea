"""Disks that come and go, a little at a time, in a cluster of memory."""

from __future__ import annotations

import pytest
from cluster_of_memory import Cluster, quiet, standing
from fleets import hci

from retailops.errors import GateNotMet, ToolError
from retailops.hci.changes import leaving
from retailops.hci.changes.moving import command, settle
from retailops.hci.status.health import faults, spared
from retailops.ports import Reading

HOSTS = hci({"r1": 2, "r2": 2, "r3": 2, "r4": 2}, disks=1, survives={"host": "serves", "rack": "serves"})
MONITORS = [host.id for host in HOSTS.with_role("monitor")]


def test_a_command_is_given_once_on_the_first_monitors_host() -> None:
    cluster = Cluster(HOSTS)
    command(standing(HOSTS, cluster), "osd", "out", "0")
    assert cluster.asked == [("h01", "osd out 0")]


def test_a_monitors_host_that_is_silent_is_passed_over() -> None:
    cluster = Cluster(HOSTS, silent=MONITORS[:2])
    command(standing(HOSTS, cluster), "osd", "out", "0")
    assert cluster.asked == [(MONITORS[2], "osd out 0")]


@pytest.mark.parametrize("cluster", [Cluster(HOSTS, silent=MONITORS), Cluster(HOSTS, quorum=False)])
def test_nobody_answers_is_said_and_nothing_is_done(cluster: Cluster) -> None:
    here = standing(HOSTS, cluster)
    for act in (
        lambda: settle(here, quiet),
        lambda: leaving.drain(here, "h08", quiet),
        lambda: leaving.strangers(here),
        lambda: leaving.disks_of(here, "h08"),
    ):
        with pytest.raises(ToolError, match="no monitor of the storage cluster answers"):
            act()
    assert cluster.asked == []


def test_a_new_disk_gets_its_weight_in_steps() -> None:
    cluster = Cluster(HOSTS)
    cluster.osds[7]["weight"] = 0.0
    assert settle(standing(HOSTS, cluster), quiet) == 2
    assert cluster.commands == ["osd crush reweight osd.7 0.7812", "osd crush reweight osd.7 0.9766"]


def test_a_dead_hosts_disks_are_taken_out_though_they_stay_down() -> None:
    cluster = Cluster(HOSTS)
    cluster.osds[7]["up"] = False
    here = standing(HOSTS, cluster)
    assert leaving.drain(here, "h08", quiet) == 2
    leaving.remove(here, leaving.disks_of(here, "h08"), quiet)
    assert [osd["host"] for osd in cluster.osds if osd["host"] == "h08"] == []
    assert faults(cluster.read(here.hosts["h01"], Reading("ceph_state"))) == []


def test_what_is_removed_is_out_first_then_elsewhere_then_stopped() -> None:
    cluster = Cluster(HOSTS)
    leaving.remove(standing(HOSTS, cluster), (7,), quiet)
    assert cluster.asked == [
        ("h01", "osd out 7"),
        ("h01", "osd safe-to-destroy 7 -f json"),
        ("h01", "osd safe-to-destroy 7 -f json"),
        ("h08", "systemctl disable --now ceph-osd@7.service"),
        ("h01", "osd purge 7 --yes-i-really-mean-it"),
    ]


def test_a_disk_that_could_not_be_stopped_is_not_purged() -> None:
    cluster = Cluster(HOSTS)
    cluster.refused.add("systemctl")
    with pytest.raises(ToolError, match=r"osd\.7 could not be stopped on h08") as error:
        leaving.remove(standing(HOSTS, cluster), (7,), quiet)
    assert error.value.details == "systemctl: Access denied"
    assert not any("purge" in words for words in cluster.commands)


def test_more_than_was_agreed_to_does_not_leave() -> None:
    here = standing(HOSTS, Cluster(HOSTS))
    leaving.refuse_others(here, {3: "h04"})
    fewer = HOSTS.model_copy(update={"hosts": HOSTS.hosts[:-1]})
    now = standing(fewer, Cluster(HOSTS))
    assert leaving.strangers(now) == {7: "h08"}
    leaving.refuse_others(now, {7: "h08"})
    with pytest.raises(GateNotMet, match=r"osd\.7 would leave too, and nobody agreed"):
        leaving.refuse_others(now, {})


def test_another_hosts_disk_that_is_down_keeps_a_drain_waiting() -> None:
    state = {"checks": {"OSD_DOWN": "2 osds down"}, "groups": {"total": 8, "clean": 8}}
    osds = [{"id": n, "host": f"h{n}", "up": False, "in": True} for n in (1, 2)]
    assert faults(spared({**state, "osds": osds}, {"h1"})) == ["2 osds down", "down or out: osd.2 on h2"]
    assert faults(spared({**state, "osds": osds}, {"h1", "h2"})) == []
    assert faults(spared({}, {"h1"})) == ["no monitor answers"]
