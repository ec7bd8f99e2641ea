"""Whether the machines of a lost host may be started elsewhere: two proofs, and who can give the one that is missing. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from retailops.hci.machines.carried import PREFIX
from retailops.model.hosts import Hci
from retailops.ports import Json
from retailops.render.hci_cluster import address, members

Outcome = Literal["released", "starting", "waits"]
"""`released`: its machines may run elsewhere; `starting`: both proofs are there, and Pacemaker acts on them; `waits`: one is missing."""


@dataclass(frozen=True)
class Lost:
    """A member that nobody hears. `power` is what its controller says, `why` why that is `unknown`; `held` as long as Pacemaker
    does not count it as safely gone; `machines` are those that wait for it.
    """

    host: str
    power: Literal["on", "off", "unknown"]
    cut_off: bool
    held: bool = True
    why: str = ""
    machines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """`missing` names the proof that nobody has, `todo` what gives it; both empty where nothing is missing."""

    host: str
    outcome: Outcome
    missing: str = ""
    todo: str = ""


def judge(lost: Lost) -> Verdict:
    """A host is gone when its power is off and its address can't write; never on one of the two, and never because time has passed."""
    if not lost.held:
        return Verdict(lost.host, "released")
    if lost.power == "on":
        missing = "its controller says that its power is on"
        return Verdict(lost.host, "waits", missing, "Pull its power.")
    if lost.power == "unknown":
        missing = f"nobody can say that its power is off: {lost.why}"
        todo = f"Go and see that it is off, then: retailops hci confirm-off {lost.host}"
        return Verdict(lost.host, "waits", missing, todo)
    if not lost.cut_off:
        missing = "the storage cluster has not cut its address off"
        return Verdict(lost.host, "waits", missing, "Mend the storage cluster first; Pacemaker then goes on by itself.")
    return Verdict(lost.host, "starting")


def lost_hosts(hci: Hci, state: Mapping[str, Json]) -> Iterator[Lost]:
    """The members that are not online, from what probe `pacemaker_state` says."""
    for host in members(hci):
        known = state["hosts"].get(host.id, {"online": False, "unclean": True})
        if known["online"]:
            continue
        said = state["power"].get(host.id, {"state": "unknown", "why": "its controller was not asked"})
        waiting = tuple(name for name, each in state["resources"].items() if host.id in each["on"])
        cut_off = str(address(hci, host)) in state["cut_off"]
        yield Lost(host.id, said["state"], cut_off, known["unclean"], said["why"], waiting)


def wrong(hci: Hci, state: Mapping[str, Json]) -> Iterator[str]:
    """One line for each thing that keeps, or would keep, machines from being started elsewhere; each says what to do."""
    if not members(hci):
        return
    if not state:
        yield "no host tells of the cluster that starts machines elsewhere: retailops hci up"
        return
    if not state["quorum"]:
        yield "the members of the cluster have no majority: no machine is started elsewhere; bring hosts back"
    gone = tuple(lost_hosts(hci, state))
    for lost in gone:
        yield f"{lost.host} is lost, {_said(lost, judge(lost))}"
    for host in members(hci):
        alive = state["hosts"].get(host.id, {}).get("online")
        if alive and (host.id in state["marked"] or str(address(hci, host)) in state["cut_off"]):
            yield f"{host.id} was taken for dead while it ran; storage has cut it off, and it carries no machine until you reboot it"
    told = {f"power-{lost.host}" for lost in gone}
    for name, why in sorted(state["devices"].items()):
        if name in told:
            continue
        yield f"{_device(name)} ({why}); were a host lost now, its machines would wait for a person"


def _said(lost: Lost, verdict: Verdict) -> str:
    if verdict.outcome == "released":
        return "and safely gone: its machines may run elsewhere; power it on when it is mended"
    if verdict.outcome == "starting":
        return "both proofs are there: its machines start elsewhere within a minute"
    machines = ", ".join(name.removeprefix(PREFIX) for name in lost.machines) or "its machines"
    return f"and {machines} can't be started elsewhere: {verdict.missing}. {verdict.todo}"


def _device(name: str) -> str:
    kind, _, host = name.partition("-")
    return (
        f"the controller of {host} does not answer as it should"
        if kind == "power"
        else "cutting hosts off from storage fails"
    )
