"""A free /24 of 198.18.0.0/15 for a lab: one that no route or address of this computer and no other lab uses."""

from __future__ import annotations

import json
from collections.abc import Iterable
from ipaddress import IPv4Network

from retailops.errors import RetailopsError
from retailops.lab import record, spaces
from retailops.lab.topology import slice_network

COUNT = 512


def free(taken: Iterable[IPv4Network], labs: Iterable[int]) -> int:
    """The lowest slice that overlaps none of `taken` and isn't one of `labs`; RetailopsError when there is none."""
    networks, numbers = tuple(taken), set(labs)
    for number in range(COUNT):
        if number not in numbers and not any(slice_network(number).overlaps(each) for each in networks):
            return number
    raise RetailopsError(
        "no /24 of 198.18.0.0/15 is free for a lab on this computer",
        resolution="retailops lab status --all shows the labs; take one down.",
    )


def choose() -> int:
    """A slice for a new lab; hold the labs' lock until its record is written."""
    return free(used(), (each.slice for each in record.every()))


def used() -> list[IPv4Network]:
    """What this computer routes or has, without its default routes."""
    routes = json.loads(spaces.run("ip", "-4", "-j", "route", "show", "table", "all") or "[]")
    found = (str(route["dst"]) for route in routes if route.get("dst") not in (None, "default"))
    return [network for text in found if (network := _network(text)).prefixlen > 0]


def _network(text: str) -> IPv4Network:
    try:
        return IPv4Network(text, strict=False)
    except ValueError:
        return IPv4Network("0.0.0.0/0")
