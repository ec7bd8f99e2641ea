"""What the roles promise, asked of the hosts by other means than the roles use."""

import pytest

gateway = pytest.mark.roles("gateway")
boxes = pytest.mark.roles("gateway", "server", "agent")
overlay = pytest.mark.roles("gateway", "hub")
server = pytest.mark.roles("server")


def running(host, *units):
    """Units that are not both active and enabled for the next boot."""
    active = host.run(f"systemctl is-active {' '.join(units)}").stdout.split()
    enabled = host.run(f"systemctl is-enabled {' '.join(units)}").stdout.split()
    return [
        unit for unit, now, later in zip(units, active, enabled, strict=True) if (now, later) != ("active", "enabled")
    ]


@gateway
def test_a_gateway_runs_what_it_needs_now_and_after_a_boot(host):
    assert running(host, "retailops-firewall", "frr", "dnsmasq", "chrony") == []


@overlay
def test_debians_own_firewall_unit_can_not_flush_ours(host):
    assert host.run("systemctl is-enabled nftables.service").stdout.strip() == "masked"


@overlay
def test_the_firewall_is_loaded_and_drops_by_default(host):
    rules = host.run("nft list table inet retailops").stdout
    assert "policy drop" in rules
    assert "reject" not in rules


@overlay
def test_private_keys_are_readable_by_root_only(host):
    loose = host.run("find /etc/retailops /etc/wireguard -name '*key*' -type f -perm /077 2>/dev/null").stdout
    assert loose == ""


@gateway
def test_time_is_served(host):
    assert host.socket("udp://0.0.0.0:123").is_listening


@boxes
def test_ssh_takes_no_password(host):
    assert "\npasswordauthentication no" in host.run("sshd -T").stdout.lower()


@server
def test_the_cluster_runs_now_and_after_a_boot(host):
    assert running(host, "k3s") == []


@server
def test_the_clusters_admin_file_is_for_root_only(host):
    file = host.file("/etc/rancher/k3s/k3s.yaml")
    assert (file.user, oct(file.mode)) == ("root", "0o600")
