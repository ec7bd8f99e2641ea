"""A store's topology as shapes on a sheet 360 units wide, legible on a phone: where each box, line and name goes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 360
_EDGE = 12
_CHIP = (97, 30)
_CHIPS_A_ROW = 2
_ZONE_X = 30
_CHIP_X = 134


@dataclass(frozen=True)
class Shape:
    """A rounded box; `kind` is its style, `title` what a pointer over it shows in full."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    title: str = ""


@dataclass(frozen=True)
class Link:
    """A curve from point to point; `kind` is its style."""

    kind: str
    path: str


@dataclass(frozen=True)
class Label:
    """Text in both languages, anchored at `x`; `kind` is its style, `anchor` start, middle or end."""

    kind: str
    x: float
    y: float
    zh: str
    en: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Drawing:
    """Everything to draw, links first; `height` is the sheet's."""

    height: float
    links: tuple[Link, ...]
    shapes: tuple[Shape, ...]
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class _Part:
    links: tuple[Link, ...] = ()
    shapes: tuple[Shape, ...] = ()
    labels: tuple[Label, ...] = ()


def draw(document: Mapping[str, Any], texts: Mapping[str, Any]) -> Drawing:
    """The drawing of a certificate's `topology`, `numbers` and `store`; pure."""
    topology, numbers = document["topology"], document["numbers"]
    hubs = _spread(len(topology["hubs"]), 118)
    lines = _spread(len(topology["uplinks"]), 92)
    gateways = [box for box in topology["boxes"] if box["role"] == "gateway"]
    doors = _spread(len(gateways), 118)
    rows = list(_zone_rows(topology, numbers))
    top, height = 286.0, sum(row.height for row in rows) + 28
    parts = (
        _centre(numbers, texts, hubs),
        *(_hub(hub, x) for hub, x in zip(topology["hubs"], hubs, strict=True)),
        *(_uplink(line, x, hubs, texts) for line, x in zip(topology["uplinks"], lines, strict=True)),
        _store(document["store"], numbers, top + height),
        *(_gateway(box, x, _lines_of(box, document, lines), texts) for box, x in zip(gateways, doors, strict=True)),
        _Part(links=(Link("bus", f"M20 268 V{top + height - 28 - rows[-1].height / 2 - 3:g}"),)),
        *(_zone(row, y, texts) for row, y in zip(rows, _stack(rows, top), strict=True)),
    )
    return Drawing(
        top + height + 10,
        tuple(link for part in parts for link in part.links),
        tuple(shape for part in parts for shape in part.shapes),
        tuple(label for part in parts for label in part.labels),
    )


