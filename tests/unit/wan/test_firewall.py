"""What may never be in a firewall, for every store of the sample chain that has one gateway."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from retailops.addressing import ZONES, zone_match
from retailops.model import load_fleet
from retailops.render.wan_firewall import hub_firewall, store_firewall
from retailops.render.wan_store import gateway_of
from retailops.render.zones import allowed
from retailops.twin.sites import Sites

RANGES = r"\{ 10\.64\.0\.0/10, 10\.128\.0\.0/9 \}"


@pytest.fixture(scope="module")
def firewalls(chain: Path) -> dict[str, str]:
    """Every different one, by host."""
    fleet, found = load_fleet(chain), {}
    for store in fleet.stores:
        design, site = fleet.design(store), Sites(chain).site(store)
        found[f"{design.region.id}-hub1"] = hub_firewall(design, site, "hub1").content.decode()
        if len(design.gateways) == 1:
            found[store] = store_firewall(design, site, gateway_of(design).host).content.decode()
    return found


def bare_masks(text: str) -> list[str]:
    """Rules that match by mask without naming the store ranges before it: such a rule also matches 8.8.8.8."""
    masks = re.compile(r"ip ([sd])addr & [0-9.]+ == ")
    return [
        line.strip()
        for line in text.splitlines()
        for found in masks.finditer(line)
        if not re.search(rf"ip {found[1]}addr {RANGES} $", line[: found.start()])
    ]


def test_no_rule_has_a_bare_mask(firewalls: dict[str, str]) -> None:
    assert [rule for text in firewalls.values() for rule in bare_masks(text)] == []
    assert any("& 0.0.3.128 == 0.0.0.0" in text for text in firewalls.values())


@pytest.mark.parametrize("zone", ZONES)
def test_a_bare_mask_is_seen(zone: str) -> None:
    match = zone_match(zone)
    assert bare_masks(match) == []
    assert bare_masks(match[match.index("ip saddr &") :]) != []
    assert bare_masks(match.replace("10.128.0.0/9", "0.0.0.0/0")) != []
    assert bare_masks(zone_match(zone, "daddr").replace("ip daddr {", "ip saddr {")) != []


def test_firewalls_drop_and_own_one_table(firewalls: dict[str, str]) -> None:
    for text in firewalls.values():
        assert "reject" not in text.split("\n", 3)[3]
        assert "flush" not in text
        assert re.findall(r"^(?:table|delete table) .*", text, re.MULTILINE) == [
            "table inet retailops {}",
            "delete table inet retailops",
            "table inet retailops {",
        ]
        assert text.count("policy drop;") == 2


def test_guests_reach_neither_a_zone_nor_the_centre(firewalls: dict[str, str], chain: Path) -> None:
    fleet = load_fleet(chain)
    for name, text in firewalls.items():
        for line in text.splitlines():
            if 'iifname { "lan-guest" } oifname' in line:
                assert 'oifname { "wan-' in line, (name, line)
        assert "== 0.0.3.0" not in text
    for store in fleet.stores:
        targets = {"pos", "office", "edge", "iot", "centre"}
        assert not any(allowed(fleet.design(store), "guest", target, "tcp") for target in targets)


def test_nothing_private_leaves_by_an_uplink(firewalls: dict[str, str]) -> None:
    for name, text in firewalls.items():
        if name.endswith("hub1"):
            continue
        forward = text[text.index("chain forward") :]
        assert forward.index("ip daddr @private counter drop") < forward.index("ct state established")


def test_a_hub_passes_nothing_from_store_to_store(firewalls: dict[str, str]) -> None:
    forward = firewalls["east-hub1"].partition("chain forward")[2]
    rules = [line for line in forward.splitlines() if line.endswith("accept") and "iifname" in line]
    assert rules
    assert all(('iifname "centre0"' in rule) != ('oifname "centre0"' in rule) for rule in rules)


@pytest.mark.skipif(not shutil.which("nft") or not shutil.which("unshare"), reason="needs nft and unshare")
def test_nft_takes_every_firewall(firewalls: dict[str, str], tmp_path: Path) -> None:
    if subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this computer lets nobody make a network namespace")
    for name, text in firewalls.items():
        file = tmp_path / "firewall.nft"
        file.write_text(text)
        done = subprocess.run(["unshare", "-rn", "nft", "-c", "-f", file], capture_output=True, text=True, check=False)
        assert done.returncode == 0, (name, done.stderr)
