"""The numbers of stores: inside their ranges, and no two stores' the same."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retailops.addressing import (
    BLOCKS,
    CENTRE_RANGE,
    CROSSLINK,
    DHCP_ZONES,
    MAX_INDEX,
    PLANES,
    POD_RANGE,
    RESERVED,
    SERVICE_RANGE,
    STORE_RANGES,
    TUNNEL_RANGE,
    ZONES,
    StoreNumbers,
    hub_asn,
    hub_tunnel,
    plane_range,
    zone_length,
)

indices = st.integers(0, MAX_INDEX)
pairs = st.tuples(indices, indices).filter(lambda pair: pair[0] != pair[1])
regions = st.integers(0, BLOCKS - 1)


def test_numbers_of_a_store_by_hand() -> None:
    numbers = StoreNumbers(1)
    assert numbers.supernet == IPv4Network("10.64.4.0/22")
    assert [str(numbers.zone(zone)) for zone in ZONES] == [
        "10.64.4.0/25",
        "10.64.4.128/25",
        "10.64.5.0/24",
        "10.64.6.0/24",
        "10.64.7.0/24",
    ]
    assert (str(numbers.gateway_box(1)), str(numbers.gateway_box(2))) == ("10.64.5.2", "10.64.5.3")
    assert (str(numbers.server(1)), str(numbers.server(10))) == ("10.64.5.10", "10.64.5.19")
    assert (str(numbers.agent(1)), str(numbers.agent(80))) == ("10.64.5.20", "10.64.5.99")
    assert str(numbers.service_range) == "10.64.5.128/25"
    assert [str(address) for address in numbers.dhcp_range("pos")] == ["10.64.4.64", "10.64.4.126"]
    assert [str(address) for address in numbers.dhcp_range("guest")] == ["10.64.7.128", "10.64.7.254"]
    assert [str(numbers.tunnel(plane)) for plane in PLANES] == [f"172.{second}.0.1" for second in range(24, 30)]
    assert [str(prefix) for prefix in numbers.announced] == ["10.64.4.0/23", "10.64.6.0/24"]
    assert numbers.asn == 4_210_000_001
    assert str(StoreNumbers(MAX_INDEX).supernet) == "10.255.252.0/22"
    assert str(hub_tunnel("B1", 3)) == "172.26.255.3"
    assert hub_asn(3, 2) == 4_200_000_032


@given(pairs)
def test_two_stores_share_nothing(pair: tuple[int, int]) -> None:
    one, other = map(StoreNumbers, pair)
    assert not one.supernet.overlaps(other.supernet)
    assert one.asn != other.asn
    assert not {one.tunnel(plane) for plane in PLANES} & {other.tunnel(plane) for plane in PLANES}


@given(indices)
def test_everything_of_a_store_is_inside_its_ranges(index: int) -> None:
    numbers = StoreNumbers(index)
    zones = [numbers.zone(zone) for zone in ZONES]
    assert sum(numbers.supernet.subnet_of(whole) for whole in STORE_RANGES) == 1
    assert all(zone.subnet_of(numbers.supernet) for zone in zones)
    assert not any(zones[n].overlaps(zone) for n in range(len(zones)) for zone in zones[:n])
    assert all(numbers.tunnel(plane) in TUNNEL_RANGE for plane in PLANES)
    assert len({numbers.tunnel(plane) for plane in PLANES}) == len(PLANES)
    guest = numbers.zone("guest")
    assert not any(prefix.overlaps(guest) for prefix in numbers.announced)
    assert {zone for zone in zones if not any(zone.subnet_of(prefix) for prefix in numbers.announced)} == {guest}


@given(indices, st.sampled_from(DHCP_ZONES))
def test_pool_gateway_and_reservations_keep_apart(index: int, zone: str) -> None:
    numbers = StoreNumbers(index)
    network = numbers.zone(zone)
    first, last = numbers.dhcp_range(zone)
    assert first in network
    assert last == network.broadcast_address - 1
    assert int(first) == int(network.network_address) + network.num_addresses // 2
    fixed = [numbers.slot(zone, n) for n in range(10, network.num_addresses // 2)]
    taken = {numbers.gateway(zone), numbers.gateway_box(1, zone), numbers.gateway_box(2, zone)}
    assert all(address < first for address in fixed)
    assert not taken & set(fixed)


@given(indices)
def test_addresses_of_zone_edge_are_all_different(index: int) -> None:
    numbers = StoreNumbers(index)
    boxes = [numbers.gateway("edge"), numbers.gateway_box(1), numbers.gateway_box(2)]
    boxes += [numbers.server(n) for n in range(1, 11)] + [numbers.agent(n) for n in range(1, 81)]
    boxes += [numbers.slot("edge", n) for n in range(100, 128)]
    assert len(set(boxes)) == len(boxes)
    assert not any(box in numbers.service_range for box in boxes)
    assert numbers.service_range.subnet_of(numbers.zone("edge"))


@given(indices, regions, st.sampled_from(PLANES))
def test_no_store_has_a_hubs_tunnel_or_as(index: int, region: int, plane: str) -> None:
    numbers = StoreNumbers(index)
    assert hub_tunnel(plane, region) in plane_range(plane)
    assert numbers.tunnel(plane) != hub_tunnel(plane, region)
    assert numbers.asn not in {hub_asn(region, 1), hub_asn(region, 2)}


def test_every_hub_has_numbers_of_its_own() -> None:
    assert len({hub_asn(region, n) for region in range(BLOCKS) for n in (1, 2)}) == 2 * BLOCKS
    assert len({hub_tunnel(plane, region) for plane in PLANES for region in range(BLOCKS)}) == len(PLANES) * BLOCKS


def test_reserved_ranges_are_apart() -> None:
    ranges = [*(network for _, network in RESERVED), CENTRE_RANGE, POD_RANGE, SERVICE_RANGE, CROSSLINK]
    distinct = sorted(set(ranges))
    assert not any(distinct[n].overlaps(other) for n in range(len(distinct)) for other in distinct[:n])


def test_explicit_prefixes_replace_zones_and_nothing_else() -> None:
    own = {zone: IPv4Network(f"192.168.{n}.0/{zone_length(zone)}") for n, zone in enumerate(ZONES)}
    numbers = StoreNumbers(5, own)
    assert numbers.gateway("pos") == IPv4Address("192.168.0.1")
    assert numbers.tunnel("A1") == StoreNumbers(5).tunnel("A1")
    assert set(numbers.announced) == {own[zone] for zone in ZONES if zone != "guest"}


@pytest.mark.parametrize("index", [-1, MAX_INDEX + 1])
def test_an_index_outside_is_refused(index: int) -> None:
    with pytest.raises(ValueError, match="outside 0-12287"):
        StoreNumbers(index)


@pytest.mark.parametrize(("zone", "slot"), [("pos", 9), ("pos", 64), ("iot", 128), ("edge", 99), ("edge", 128)])
def test_a_slot_outside_is_refused(zone: str, slot: int) -> None:
    with pytest.raises(ValueError, match="fixed addresses"):
        StoreNumbers(0).slot(zone, slot)


def test_zone_edge_has_no_pool() -> None:
    with pytest.raises(ValueError, match="no DHCP pool"):
        StoreNumbers(0).dhcp_range("edge")
