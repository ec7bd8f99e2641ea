"""How evenly the disks are used, as the cluster says it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from retailops.hci.status.filling import fullest
from retailops.ports import Json


def astray(state: Mapping[str, Json]) -> float:
    """By how many placement groups the disk that is worst off misses its share of its rack's, which goes by weight."""
    racks: dict[str, list[Json]] = defaultdict(list)
    for osd in state["osds"]:
        racks[osd["rack"]].append(osd)
    return max((_astray(osds) for osds in racks.values()), default=0.0)


def _astray(osds: list[Json]) -> float:
    groups, weight = (sum(osd[key] for osd in osds) for key in ("groups", "weight"))
    return max(abs(osd["groups"] - groups * osd["weight"] / weight) for osd in osds) if weight else 0.0


def over_mean(state: Mapping[str, Json]) -> float:
    """The fullest disk's share over that of all disks together; 1 where all are alike."""
    used, size = (sum(osd[key] for osd in state["osds"]) for key in ("used", "size"))
    return fullest(state) * size / used if used else 1.0
