"""The wiring of a lab as a pure function of its record."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from retailops.lab.record import DeviceSpec, Record, StoreSpec, UplinkSpec
from retailops.lab.topology import Topology, Wire, short, slice_network


def store(name: str, *uplinks: str) -> StoreSpec:
    lines = tuple(UplinkSpec(uplink, uplink[0], 300, 100) for uplink in uplinks or ("a", "b"))
    devices = (DeviceSpec("pos1", "pos", "02:00:00:00:00:01"), DeviceSpec("guest1", "guest", "02:00:00:00:00:02"))
    return StoreSpec(name, ("pos", "office", "edge", "iot", "guest"), lines, devices)


RECORD = Record("abcdefgh", "fleet", "base", 7, tuple(store(f"hz{number:04d}") for number in range(1, 32)))


def test_no_two_ends_of_cables_share_a_place_and_all_names_fit() -> None:
    topology = Topology(RECORD)
    wires = [wire for machine in topology.machines for wire in machine.wires]
    plugs = [(wire.space, wire.plug) for wire in wires] + [(topology.root, bridge) for bridge in topology.bridges]
    assert len(plugs) == len(set(plugs))
    assert len({wire.mac for wire in wires if wire.device != "eth0"}) == sum(wire.device != "eth0" for wire in wires)
    names = [name for wire in wires for name in (wire.plug, wire.device, wire.bridge)] + [topology.root]
    assert max(map(len, names)) <= 15


def test_every_bridge_that_a_cable_wants_is_made() -> None:
    topology = Topology(RECORD)
    made = {(topology.root, bridge) for bridge in topology.bridges}
    made |= {(topology.isp_space(isp), "hub") for isp in topology.isps}
    made |= {(segment.space, segment.name) for segment in topology.segments}
    assert {(wire.space, wire.bridge) for machine in topology.machines for wire in machine.wires} <= made


def test_a_store_that_joins_moves_nobody() -> None:
    before = Topology(RECORD)
    after = Topology(RECORD.with_stores((store("sh0001"), store("hz0001"))))
    assert after.machines[: len(before.machines)] == before.machines
    assert [machine.store for machine in after.machines[len(before.machines) :]] == ["sh0001"] * 4


def test_two_labs_share_neither_name_nor_address() -> None:
    one, two = Topology(RECORD), Topology(replace(RECORD, id="b", slice=8))
    assert {m.space for m in one.machines}.isdisjoint(m.space for m in two.machines)
    assert {m.management for m in one.hosts}.isdisjoint(m.management for m in two.hosts)
    assert not one.slice.overlaps(two.slice)
    assert one.machines[0].wires[0].mac != two.machines[0].wires[0].mac


def test_addresses_of_a_lab_lie_where_its_docs_say() -> None:
    topology = Topology(replace(RECORD, stores=(store("hz0001"),)))
    assert str(topology.slice) == "198.18.7.0/24"
    assert {host.name: host.management for host in topology.hosts} == {
        "hub1": "198.18.7.130",
        "hq": "198.18.7.131",
        "hz0001-gw1": "198.18.7.132",
        "hz0001-edge1": "198.18.7.133",
    }
    networks = [topology.slice, *(segment.network for segment in topology.segments), *map(topology.hub_link, "abc")]
    assert not any(one.overlaps(two) for one, two in combinations(networks, 2))
    assert [str(segment.network) for segment in topology.segments] == ["100.65.1.0/24", "100.66.1.0/24"]


def test_an_lte_line_brings_a_third_provider() -> None:
    topology = Topology(replace(RECORD, stores=(store("hz0001", "a", "b", "c"),)))
    assert topology.isps == ("a", "b", "c")
    assert "isp-c" in {wire.device for wire in topology.machines[0].wires}


def test_only_management_and_the_centre_have_addresses_of_the_labs() -> None:
    topology = Topology(replace(RECORD, stores=(store("hz0001"),)))
    given = {(machine.name, wire.device) for machine in topology.machines for wire in machine.wires if wire.address}
    centre = {("hub1", "isp-a"), ("hub1", "isp-b"), ("hub1", "centre0"), ("hq", "centre0")}
    assert given == centre | {(host.name, "mgmt0") for host in topology.hosts}


@pytest.mark.parametrize(
    ("number", "network"), [(0, "198.18.0.0/24"), (256, "198.19.0.0/24"), (511, "198.19.255.0/24")]
)
def test_slices_fill_the_range(number: int, network: str) -> None:
    assert str(slice_network(number)) == network


def test_long_names_are_cut_and_stay_apart() -> None:
    one, two = short("wan-telecom-fibre-1"), short("wan-telecom-fibre-2")
    assert (len(one), len(two)) == (15, 15)
    assert one != two
    assert short("wan-a") == "wan-a"


def test_a_wire_is_told_by_its_network() -> None:
    gateway = Topology(RECORD).hosts[2]
    assert [wire.network for wire in gateway.wires if isinstance(wire, Wire)][:3] == [
        "management",
        "uplink:a",
        "uplink:b",
    ]