@dataclass(frozen=True)
class _Row:
    zone: Mapping[str, Any]
    chips: tuple[tuple[str, str, str], ...]

    @property
    def height(self) -> float:
        return max(1, -(-len(self.chips) // _CHIPS_A_ROW)) * (_CHIP[1] + 5) + 9


def _zone_rows(topology: Mapping[str, Any], numbers: Mapping[str, Any]) -> Iterator[_Row]:
    for zone in numbers["zones"]:
        name = zone["name"]
        boxes = [box for box in topology["boxes"] if name == "edge" and box["role"] != "gateway"]
        nodes = [("node", box["name"], box["address"]) for box in boxes]
        devices = [device for device in topology["devices"] if device["zone"] == name]
        yield _Row(zone, (*nodes, *(("device", device["id"], device["address"] or "DHCP") for device in devices)))


def _stack(rows: Sequence[_Row], top: float) -> Iterator[float]:
    for row in rows:
        yield top
        top += row.height


def _spread(count: int, width: float) -> list[float]:
    """The middles of `count` boxes side by side."""
    if count == 1:
        return [WIDTH / 2]
    step = min((WIDTH - 2 * _EDGE - width) / (count - 1), width + 44)
    first = WIDTH / 2 - step * (count - 1) / 2
    return [round(first + step * n, 1) for n in range(count)]


def _centre(numbers: Mapping[str, Any], texts: Mapping[str, Any], hubs: Sequence[float]) -> _Part:
    names, prefixes = texts["centre"], fit(", ".join(numbers["centre"]), 30)
    return _Part(
        tuple(_curve("lan", WIDTH / 2, 46, x, 68) for x in hubs),
        (Shape("centre", 84, 10, WIDTH - 168, 36, prefixes),),
        (Label("name", WIDTH / 2, 25, names["zh"], names["en"]), Label("number", WIDTH / 2, 39, prefixes, prefixes)),
    )


def _hub(hub: Mapping[str, Any], x: float) -> _Part:
    site = hub["site"] or {"zh": "", "en": ""}
    labels = (
        Label("name light", x, 84, hub["id"], hub["id"]),
        Label("small light", x, 98, fit(site["zh"], 19), fit(site["en"], 21)),
    )
    return _Part((), (Shape("hub", x - 59, 68, 118, 38, f"{site['zh']} / {site['en']}"),), labels)


def _uplink(line: Mapping[str, Any], x: float, hubs: Sequence[float], texts: Mapping[str, Any]) -> _Part:
    kind, carrier = texts["lines"].get(line["kind"], {"zh": line["kind"], "en": line["kind"]}), fit(line["carrier"], 14)
    plane = line["plane"].lower()
    labels = (
        Label(f"plane plane-{plane}", x - 32, 161, line["id"], line["id"]),
        Label("name", x + 9, 153, kind["zh"], kind["en"]),
        Label("small", x + 9, 168, carrier, carrier),
    )
    shapes = (
        Shape(f"line plane-{plane}", x - 46, 136, 92, 42, line["carrier"]),
        Shape(f"dot plane-{plane}", x - 42, 147, 20, 20),
    )
    return _Part(tuple(_curve(f"tunnel plane-{plane}", hub, 106, x, 136) for hub in hubs), shapes, labels)


def _store(store: Mapping[str, Any], numbers: Mapping[str, Any], bottom: float) -> _Part:
    name = store["name"]
    labels = (
        Label("store", _EDGE + 10, bottom - 11, fit(name["zh"], 30), fit(name["en"], 32), "start"),
        Label("number", WIDTH - _EDGE - 10, bottom - 11, numbers["supernet"], numbers["supernet"], "end"),
    )
    return _Part((), (Shape("store", _EDGE - 6, 202, WIDTH - 2 * _EDGE + 12, bottom - 202, name["zh"]),), labels)


def _lines_of(box: Mapping[str, Any], document: Mapping[str, Any], places: Sequence[float]) -> list[float]:
    """Where the lines are that this gateway's tunnels go over."""
    own = {tunnel["uplink"] for tunnel in document["numbers"]["tunnels"] if tunnel["gateway"] == box["name"]}
    lines = document["topology"]["uplinks"]
    return [x for line, x in zip(lines, places, strict=True) if line["id"] in own]


def _gateway(box: Mapping[str, Any], x: float, lines: Sequence[float], texts: Mapping[str, Any]) -> _Part:
    role = texts["roles"][box["role"]]
    labels = (
        Label("name light", x, 232, f"{box['name']} · {role['zh']}", f"{box['name']} · {role['en']}"),
        Label("number light", x, 247, box["address"], box["address"]),
    )
    links = (*(_curve("line", line, 178, x, 216) for line in lines), Link("bus", f"M{x:g} 254 V268 H20"))
    return _Part(links, (Shape("gateway", x - 62, 216, 124, 38, box["host"]),), labels)


def _zone(row: _Row, y: float, texts: Mapping[str, Any]) -> _Part:
    zone, height = row.zone, row.height - 6
    name = texts["zones"][zone["name"]]
    middle = y + height / 2
    shapes = [Shape(f"zone zone-{zone['name']}", _ZONE_X, y, WIDTH - _EDGE - _ZONE_X - 4, height, zone["prefix"])]
    labels = [
        Label("zone", _ZONE_X + 12, middle - 2, name["zh"], name["en"], "start"),
        Label("tiny", _ZONE_X + 12, middle + 11, zone["prefix"], zone["prefix"], "start"),
    ]
    for n, (kind, title, address) in enumerate(row.chips):
        left = _CHIP_X + (n % _CHIPS_A_ROW) * (_CHIP[0] + 4)
        top = y + 5 + (n // _CHIPS_A_ROW) * (_CHIP[1] + 5)
        shapes.append(Shape(kind, left, top, *_CHIP, title))
        labels.append(Label("chip", left + _CHIP[0] / 2, top + 13, fit(title, 15), fit(title, 15)))
        labels.append(Label("tiny", left + _CHIP[0] / 2, top + 25, address, address))
    return _Part((Link("bus", f"M20 {middle:g} H{_ZONE_X}"),), tuple(shapes), tuple(labels))


def _curve(kind: str, x1: float, y1: float, x2: float, y2: float) -> Link:
    middle = (y1 + y2) / 2
    return Link(kind, f"M{x1:g} {y1:g} C{x1:g} {middle:g} {x2:g} {middle:g} {x2:g} {y2:g}")


def fit(text: str, columns: int) -> str:
    """`text` within so many columns (Chinese and emoji take two), with an ellipsis where it had to end."""
    taken = 0
    for place, char in enumerate(text):
        taken += 2 if unicodedata.east_asian_width(char) in "WF" else 1
        if taken > columns:
            return text[: max(0, place - 1)] + "…"
    return text
