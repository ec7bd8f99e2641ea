"""Providers and devices: leases, and cuts that the store can't see on its own interfaces."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from lab_bench import STORE, Bench, until

from retailops.errors import UsageError
from retailops.ports import Direction

pytestmark = pytest.mark.lab
GATEWAY = f"{STORE}-gw1"
_ROUTER = """
for uplink in a b; do
    printf '[Match]\\nName=wan-%s\\n[Network]\\nDHCP=ipv4\\n[DHCPv4]\\nUseRoutes=no\\n' $uplink >/run/systemd/network/10-wan-$uplink.network
done
printf '[Match]\\nName=lan-pos\\n[Network]\\nAddress=10.64.4.1/25\\n' >/run/systemd/network/10-lan-pos.network
systemctl restart systemd-networkd
for _ in $(seq 50); do ip -4 addr show wan-b | grep -q inet && ip -4 addr show wan-a | grep -q inet && break; sleep 0.1; done
ip route replace 198.51.100.0/30 via 100.65.1.1
ip route replace 198.51.100.4/30 via 100.66.1.1
systemd-run -q --unit lab-dhcp dnsmasq -k -C /dev/null -p 0 -i lan-pos --bind-dynamic -F 10.64.4.64,10.64.4.126 --leasefile-ro
"""


@pytest.fixture(scope="module")
def online(bench: Bench) -> Iterator[Bench]:
    """The gateway with addresses by hand, as roles will give it; its leases end with these tests, or they'd meet those of roles."""
    bench.run(GATEWAY, "sh", "-c", "mkdir -p /run/systemd/network;" + _ROUTER)
    yield bench
    bench.run(GATEWAY, "systemctl", "stop", "lab-dhcp")
    bench.run(GATEWAY, "sh", "-c", "rm /run/systemd/network/10-*.network; networkctl reload")


def test_providers_give_each_line_an_address_of_its_own_and_lead_to_the_hub(online: Bench) -> None:
    links = json.loads(online.run(GATEWAY, "ip", "-j", "-4", "addr"))
    given = {link["ifname"]: link["addr_info"][0]["local"] for link in links if link["addr_info"]}
    assert (given["wan-a"], given["wan-b"]) == ("100.65.1.10", "100.66.1.10")
    for hub in online.lab.sites.site(STORE).endpoints.values():
        assert _reaches(online, hub)


@pytest.mark.parametrize(
    ("direction", "arrives", "answered"), [("both", False, False), ("in", True, False), ("out", False, False)]
)
def test_a_cut_drops_beyond_the_store(online: Bench, direction: Direction, arrives: bool, answered: bool) -> None:
    hub, counted = online.lab.sites.site(STORE).endpoints["hub1/a"], _received(online)
    online.lab.lines.cut(STORE, "a", direction)
    try:
        assert online.lab.lines.state(STORE) == {"a": direction, "b": "up"}
        assert _reaches(online, hub) is answered
        assert (_received(online) > counted) is arrives
        assert "state UP" in online.run(GATEWAY, "ip", "link", "show", "wan-a")
        assert _reaches(online, "100.65.1.1"), "the provider's own router must still answer"
        assert _reaches(online, online.lab.sites.site(STORE).endpoints["hub1/b"]), "the other line must not be cut"
    finally:
        online.lab.lines.heal(STORE, "a")
    assert online.lab.lines.state(STORE) == {"a": "up", "b": "up"}
    assert _reaches(online, hub)


def test_a_later_cut_replaces_an_earlier_one_and_heal_runs_twice(online: Bench) -> None:
    online.lab.lines.cut(STORE, "b", "in")
    online.lab.lines.cut(STORE, "b", "out")
    assert online.lab.lines.state(STORE)["b"] == "out"
    for _ in range(2):
        online.lab.lines.heal(STORE, "b")
    assert online.lab.lines.state(STORE)["b"] == "up"


def test_a_line_that_is_not_there_is_named_with_those_that_are(online: Bench) -> None:
    with pytest.raises(UsageError, match="no line hz0001/zz") as failed:
        online.lab.lines.cut(STORE, "zz")
    assert "hz0001/a, hz0001/b" in str(failed.value.resolution)


def test_a_till_gets_its_lease_from_the_gateway(online: Bench) -> None:
    till = f"{STORE}-pos1"
    assert until(lambda: "10.64.4." in online.run(till, "ip", "-4", "addr", "show", "eth0"))
    assert "default via 10.64.4.1" in online.run(till, "ip", "route")
    assert "none" not in online.cli("lab", "status", "--id", online.lab.id).stdout.split("cam1")[0]


def _reaches(bench: Bench, address: str) -> bool:
    return " 0% packet loss" in bench.run(GATEWAY, "ping", "-c2", "-i0.2", "-W1", address, check=False)


def _received(bench: Bench) -> int:
    """Echo requests that the hub has seen on provider a."""
    return int(bench.run("hub1", "sh", "-c", "grep '^Icmp: [0-9]' /proc/net/snmp").split()[9])
