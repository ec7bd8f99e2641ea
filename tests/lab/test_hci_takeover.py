"""A host is lost: what it carried starts elsewhere after two proofs, waits where one is missing, and is never there twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hci_bench import Ground, bare_hosts
from lab_bench import until

pytestmark = [pytest.mark.lab, pytest.mark.long]

DUMMY = """<primitive id="dummy" class="ocf" provider="heartbeat" type="Dummy"><operations>
<op id="dummy-monitor" name="monitor" interval="10s" timeout="20s"/></operations></primitive>"""
BEGINS = '<rsc_location id="dummy-begins" rsc="dummy" node="{host}" score="1000"/>'


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, world: Path) -> Iterator[Ground]:
    """Three hosts with controllers, and a cluster of them that carries a dummy."""
    del world
    with bare_hosts(tmp_path_factory.mktemp("takeover") / "fleet", "hci_takeover.yaml") as made:
        made.hci("up")
        yield made


def where(ground: Ground, asked: str, name: str = "dummy") -> str:
    """The line of `crm_mon` that says where it runs."""
    lines = ground.run(asked, "crm_mon", "-1", "-r", check=False).splitlines()
    return next((line for line in lines if f"* {name}\t" in line), "")


def carry(ground: Ground, host: str, through: str) -> None:
    """The dummy runs on that host."""
    for kind, name in (("rsc_location", "dummy-begins"), ("primitive", "dummy")):
        ground.run(through, "cibadmin", "--delete", "--xml-text", f'<{kind} id="{name}"/>', check=False)
    assert until(lambda: not where(ground, through), 60)
    ground.run(through, "cibadmin", "--create", "--scope", "resources", "--xml-text", DUMMY)
    ground.run(through, "cibadmin", "--create", "--scope", "constraints", "--xml-text", BEGINS.format(host=host))
    assert until(lambda: where(ground, through).endswith(f"Started {host}"), 90)
    ground.run(through, "cibadmin", "--delete", "--xml-text", '<rsc_location id="dummy-begins"/>')


def back(ground: Ground, host: str, through: str) -> None:
    """The host has its power again and belongs to the others, whole."""
    ground.faults.controller(host, "honest")
    ground.faults.power_on(host)
    assert until(lambda: "Online: [ h1 h2 h3 ]" in ground.run(through, "crm_mon", "-1"), 180)


def lost_line(ground: Ground, host: str) -> str:
    return next((line for line in ground.answer("status")["faults"] if line.startswith(f"{host} is lost")), "")


def test_a_second_run_changes_nothing_and_secrets_are_in_no_description(ground: Ground) -> None:
    assert ground.answer("up")["changed"] == {}
    assert [line for line in ground.answer("status")["faults"] if "lost" in line or "controller" in line] == []
    secret = (ground.fleet / ".retailops" / "keys" / "h2").read_text()
    assert secret not in ground.run("h1", "cibadmin", "--query")
    assert ground.run("h1", "stat", "-c", "%a", "/etc/retailops/controllers/h2").strip() == "400"


def test_fence_redfish_is_told_what_is_so(ground: Ground) -> None:
    asked = ("fence_redfish", "-a", "10.8.8.112", "-l", "fencer", "--ssl-insecure", "-o", "status")
    secret = ground.run("h1", "cat", "/etc/retailops/controllers/h2")
    assert ground.run("h1", *asked, "-p", secret) == "Status: ON\n"
    assert ground.run("h1", *asked, "-p", "wrong", check=False) == ""


@pytest.mark.parametrize("name", ["takeover", "lie"])
def test_the_volume_was_never_written_by_two(ground: Ground, name: str) -> None:
    (ran,) = ground.answer("drill", name, "--yes")["runs"]
    figures = {figure["name"]: figure["value"] for figure in ran["figures"]}
    assert figures["lives of the machine"] == 2
    assert figures["records among another life's"] == 0
    assert (ran["flow"]["failed"], ran["flow"]["lost"], ran["flow"]["wrong"]) == (0, 0, 0)
    assert name != "lie" or figures["storage refused the host"] == 1


def test_without_the_first_proof_nothing_starts_until_a_person_gives_a_word(ground: Ground) -> None:
    carry(ground, "h3", through="h1")
    ground.faults.controller("h3", "silent")
    ground.faults.power_off("h3")
    assert until(lambda: "UNCLEAN" in where(ground, "h1"), 60)
    assert not until(lambda: "UNCLEAN" not in where(ground, "h1"), 90)
    assert "dummy can't be started elsewhere: nobody can say that its power is off" in lost_line(ground, "h3")
    assert "h1 is online" in ground.hci("confirm-off", "h1", "--seen-by", "Li Wei", code=6)
    assert "Nobody is here to answer" in ground.hci("confirm-off", "h3", code=2)
    ground.hci("confirm-off", "h3", "--seen-by", "Li Wei")
    assert until(lambda: where(ground, "h1").endswith(("Started h1", "Started h2")), 120)
    assert "10.8.0.13:0/0" in ground.run("h1", "sh", "-c", BLOCKLIST)
    back(ground, "h3", through="h1")
    assert "Started h3" not in where(ground, "h3")
    assert "10.8.0.13:0/0" not in ground.run("h1", "sh", "-c", BLOCKLIST), "others may be Ceph's own, of a manager"


BLOCKLIST = "ceph -n client.fencing --keyring /etc/retailops/fencing.keyring osd blocklist ls 2>/dev/null"


def test_an_agent_that_is_killed_is_asked_again(ground: Ground) -> None:
    carry(ground, "h3", through="h1")
    ground.faults.controller("h3", "silent")
    ground.faults.power_off("h3")
    kill = "for p in $(pgrep -x fence_redfish); do kill -9 $p && echo $p; done"
    assert until(lambda: any(ground.run(host, "sh", "-c", kill, check=False) for host in ("h1", "h2")), 90)
    ground.faults.controller("h3", "honest")
    assert until(lambda: where(ground, "h1").endswith(("Started h1", "Started h2")), 240)
    back(ground, "h3", through="h1")


def test_a_part_without_a_majority_starts_nothing(ground: Ground) -> None:
    """Every rack for itself: nobody has a majority, so nobody is fenced, and what runs goes on where it is."""
    carry(ground, "h2", through="h1")
    for host in ("h1", "h2", "h3"):
        ground.faults.unplug(f"r{host[1]}")
    try:
        assert not until(lambda: "Started h1" in where(ground, "h1") or "Started h3" in where(ground, "h3"), 45)
        assert where(ground, "h2").endswith("Started h2")
    finally:
        for host in ("h1", "h2", "h3"):
            ground.faults.replug(f"r{host[1]}")
    assert until(lambda: together(ground), 180)
    assert where(ground, "h1").endswith("Started h2")


def together(ground: Ground) -> bool:
    """All are online; who came last may have been fenced by the first two."""
    ground.faults.power_on("h3")
    return "Online: [ h1 h2 h3 ]" in ground.run("h1", "crm_mon", "-1")
