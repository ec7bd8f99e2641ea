"""Descriptions of hyperconverged hosts that the tests use."""

from __future__ import annotations

from typing import Any

from retailops.model.hosts import Hci

PREFIXES = {"management": "10.8.8.0/22", "storage": "10.8.0.0/22", "cluster": "10.8.4.0/22"}


def hosts(racks: dict[str, int], monitors: int = 3, disks: int = 4) -> list[dict[str, Any]]:
    """So many hosts in each rack, `disks` disks in each; the first of every rack are monitors until there are enough."""
    found: list[dict[str, Any]] = []
    for rack, count in racks.items():
        for _ in range(count):
            number = len(found) + 1
            serials = {f"bay{bay}": f"S{number:03}{bay}" for bay in range(1, disks + 1)}
            found.append({"id": f"h{number:02}", "number": number, "rack": rack, "model": "m", "disks": serials})
            found[-1]["roles"] = ["storage", "machines"]
    for host in sorted(found, key=lambda host: [h["id"] for h in found if h["rack"] == host["rack"]].index(host["id"])):
        if sum("monitor" in h["roles"] for h in found) < monitors:
            host["roles"].insert(0, "monitor")
    return found


def hci(counts: dict[str, int], replicas: int = 3, disks: int = 4, gib: int = 1000, **more: Any) -> Hci:
    """Racks of one room with hosts of one model, and one pool; `more` overrides any key."""
    document: dict[str, Any] = {
        "prefixes": PREFIXES,
        "rooms": [{"id": "a", "name": "A"}],
        "racks": [{"id": rack, "room": "a"} for rack in counts],
        "models": [
            {
                "id": "m",
                "cores": 32,
                "memoryGib": 128,
                "networkGbit": 25,
                "slots": [{"id": f"bay{bay}", "gib": gib} for bay in range(1, disks + 1)],
            }
        ],
        "hosts": hosts(counts, disks=disks),
        "pools": [{"id": "machines", "replicas": replicas, "share": 80}],
    }
    return Hci.model_validate(document | more)


def stretched(counts: dict[str, int] | None = None, **more: Any) -> Hci:
    """Racks a1, a2 … in room a, b1 … in b; two monitors in each and the tie-break `tie` in a third room; `more` overrides any key."""
    counts = counts or {"a1": 1, "a2": 1, "b1": 1, "b2": 1}
    boxes = hosts(counts, monitors=0)
    for room in "ab":
        for box in [box for box in boxes if box["rack"].startswith(room)][:2]:
            box["roles"].insert(0, "monitor")
    tie = {"id": "tie", "number": 99, "rack": "t1", "model": "m", "roles": ["monitor"]}
    places: dict[str, Any] = {
        "rooms": [{"id": room, "name": room} for room in "abt"],
        "racks": [{"id": rack, "room": rack[0]} for rack in (*counts, "t1")],
        "hosts": [*boxes, tie],
        "tieBreak": "tie",
        "survives": {"host": "serves"},
    }
    return hci(counts, replicas=4, **(places | more))
