"""The design of one store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from retailops.errors import FleetError
from retailops.model import load_design, load_fleet


def test_the_first_store_is_compact_with_two_lines(chain: Path) -> None:
    design = load_design(chain, "hz0001")
    assert [(box.host, box.role, str(box.address), box.cluster) for box in design.boxes] == [
        ("hz0001-gw1", "gateway", "10.64.5.2", None),
        ("hz0001-edge1", "server", "10.64.5.10", "server"),
    ]
    assert {zone: str(address) for zone, address in design.box("gw1").zones.items()} == {
        "pos": "10.64.4.1",
        "office": "10.64.4.129",
        "edge": "10.64.5.1",
        "iot": "10.64.6.1",
        "guest": "10.64.7.1",
    }
    assert [(t.plane, t.uplink, t.hub, str(t.address), str(t.hub_address), t.hub_port) for t in design.tunnels] == [
        ("A1", "a", "hub1", "172.24.0.1", "172.24.255.0", 51820),
        ("A2", "a", "hub2", "172.25.0.1", "172.25.255.0", 51821),
        ("B1", "b", "hub1", "172.26.0.1", "172.26.255.0", 51822),
        ("B2", "b", "hub2", "172.27.0.1", "172.27.255.0", 51823),
    ]
    assert [(device.host, str(device.address)) for device in design.devices] == [
        ("hz0001-pos1", "10.64.4.10"),
        ("hz0001-cam1", "10.64.6.10"),
    ]
    assert design.domain == "hz0001.stores.lanxing.internal"


def test_two_gateways_share_the_planes(chain: Path) -> None:
    design = load_design(chain, "gz0001")
    assert [box.name for box in design.boxes] == ["gw1", "gw2", "edge1", "edge2", "edge3"]
    assert {t.plane: t.gateway for t in design.tunnels} == {
        "A1": "gw1",
        "A2": "gw1",
        "B1": "gw2",
        "B2": "gw2",
        "C1": "gw2",
        "C2": "gw2",
    }
    gateways = [gateway.zones["pos"] for gateway in design.gateways]
    assert [int(address) - int(design.zones["pos"].gateway) for address in gateways] == [1, 2]


def test_a_kiosk_is_one_box(chain: Path) -> None:
    design = load_design(chain, "cd0001")
    assert [(box.name, box.role, box.cluster) for box in design.boxes] == [("gw1", "gateway", "server")]
    assert list(design.zones) == ["pos", "edge", "iot"]


def test_agents_come_after_servers(chain: Path) -> None:
    boxes = load_design(chain, "bj0001").boxes
    assert [(box.name, box.role) for box in boxes[1:]] == [("edge1", "server"), ("edge2", "agent")]


def test_the_document_is_json_and_the_same_by_both_ways(chain: Path) -> None:
    document = load_design(chain, "hz0001").document()
    assert document == load_fleet(chain).design("hz0001").document()
    assert json.loads(json.dumps(document)) == document


def test_a_design_stands_on_no_other_store(chain: Path) -> None:
    before = load_design(chain, "hz0001").document()
    (chain / "stores/north/bj0001.yaml").write_text("broken: [")
    assert load_design(chain, "hz0001").document() == before


def test_a_store_that_is_none_names_the_nearest(chain: Path) -> None:
    for load in (lambda: load_design(chain, "hz0002"), lambda: load_fleet(chain).design("hz0002")):
        with pytest.raises(FleetError, match=r"no store 'hz0002' in .*; did you mean hz0001\?"):
            load()


def test_overrides_change_one_store(chain: Path) -> None:
    path = chain / "stores/north/bj0001.yaml"
    path.write_text(
        path.read_text("utf-8") + "overrides: {agents: 2, planes: {apps: observed}, workloads: []}\n", "utf-8"
    )
    form = chain / "formats/standard.yaml"
    form.write_text(form.read_text("utf-8") + "planes: {wan: observed}\n", "utf-8")
    design = load_design(chain, "bj0001")
    assert [box.name for box in design.boxes] == ["gw1", "edge1", "edge2", "edge3"]
    assert (design.planes.wan, design.planes.edge, design.planes.apps) == ("observed", "managed", "observed")
    assert design.workloads == ()


def test_select_narrows_the_fleet(chain: Path) -> None:
    fleet = load_fleet(chain)
    assert set(fleet.select(regions=["east", "west"]).stores) == {"hz0001", "cd0001"}
    assert set(fleet.select(formats=["compact"]).stores) == {"hz0001"}
    assert set(fleet.select(ids=["bj0001"], regions=["east"]).stores) == set()
    with pytest.raises(FleetError, match="no store 'x'"):
        fleet.select(ids=["x"])
