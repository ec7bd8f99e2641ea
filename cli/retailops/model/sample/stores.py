"""The stores of the sample chain, each a pure function of its number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from retailops.addressing import BLOCK_SIZE, BLOCKS
from retailops.model.sample.places import CITIES, STREETS

BLOCKS_A_REGION = BLOCKS // len(CITIES)
MOST = len(CITIES) * (BLOCKS_A_REGION * BLOCK_SIZE - 1)
_FIRST = ("compact", "standard", "flagship", "kiosk")
_LATER = (*("compact",) * 12, *("kiosk",) * 3, *("standard",) * 4, "flagship")
_HOURS = (["daily 07:00-23:00"], ["mon-fri 07:30-22:30", "sat,sun 08:00-23:30"], ["daily 00:00-24:00"])
_LINES: dict[str, tuple[str, ...]] = {
    "kiosk": ("fibre", "lte"),
    "compact": ("fibre", "cable"),
    "standard": ("fibre", "cable"),
    "flagship": ("fibre", "cable", "lte"),
}
_PLANES = {"fibre": ("A", "tianyi", 300), "cable": ("B", "shixun", 200), "lte": ("C", "yidong", 50)}
_TILLS = {"kiosk": 1, "compact": 1, "standard": 3, "flagship": 6}


def sample_stores(count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """(path in the repository, document) of stores 0 to count-1."""
    for number in range(count):
        document = _store(number)
        yield f"stores/{document['region']}/{document['id']}.yaml", document


def _store(number: int) -> dict[str, Any]:
    regions = list(CITIES)
    region, nth = regions[number % len(regions)], number // len(regions)
    cities = CITIES[region]
    city, within = cities[nth % len(cities)], nth // len(cities)
    form = _FIRST[number] if number < len(_FIRST) else _LATER[number * 7 % len(_LATER)]
    index = regions.index(region) * BLOCKS_A_REGION * BLOCK_SIZE + nth + 1
    zh, en = STREETS[(within + 5 * regions.index(region) + 3 * cities.index(city)) % len(STREETS)]
    suffix = f" {within // len(STREETS) + 1}" if within >= len(STREETS) else ""
    document: dict[str, Any] = {
        "apiVersion": "retailops/v1",
        "kind": "Store",
        "id": f"{city.code}{within + 1:04d}",
        "name": {"zh": f"{city.zh}{zh}{suffix}店", "en": f"{city.en} {en}{suffix}"},
        "region": region,
        "index": index,
        "generation": 1,
        "format": form,
        "timezone": city.timezone,
        "hours": _HOURS[number % 20 % len(_HOURS)] if number else _HOURS[0],
        "maintenance": ["tue,thu 02:00-05:00"],
        "opens": date(2026, 12, 1) + timedelta(days=number // 3),
        "uplinks": [_uplink(n, kind, index) for n, kind in enumerate(_LINES[form])],
        "devices": [*_tills(form, index), _device("cam1", "camera", "iot", 10, index, 200)],
        "externalIds": {"erp": f"S{index:06d}"},
    }
    return document


def _uplink(n: int, kind: str, index: int) -> dict[str, Any]:
    plane, carrier, mbit = _PLANES[kind]
    circuit = f"{carrier.upper()}-{index:05d}-{n + 1}"
    return {"id": "abc"[n], "kind": kind, "carrier": carrier, "plane": plane, "circuit": circuit, "downMbit": mbit}


def _tills(form: str, index: int) -> list[dict[str, Any]]:
    return [_device(f"pos{n + 1}", "pos", "pos", 10 + n, index, n + 1) for n in range(_TILLS[form])]


def _device(name: str, kind: str, zone: str, slot: int, index: int, last: int) -> dict[str, Any]:
    mac = f"02:00:5e:{index >> 8:02x}:{index & 255:02x}:{last:02x}"
    return {"id": name, "kind": kind, "zone": zone, "mac": mac, "slot": slot}
