"""From what is wanted and what is there to actions: a pure generator, which reads no clock and asks nobody."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from retailops.hci.facts import GroundFacts, HostFacts
from retailops.hci.machines.placement import place
from retailops.hci.machines.running import MachineFacts
from retailops.hci.wanted import HostWanted
from retailops.model.hosts import Hci
from retailops.plan import Action, Noop, file_diffs
from retailops.ports import Json
from retailops.render.hci import CONF

PLANE = "hci"


def decide(wanted: Iterable[HostWanted], facts: GroundFacts) -> Iterator[Action | Noop]:
    """One for each host, then one for the pools."""
    boxes = tuple(wanted)
    osds = facts.cluster.get("osds", ())
    standing = {osd["host"] for osd in osds if osd["up"]}
    places = {osd["host"]: (osd["room"], osd["rack"]) for osd in osds}
    for box in boxes:
        stands, monitors = places.get(box.name, box.place), facts.cluster.get("monitors", ())
        yield _host(box, facts.hosts[box.name], box.name in standing, stands, monitors)
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


def _host(
    box: HostWanted, found: HostFacts, standing: bool, stands: tuple[str, str], monitors: Collection[str]
) -> Action | Noop:
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
    if stands != box.place:
        reasons.append(f"stands in room {stands[0]}, rack {stands[1]} in the cluster, from where its copies move")
    if monitors and (box.name in monitors) != ("monitors" in box.groups):
        reasons.append("its monitor leaves" if box.name in monitors else "its monitor is not in the cluster")
    if cut_off := sorted(set(found.unsettled) & set(box.files)):
        reasons.append(f"an earlier play was cut off after writing {len(cut_off)} files")
    if reasons:
        return Action(PLANE, "hci.host", box.name, "; ".join(reasons), diff=diff)
    return Noop(PLANE, "hci.host", box.name, "files, units and disks are right")


def _pools(boxes: tuple[HostWanted, ...], facts: GroundFacts) -> Action | Noop:
    wanted, rule = boxes[0].variables["pools"], boxes[0].variables["rule"]
    found = facts.cluster.get("pools", {})
    wrong = [pool["id"] for pool in wanted if not _told(pool, rule).items() <= found.get(pool["id"], {}).items()]
    if found and facts.cluster["rules"].get(rule["name"]) != rule["steps"]:
        wrong.append(f"the rule {rule['name']}, by which every copy may move")
    if wrong:
        return Action(PLANE, "hci.pools", "cluster", f"missing or different: {', '.join(wrong)}")
    return Noop(PLANE, "hci.pools", "cluster", f"{len(wanted)} pools are right")


def _told(pool: Json, rule: Json) -> dict[str, Json]:
    """What a pool that is right says of itself."""
    return {"size": pool["replicas"], "least": pool["least"], "groups": pool["groups"], "rule": rule["name"]}
