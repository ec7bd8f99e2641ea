"""What rolling asks is asked of hosts in the right words and order."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from fleets import hci

from retailops.errors import GateNotMet, ToolError
from retailops.hci.changes.serving import Serving
from retailops.hci.changes.turns import Daemon
from retailops.hci.standing import Standing
from retailops.ports import Host, Reading

HOSTS = hci({"r1": 2, "r2": 2, "r3": 2}, disks=1)
OSD = Daemon("osd", "1", "h02", "r1", "ceph-osd@1.service", "16.2.15", True)


class Prober:
    """Keeps what was asked of which host; `code` and `stderr` answer every command."""

    def __init__(self, code: int = 0, stderr: str = "", stdout: str = "") -> None:
        self.answer = {"code": code, "stdout": stdout, "stderr": stderr}
        self.asked: list[str] = []

    def read(self, host: Host, reading: Reading) -> dict[str, Any]:
        if reading.name == "ceph_daemons":
            said = {"kind": "osd", "id": "1", "unit": OSD.unit, "version": "16.2.15", "ready": True, "failed": ""}
            return {"daemons": [{**said, "behind": ["configuration"]}] if host.name == "h02" else []}
        words = reading.args["argv"]
        ours = words[words.index("--connect-timeout") + 2 :] if words[0] == "ceph" else [host.name, *words]
        self.asked.append(" ".join(ours))
        return self.answer


def serving(prober: Prober) -> Serving:
    hosts = {host.id: Host(host.id, "hci", f"198.18.0.{n}") for n, host in enumerate(HOSTS.hosts)}
    ports = SimpleNamespace(world="lab", prober=prober, ground=SimpleNamespace(hosts=lambda: hosts))
    return Serving(Standing(HOSTS, "lanxing", cast(Any, ports)))


def test_the_cluster_remembers_a_rack_before_it_is_kept_and_forgets_it_after_it_is_released() -> None:
    prober = Prober()
    serving(prober).keep("r1")
    serving(prober).release("r1")
    assert prober.asked == [
        "config-key set retailops/noout r1",
        "osd set-group noout r1",
        "osd unset-group noout r1",
        "config-key rm retailops/noout",
    ]


def test_a_rack_that_is_gone_keeps_nobody_from_going_on() -> None:
    with pytest.raises(ToolError, match="unset-group noout r1 failed"):
        serving(Prober(22, "no such rack")).release("r1")
    with pytest.raises(ToolError, match="config-key rm"):
        serving(Prober(22, "no such rack")).release("r9")


def test_a_restart_waits_for_the_hosts_lock_and_counts_from_none() -> None:
    prober = Prober()
    serving(prober).restart(OSD)
    assert prober.asked == [
        "h02 systemctl reset-failed ceph-osd@1.service",
        "h02 flock -w 60 /run/retailops.lock systemctl restart ceph-osd@1.service",
    ]


def test_a_restart_that_fails_says_where_and_what() -> None:
    with pytest.raises(ToolError, match=r"h02: systemctl reset-failed ceph-osd@1\.service failed") as error:
        serving(Prober(1, "Unit not loaded")).restart(OSD)
    assert error.value.details == "Unit not loaded"


def test_disks_that_may_not_stop_are_a_gate_with_cephs_own_words() -> None:
    prober = Prober(16, "Error EBUSY: unsafe to stop osd(s) at this time")
    with pytest.raises(GateNotMet, match=r"osd\.1, osd\.2 may not stop now") as error:
        serving(prober).refuse_stop(("1", "2"))
    assert "unsafe to stop" in str(error.value.details)
    assert prober.asked == ["osd ok-to-stop 1 2"]


def test_daemons_come_with_the_place_that_fleet_yaml_gives_their_host() -> None:
    (found,) = serving(Prober()).daemons()
    assert (found.name, found.host, found.rack, found.behind, found.ready) == (
        *("osd.1", "h02", "r1"),
        ("configuration",),
        True,
    )


def test_the_manager_that_leads() -> None:
    assert serving(Prober(stdout='{"active_name": "h03"}')).active_manager() == "h03"
