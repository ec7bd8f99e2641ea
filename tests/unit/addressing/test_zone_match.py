"""The nftables expression of a zone against ipaddress: every store's zone, and nothing outside the stores."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retailops.addressing import MAX_INDEX, STORE_RANGES, ZONES, StoreNumbers, zone_match

addresses = st.integers(0, 2**32 - 1).map(IPv4Address)
zones = st.sampled_from(ZONES)
_RULE = re.compile(r"ip (\w+) \{ ([\d./, ]+) \} ip \1 & ([\d.]+) == ([\d.]+)")


def matches(expression: str, address: IPv4Address) -> bool:
    """What nftables makes of the expression: the set, then the mask; a form without the set is no match at all."""
    found = _RULE.fullmatch(expression)
    assert found, expression
    inside = any(address in IPv4Network(network) for network in found[2].split(", "))
    return inside and int(address) & int(IPv4Address(found[3])) == int(IPv4Address(found[4]))


@given(st.integers(0, MAX_INDEX), zones, zones, st.integers(0, 127))
def test_a_zone_matches_its_own_addresses_only(index: int, zone: str, of: str, host: int) -> None:
    assert matches(zone_match(of), StoreNumbers(index).zone(zone)[host]) == (zone == of)


@given(addresses, zones)
@example(IPv4Address("8.8.8.8"), "pos")
@example(IPv4Address("10.0.0.0"), "pos")
@example(IPv4Address("10.63.255.255"), "guest")
@example(IPv4Address("192.168.1.1"), "edge")
def test_what_is_no_stores_never_matches(address: IPv4Address, zone: str) -> None:
    if not any(address in network for network in STORE_RANGES):
        assert not matches(zone_match(zone), address)


@given(st.integers(0, MAX_INDEX * 1024 + 1023))
def test_every_address_of_a_store_is_in_one_zone(offset: int) -> None:
    address = STORE_RANGES[0].network_address + offset
    numbers = StoreNumbers(offset // 1024)
    holding = [zone for zone in ZONES if matches(zone_match(zone), address)]
    assert holding == [zone for zone in ZONES if address in numbers.zone(zone)]
    assert len(holding) == 1


def test_the_bare_mask_would_match_the_internet() -> None:
    assert int(IPv4Address("8.8.8.8")) & int(IPv4Address("0.0.3.128")) == 0
    assert not any(matches(zone_match(zone), IPv4Address("8.8.8.8")) for zone in ZONES)


@pytest.mark.parametrize(
    ("zone", "rule"),
    [
        ("pos", "ip saddr { 10.64.0.0/10, 10.128.0.0/9 } ip saddr & 0.0.3.128 == 0.0.0.0"),
        ("office", "ip saddr { 10.64.0.0/10, 10.128.0.0/9 } ip saddr & 0.0.3.128 == 0.0.0.128"),
        ("edge", "ip saddr { 10.64.0.0/10, 10.128.0.0/9 } ip saddr & 0.0.3.0 == 0.0.1.0"),
        ("iot", "ip saddr { 10.64.0.0/10, 10.128.0.0/9 } ip saddr & 0.0.3.0 == 0.0.2.0"),
        ("guest", "ip saddr { 10.64.0.0/10, 10.128.0.0/9 } ip saddr & 0.0.3.0 == 0.0.3.0"),
    ],
)
def test_the_rules_as_they_are_written(zone: str, rule: str) -> None:
    assert zone_match(zone) == rule
    assert zone_match(zone, "daddr") == rule.replace("saddr", "daddr")
