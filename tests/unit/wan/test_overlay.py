"""What hubs and gateways are told of each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from retailops.errors import RetailopsError
from retailops.model import load_fleet
from retailops.ports import Host, Site
from retailops.render.wan_hub import wan_hub_files
from retailops.render.wan_store import wan_store_files
from retailops.twin.sites import Sites

Keys = Mapping[str, Mapping[str, str]]


def of_east(chain: Path, keys: Keys) -> dict[str, dict[str, bytes]]:
    """Store -> path -> content at the hub of the east."""
    fleet = load_fleet(chain)
    stores = [store.id for store in fleet.stores.values() if store.region == "east"]
    return {
        store: {
            path: file.content
            for path, file in wan_hub_files(fleet.design(store), Sites(chain).site(store), "hub1", keys).items()
        }
        for store in stores
    }


def test_stores_of_a_hub_agree_on_its_own_part_and_share_no_fragment(chain: Path, keys: Keys) -> None:
    rendered = of_east(chain, keys)
    first, *others = rendered.values()
    assert len(others) > 5
    own = {path for path in first if "store-" not in path}
    fragments = [path for files in rendered.values() for path in files if path not in own]
    assert all({path: files[path] for path in own} == {path: first[path] for path in own} for files in others)
    assert len(fragments) == len(set(fragments))


def test_no_two_stores_of_a_hub_have_an_address_in_common(chain: Path, keys: Keys) -> None:
    for plane in ("a1", "b1", "c1"):
        peers = [
            content.decode()
            for files in of_east(chain, keys).values()
            for path, content in files.items()
            if f"wg-{plane}.d/store-" in path
        ]
        allowed = [prefix for text in peers for prefix in re.findall(r"[0-9./]+/\d+", text)]
        assert len(allowed) == len(set(allowed)) > 0


def test_guest_is_neither_announced_nor_let_in(chain: Path, keys: Keys) -> None:
    fleet = load_fleet(chain)
    for store in fleet.stores:
        design, site = fleet.design(store), Sites(chain).site(store)
        guest = design.numbers.zone("guest")
        files = [wan_hub_files(design, site, "hub1", keys)]
        files += [wan_store_files(design, site, keys)] if len(design.gateways) == 1 else []
        for path, file in (item for each in files for item in each.items()):
            if "/wan/" in path or "frr" in path:
                assert not covers(file.content.decode(), guest), (store, path)


def covers(text: str, guest: IPv4Network) -> bool:
    """Whether a prefix of the store ranges in AllowedIPs, prefix lists or networks holds the guest zone."""
    lines = (line for line in text.splitlines() if "AllowedIPs" in line or "prefix-list" in line or " network " in line)
    found = (IPv4Network(prefix) for line in lines for prefix in re.findall(r"10\.[0-9.]+/\d+", line))
    return any(guest.overlaps(prefix) for prefix in found)


def test_the_guest_check_can_fail() -> None:
    assert covers("AllowedIPs = 172.24.0.1/32, 10.64.4.0/22", IPv4Network("10.64.7.0/24"))


def test_private_keys_are_in_no_file(chain: Path, keys: Keys) -> None:
    fleet = load_fleet(chain)
    design, site = fleet.design("hz0001"), Sites(chain).site("hz0001")
    files = {**wan_store_files(design, site, keys), **wan_hub_files(design, site, "hub1", keys)}
    holding = [path for path, file in files.items() if b"PrivateKey" in file.content]
    assert holding == ["/usr/local/lib/retailops/wg-configure"]


def test_two_gateways_are_refused_by_name(chain: Path, keys: Keys) -> None:
    fleet = load_fleet(chain)
    flagship = next(store.id for store in fleet.stores.values() if store.format == "flagship")
    with pytest.raises(RetailopsError, match=f"{flagship} has 2 gateways"):
        wan_store_files(fleet.design(flagship), Sites(chain).site(flagship), keys)


def test_a_missing_plug_and_a_missing_key_are_named(chain: Path, keys: Keys) -> None:
    design, site = load_fleet(chain).design("hz0001"), Sites(chain).site("hz0001")
    unplugged = Site(site.store, site.hosts, {}, site.endpoints)
    with pytest.raises(RetailopsError, match=r"hz0001-gw1 has no interface for zone:pos"):
        wan_store_files(design, unplugged, keys)
    with pytest.raises(RetailopsError, match=r"hub1 has no key for wg-a1 yet"):
        wan_store_files(design, site, {"hub1": {}})


def test_free_text_reaches_no_file(chain: Path, keys: Keys) -> None:
    design, site = load_fleet(chain).design("hz0001"), Sites(chain).site("hz0001")
    files = {**wan_store_files(design, site, keys), **wan_hub_files(design, site, "hub1", keys)}
    names = [design.store.name.zh, design.store.name.en, design.chain.name.zh]
    assert not [path for path, file in files.items() for name in names if name.encode() in file.content]


def test_only_hubs_that_are_there_are_called(chain: Path, keys: Keys) -> None:
    design, site = load_fleet(chain).design("hz0001"), Sites(chain).site("hz0001")
    both = Site(site.store, (*site.hosts, Host("hub2", "hub", "h2")), site.interfaces, site.endpoints)
    assert tunnels_in(wan_store_files(design, site, keys)) == ["wg-a1", "wg-b1"]
    assert tunnels_in(wan_store_files(design, both, keys)) == ["wg-a1", "wg-a2", "wg-b1", "wg-b2"]


def tunnels_in(files: Mapping[str, object]) -> list[str]:
    return sorted(Path(path).stem for path in files if re.fullmatch(r"/etc/retailops/wan/wg-\w+\.conf", path))
