"""The members of the cluster that starts machines elsewhere, asked through ports; and a person's word where no controller gives one."""

from __future__ import annotations

from collections.abc import Mapping

from retailops.errors import GateNotMet, ToolError, UsageError
from retailops.hci.machines.fencing import judge, lost_hosts
from retailops.hci.standing import Standing
from retailops.model.hosts import Host
from retailops.ports import Json, OnLine, Reading
from retailops.render.hci_cluster import AGENT, AGENTS, address, members

PATIENCE, ACTING = 90.0, 140.0


def cluster(standing: Standing) -> Mapping[str, Json]:
    """What a member with a majority says, and `told_by`, its host; else what any says; empty where none runs or answers."""
    found: Mapping[str, Json] = {}
    for host in members(standing.hci):
        if host.id not in standing.hosts:
            continue
        try:
            said = standing.ports.prober.read(standing.hosts[host.id], _question(standing))
        except ToolError:
            continue
        if said["runs"] and not found:
            found = {**said, "told_by": host.id}
        if said["runs"] and said["quorum"]:
            return {**said, "told_by": host.id}
    return found


def _question(standing: Standing) -> Reading:
    devices: dict[str, Json] = {
        host.id: {
            "agent": AGENTS[host.controller.kind],
            "ip": str(host.controller.address),
            "username": host.controller.user,
        }
        for host in members(standing.hci)
        if host.controller is not None
    }
    return Reading("pacemaker_state", {"devices": devices}, timeout=PATIENCE)


def refuse_word(standing: Standing, name: str, state: Mapping[str, Json]) -> Host:
    """The host whose power a person may vouch for; raises where it isn't lost, isn't held, or where its controller knows better."""
    known = {host.id: host for host in members(standing.hci)}
    if name not in known:
        raise UsageError(
            f"{name} is no member of a cluster that starts machines elsewhere",
            resolution=f"Its members: {', '.join(known) or 'none; give every host with the role machines a controller'}",
        )
    if not state or not state["quorum"]:
        raise GateNotMet(
            "the members that are left have no majority, so nothing may be started elsewhere",
            resolution="Bring hosts back first.",
        )
    lost = {each.host: each for each in lost_hosts(standing.hci, state)}.get(name)
    if lost is None:
        raise GateNotMet(f"{name} is online", resolution="Nothing has to be confirmed.")
    if judge(lost).outcome == "released":
        raise GateNotMet(f"{name} is safely gone already", resolution="Nothing has to be confirmed.")
    if lost.power == "on":
        raise GateNotMet(
            f"the controller of {name} says that its power is on",
            resolution="Pull its power; then it says so, or answers nobody, and your word counts.",
        )
    return known[name]


def confirm_off(standing: Standing, host: Host, seen_by: str, on_line: OnLine) -> None:
    """A person's word takes the first proof's place, never the second's: storage cuts the host off before Pacemaker counts it as gone.

    It may run twice; raises `ToolError` with the words of the step that failed, after which nothing was started elsewhere.
    """
    where = str(cluster(standing)["told_by"])
    pools = ",".join(pool.id for pool in standing.hci.pools)
    cut = [
        AGENT,
        "--action",
        "off",
        "--plug",
        str(address(standing.hci, host)),
        "--nodename",
        host.id,
        "--pools",
        pools,
    ]
    on_line(_act(standing, where, cut))
    _act(standing, where, ["logger", "-t", "retailops", f"{seen_by} has seen that the power of {host.id} is off"])
    _act(standing, where, ["stonith_admin", "--confirm", host.id])
    on_line(f"{host.id} counts as off by the word of {seen_by}; its machines start elsewhere")


def _act(standing: Standing, where: str, argv: list[str]) -> str:
    done = standing.ran(where, argv, ACTING)
    if done["code"]:
        raise ToolError(f"{argv[0]} failed on {where}", details=str(done["stderr"] or done["stdout"])[-800:])
    return str(done["stdout"]).strip()
