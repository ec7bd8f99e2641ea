"""Hyperconverged hosts in three racks: from bare to whole, a second run, a wrong disk, and the drills that take least time."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hci_bench import Ground, at, bare_hosts
from lab_bench import killed_when, until

from retailops.errors import RetailopsError
from retailops.hci.changes.pool_deletion import NAMESPACE

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, world: Path) -> Iterator[Ground]:
    """A lab with four bare hosts, of a fleet repository of its own."""
    del world
    with bare_hosts(tmp_path_factory.mktemp("hci") / "fleet", "hci.yaml") as made:
        yield made


def test_a_disk_that_holds_something_is_refused_before_any_is_touched(ground: Ground) -> None:
    ground.run("h4", "sh", "-c", "echo data | dd of=/srv/disks/LAB-H4-1 conv=notrunc status=none")
    said = ground.hci("up", code=1)
    assert "disk LAB-H4-1 is not empty, and nobody knows what it holds" in said
    assert ground.run("h4", "head", "-c", "4", "/srv/disks/LAB-H4-1") == "data"
    ground.run("h4", "sh", "-c", "dd if=/dev/zero of=/srv/disks/LAB-H4-1 bs=512 count=1 conv=notrunc status=none")


def test_the_same_command_goes_on_after_a_kill_and_the_cluster_is_whole(ground: Ground) -> None:
    killed_when(ground.argv("up"), at("Make each disk an OSD", changed=True))
    ground.hci("up")
    found = ground.answer("status")
    assert found["faults"] == []
    assert found["spread"]["racks"] == 3
    assert found["groups"]["total"] == found["groups"]["clean"] > 0
    assert sorted(osd["host"] for osd in found["osds"]) == ["h1", "h2", "h3", "h4"]


def test_a_second_run_changes_nothing(ground: Ground) -> None:
    assert ground.answer("up")["changed"] == {}
    assert {item["do"] for item in ground.answer("plan")["items"]} == {False}


def test_no_administrators_key_is_on_a_host(ground: Ground) -> None:
    """The monitors' own stores have every key of the cluster, and nothing else has."""
    search = "grep -rlE 'client[.](admin|bootstrap)' /etc /var/lib/ceph /run /root --exclude-dir=store.db || true"
    for host in ("h1", "h4"):
        assert ground.run(host, "sh", "-c", search) == "", host


def test_a_controller_cuts_the_power_and_says_what_is_so(ground: Ground) -> None:
    """The real fence agent, from another host."""
    asked = ("fence_redfish", "-a", "10.8.8.114", "-l", "fencer", "--ssl-insecure")
    secret = (ground.fleet / ".retailops" / "keys" / "h4").read_text()
    assert ground.run("h1", *asked, "-p", "guessed", "-o", "off", check=False) == ""
    assert ground.run("h1", *asked, "-p", secret, "-o", "status") == "Status: ON\n"
    assert ground.run("h1", *asked, "-p", secret, "-o", "off") == "Success: Powered OFF\n"
    with pytest.raises(RetailopsError, match="h4 is not running"):
        ground.run("h4", "true")
    assert ground.run("h1", *asked, "-p", secret, "-o", "on") == "Success: Powered ON\n"
    ground.faults.power_on("h4")
    ground.run("h4", "true")


SHORT, LONG = ("process", "rack", "bitrot"), ("host", "split", "nearly-full", "grow", "balance")


@pytest.mark.parametrize("name", [*SHORT, *(pytest.param(name, marks=pytest.mark.long) for name in LONG)])
def test_a_drill_loses_nothing(ground: Ground, name: str) -> None:
    """What it counts is held to its limits; times are not, since nobody knows how busy this computer is."""
    (ran,) = ground.answer("drill", name, "--yes")["runs"]
    flow = ran["flow"]
    assert (flow["failed"], flow["lost"], flow["wrong"]) == (0, 0, 0)
    assert flow["written"] > 100
    counted = [figure for figure in ran["figures"] if not figure["unit"]]
    assert [each for each in counted if each["most"] is not None and each["value"] > each["most"]] == []
    assert [each for each in counted if each["least"] is not None and each["value"] < each["least"]] == []


