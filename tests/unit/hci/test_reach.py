"""Provisioning where a host is silent or a disk is not in its place: what can be done is done, and the rest is named."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from cluster_of_memory import Cluster, quiet, standing
from fleets import hci

from retailops.errors import GateNotMet, PartialFailure, Unreachable
from retailops.hci.standing import Standing
from retailops.ports import OnLine, Play, PlayResult

HOSTS = hci({"r1": 3, "r2": 3, "r3": 2, "r4": 2}, disks=1, survives={"host": "serves", "rack": "serves"})


class Configurator:
    """Keeps the plays; in each, hosts `lost` stop answering."""

    def __init__(self, lost: Collection[str] = ()) -> None:
        self.plays: list[Play] = []
        self.lost = lost

    def play(self, play: Play, on_line: OnLine) -> PlayResult:
        del on_line
        self.plays.append(play)
        if self.lost:
            raise Unreachable(f"{', '.join(self.lost)} can't be reached over SSH")
        return PlayResult({}, {}, 1.0)


def stood(cluster: Cluster, configurator: Configurator) -> Standing:
    return standing(HOSTS, cluster, configurator=configurator)


def groups(play: Play) -> dict[str, list[str]]:
    return {name: [host.name for host in hosts] for name, hosts in play.groups.items()}


def test_one_host_of_ten_is_silent_and_the_nine_are_done() -> None:
    configurator = Configurator()
    with pytest.raises(PartialFailure) as error:
        stood(Cluster(HOSTS, silent=["h09"]), configurator).provision(quiet)
    assert error.value.message == "h09 can't be reached over SSH; the other hosts are as fleet.yaml says"
    assert error.value.exit_code == 5
    (play,) = configurator.plays
    assert groups(play)["hci"] == [f"h{n:02}" for n in range(1, 11) if n != 9]


def test_a_silent_monitor_is_passed_over_while_another_answers() -> None:
    configurator = Configurator()
    with pytest.raises(PartialFailure, match="h01 can't be reached"):
        stood(Cluster(HOSTS, silent=["h01"]), configurator).provision(quiet)
    assert "h01" not in groups(configurator.plays[0])["monitors"]


@pytest.mark.parametrize("quorum", [True, False])
def test_no_second_cluster_is_begun_while_a_monitor_is_silent(quorum: bool) -> None:
    monitors = [host.id for host in HOSTS.with_role("monitor")]
    configurator = Configurator()
    cluster = Cluster(HOSTS, silent=monitors if quorum else monitors[:1], quorum=quorum)
    with pytest.raises(Unreachable, match="and no monitor of the storage cluster answers"):
        stood(cluster, configurator).provision(quiet)
    assert configurator.plays == []


def test_a_host_that_falls_silent_in_the_middle_is_named_too() -> None:
    with pytest.raises(PartialFailure, match="h10 can't be reached over SSH; the other hosts are as fleet"):
        stood(Cluster(HOSTS), Configurator(lost=["h10"])).provision(quiet)


def test_nothing_is_touched_where_a_disk_is_gone() -> None:
    configurator, cluster = Configurator(), Cluster(HOSTS)
    cluster.gone = {"h04"}
    with pytest.raises(GateNotMet) as error:
        stood(cluster, configurator).provision(quiet)
    assert error.value.message == "disk S0041 is gone from h04 (slot bay1, rack r2); nothing was touched"
    assert configurator.plays == []
