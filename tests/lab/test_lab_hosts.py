"""Hosts with a real init: they boot, keep to themselves, and come back after a reboot."""

from __future__ import annotations

import json

import pytest
from lab_bench import STORE, Bench, until

from retailops.lab import cgroups, machines

pytestmark = pytest.mark.lab
GATEWAY, SERVER = f"{STORE}-gw1", f"{STORE}-edge1"


def test_every_host_runs_with_a_name_and_an_identity_of_its_own(bench: Bench) -> None:
    assert {host.system for host in machines.states(bench.topology)} == {"running"}
    names = [host.name for host in bench.topology.hosts]
    assert names == ["hub1", "hq", GATEWAY, SERVER]
    assert [bench.run(name, "hostname").strip() for name in names] == names
    assert len({bench.run(name, "cat", "/etc/machine-id") for name in names}) == len(names)


def test_a_second_up_changes_nothing(bench: Bench) -> None:
    before = [host.leader for host in machines.states(bench.topology)]
    done = bench.cli("lab", "up", STORE, "--id", bench.lab.id, "--output", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["namespace"] == bench.lab.namespace
    assert [host.leader for host in machines.states(bench.topology)] == before


def test_ssh_from_the_controller_knows_every_host(bench: Bench) -> None:
    for host in bench.lab.sites.site(STORE).hosts:
        if host.transport != "ssh":
            continue
        strict = [
            "-o",
            "StrictHostKeyChecking=yes",
            "-o",
            f"UserKnownHostsFile={host.known_hosts}",
            "-o",
            "BatchMode=yes",
        ]
        said = bench.run("controller", "ssh", "-i", str(host.identity), *strict, f"root@{host.address}", "hostname")
        assert said.strip() == host.name


def test_ssh_takes_no_password(bench: Bench) -> None:
    settings = bench.run(GATEWAY, "sshd", "-T")
    assert "passwordauthentication no" in settings
    assert "permitrootlogin without-password" in settings


def test_a_host_can_write_its_network_settings_and_groups_but_not_the_computers(bench: Bench) -> None:
    bench.run(GATEWAY, "sysctl", "-qw", "net.ipv4.ip_forward=1")
    assert "permission denied" in _stderr(bench, SERVER, "sysctl", "-w", "vm.swappiness=60")
    for _, top in cgroups.hierarchies(bench.run(SERVER, "cat", "/proc/mounts")):
        bench.run(SERVER, "sh", "-c", f"mkdir {top}/probe && rmdir {top}/probe")


def test_no_process_of_a_host_may_set_the_computers_clock_or_load_modules(bench: Bench) -> None:
    withheld = 1 << 25 | 1 << 16
    for process in ("1", "self"):
        status = dict(line.split(":", 1) for line in bench.run(SERVER, "cat", f"/proc/{process}/status").splitlines())
        assert not int(status["CapBnd"], 16) & withheld
        assert not int(status["CapEff"], 16) & withheld
        assert int(status["CapEff"], 16) & 1 << 21, "CAP_SYS_ADMIN, without which containers can't run"


def test_no_interface_of_a_gateway_has_an_address_before_a_role_gave_it_one(bench: Bench) -> None:
    links = json.loads(bench.run("hq", "ip", "-j", "-4", "addr"))
    assert {link["ifname"]: link["addr_info"][0]["local"] for link in links}["centre0"] == "10.0.16.10"
    interfaces = bench.lab.sites.site(STORE).interfaces[GATEWAY]
    assert [each.network for each in interfaces] == [
        *("management", "uplink:a", "uplink:b"),
        *("zone:pos", "zone:office", "zone:edge", "zone:iot", "zone:guest"),
    ]
    names = {link["ifname"] for link in json.loads(bench.run(GATEWAY, "ip", "-j", "link"))}
    assert {each.device for each in interfaces} <= names


def test_a_reboot_is_a_real_one_and_files_stay(bench: Bench) -> None:
    boot = "/proc/sys/kernel/random/boot_id"
    before = bench.run(SERVER, "cat", boot)
    bench.run(SERVER, "sh", "-c", "echo stays >/root/kept; echo goes >/run/lost; ip link add dummy7 type veth")
    bench.run(SERVER, "systemctl", "reboot", check=False)
    assert until(lambda: _running(bench, SERVER) and bench.run(SERVER, "cat", boot, check=False) not in ("", before))
    assert bench.run(SERVER, "cat", "/root/kept") == "stays\n"
    assert "lost" not in bench.run(SERVER, "ls", "/run")
    assert "dummy7" not in bench.run(SERVER, "ip", "link")


def test_a_host_that_powered_off_stays_off_until_up(bench: Bench) -> None:
    bench.run("hq", "systemctl", "poweroff", check=False)
    assert until(lambda: _system(bench, "hq") == "off")
    assert bench.cli("lab", "up", STORE, "--id", bench.lab.id).returncode == 0
    assert _running(bench, "hq")


def _system(bench: Bench, name: str) -> str:
    return next(host.system for host in machines.states(bench.topology) if host.name == name)


def _running(bench: Bench, name: str) -> bool:
    return _system(bench, name) == "running"


def _stderr(bench: Bench, machine: str, *argv: str) -> str:
    return bench.run(machine, "sh", "-c", f"{' '.join(argv)} 2>&1; true")