def test_a_roll_that_is_killed_leaves_noout_that_status_names_and_the_next_one_takes_back(ground: Ground) -> None:
    ground.run("h4", "touch", "/etc/ceph/ceph.conf")
    killed_when(ground.argv("roll"), lambda line: line.startswith("turn 1 of 1: 1 disk of rack r3"))
    left = "noout is set for rack r3 by a roll that goes on or was cut off; retailops hci roll takes it back"
    assert left in ground.answer("status")["faults"]
    assert "rack r3: noout, left by a roll that was cut off, is taken back\n" in ground.hci("roll")
    assert ground.answer("status")["faults"] == []
    assert ground.answer("roll")["restarted"] == []


def test_a_clock_that_is_off_is_named_before_ceph_complains(ground: Ground) -> None:
    """The server is wrong here, and not the host: all hosts of a lab have one clock. Nobody follows h4."""
    program = Path(__file__).with_name("skewed_time.py").read_text("utf-8")
    ground.run("h4", "systemd-run", "-q", "--unit=skewed", "python3", "-c", program, "1123", "0.35")
    ground.run("h4", "chronyc", "add", "server", "127.0.0.1", "port", "1123", "iburst", "minpoll", "0", "maxpoll", "0")
    for right in ("10.8.0.11", "10.8.0.12", "10.8.0.13"):
        ground.run("h4", "chronyc", "delete", right)
    line = "h4: its clock is 0.350 s off that of 127.0.0.1; Ceph's monitors bear 0.05 s"
    assert until(lambda: line in ground.answer("status")["clocks"], 60)
    ground.run("h4", "systemctl", "stop", "skewed")
    ground.run("h4", "systemctl", "restart", "chrony")


def test_a_pool_goes_when_two_people_signed_and_not_before(ground: Ground, tmp_path: Path) -> None:
    ground.ceph("h1", "osd", "pool", "create", "old", "8", "8", "replicated", "copies")
    ground.ceph("h1", "osd", "pool", "set", "old", "nodelete", "true")
    asked = tmp_path / "request.json"
    ground.hci("pool", "request", "old", "--reason", "moved", "--to", str(asked))
    li, wang = (_signed(ground, tmp_path, asked, name) for name in ("li", "wang"))
    said = ground.hci("pool", "delete", str(asked), "--signed", li, "--signed", li, "--yes", code=6)
    assert "it needs two people with a key each, and is signed by li" in said
    assert "old" in ground.ceph("h1", "osd", "pool", "ls")
    ground.hci("pool", "delete", str(asked), "--signed", li, "--signed", wang, "--yes")
    assert "old" not in ground.ceph("h1", "osd", "pool", "ls")
    assert ground.answer("status")["deleting"] == ""
    for host in ("h1", "h2", "h3"):
        allowed = ground.run(host, "ceph", "daemon", f"mon.{host}", "config", "get", "mon_allow_pool_delete")
        assert '"false"' in allowed, host


def _signed(ground: Ground, folder: Path, asked: Path, name: str) -> str:
    """The file of a signature by a new key that the fleet repository trusts."""
    key, signature = folder / name, folder / f"{name}.sig"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key], check=True)
    argv = ["ssh-keygen", "-Y", "sign", "-q", "-f", str(key), "-n", NAMESPACE]
    done = subprocess.run(argv, input=asked.read_bytes(), capture_output=True, check=True)
    signature.write_bytes(done.stdout)
    trust = ground.fleet / "trust" / "allowed_signers"
    trust.parent.mkdir(exist_ok=True)
    kind, public, *_ = key.with_suffix(".pub").read_text().split()
    with trust.open("a") as file:
        file.write(f'{name}@lanxing namespaces="{NAMESPACE}" {kind} {public}\n')
    return str(signature)
