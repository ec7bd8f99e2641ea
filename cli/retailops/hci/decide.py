"""From what is wanted and what is there to actions: a pure generator, which reads no clock and asks nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from retailops.hci.facts import GroundFacts, HostFacts
from retailops.hci.machines import MachineFacts
from retailops.hci.placement import place
from retailops.hci.wanted import HostWanted
from retailops.model.hosts import Hci
from retailops.plan import Action, Noop, file_diffs
from retailops.render.hci import CONF

PLANE = "hci"


def decide(wanted: Iterable[HostWanted], facts: GroundFacts) -> Iterator[Action | Noop]:
    """One for each host, then one for the pools."""
    boxes = tuple(wanted)
    standing = {osd["host"] for osd in facts.cluster.get("osds", ()) if osd["up"]}
    for box in boxes:
        yield _host(box, facts.hosts[box.name], box.name in standing)
    yield _pools(boxes, facts)


def decide_machines(hci: Hci, facts: MachineFacts) -> Iterator[Action | Noop]:
    """One for each machine; one that runs stays where it is."""
    home = place(hci).host
    for machine in hci.machines:
        if at := facts.at.get(machine.id):
            yield Noop(PLANE, "hci.machine", machine.id, f"runs on {' and '.join(host for host, _ in at)}")
        else:
            yield Action(
                PLANE, "hci.machine", machine.id, f"runs nowhere; belongs on {home.get(machine.id, 'no host')}"
            )


def _host(box: HostWanted, found: HostFacts, standing: bool) -> Action | Noop:
    if found.silent:
        return Action(PLANE, "hci.host", box.name, f"could not be asked: {found.silent}")
    diff = file_diffs(box.files, found.files)
    reasons = [f"{len(diff)} files missing or different"] if diff else []
    if standing and any(file.path == CONF and file.before for file in diff):
        reasons.append("its daemons are restarted in their turn")
    if found.inactive:
        reasons.append(f"not running: {', '.join(found.inactive)}")
    if "storage" in box.groups and not standing:
        reasons.append("its disks are not in the cluster")
    if cut_off := sorted(set(found.unsettled) & set(box.files)):
        reasons.append(f"an earlier play was cut off after writing {len(cut_off)} files")
    if reasons:
        return Action(PLANE, "hci.host", box.name, "; ".join(reasons), diff=diff)
    return Noop(PLANE, "hci.host", box.name, "files, units and disks are right")


def _pools(boxes: tuple[HostWanted, ...], facts: GroundFacts) -> Action | Noop:
    wanted = {pool["id"]: pool for pool in boxes[0].variables["pools"]} if boxes else {}
    found = facts.cluster.get("pools", {})
    wrong = [
        name
        for name, pool in wanted.items()
        if (found.get(name, {}).get("size"), found.get(name, {}).get("groups")) != (pool["replicas"], pool["groups"])
    ]
    if wrong:
        return Action(PLANE, "hci.pools", "cluster", f"missing or different: {', '.join(wrong)}")
    return Noop(PLANE, "hci.pools", "cluster", f"{len(wanted)} pools are right")
