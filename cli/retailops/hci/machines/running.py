"""Where each virtual machine runs now, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from retailops.errors import ToolError
from retailops.hci.asking import at_once
from retailops.model.hosts import Hci
from retailops.ports import Host, Prober, Reading
from retailops.render.hci_cluster import members


@dataclass(frozen=True)
class MachineFacts:
    """`at`: machine -> (host, state) of every host on which it runs; `silent` hosts could not be asked."""

    at: Mapping[str, tuple[tuple[str, str], ...]]
    silent: tuple[str, ...] = ()

    def host(self, machine: str) -> str | None:
        """Where it runs; None where that is nowhere, or in two places."""
        found = self.at.get(machine, ())
        return found[0][0] if len(found) == 1 else None


def read_machines(prober: Prober, hci: Hci, hosts: Mapping[str, Host]) -> MachineFacts:
    """Asks every host with the role machines at once."""
    names = [host.id for host in hci.with_role("machines")]
    answers = at_once(names, lambda name: _running(prober, hosts.get(name)))
    at: dict[str, tuple[tuple[str, str], ...]] = {}
    for name, said in answers.items():
        for machine, state in (said or {}).items():
            at[machine] = (*at.get(machine, ()), (name, state))
    return MachineFacts(at, tuple(name for name, said in answers.items() if said is None))


def _running(prober: Prober, host: Host | None) -> Mapping[str, str] | None:
    if host is None:
        return None
    try:
        found: Mapping[str, str] = prober.read(host, Reading("machines_state", {}, timeout=60))["running"]
    except ToolError:
        return None
    return found


def wrong(hci: Hci, facts: MachineFacts) -> Iterator[str]:
    """What is wrong with where machines run, a line each."""
    known = [machine.id for machine in hci.machines]
    for name in facts.silent:
        yield f"{name} can't be asked which machines it runs"
    for machine in known:
        places = facts.at.get(machine, ())
        if len(places) > 1:
            names = " and ".join(host for host, _ in places)
            yield f"machine {machine} runs on {names}: stop one at once, its disk is being destroyed"
        elif not places:
            starter = "Pacemaker starts it where it may" if members(hci) else "retailops hci up starts it"
            seen = f", unless on {', '.join(facts.silent)}" if facts.silent else f"; {starter}"
            yield f"machine {machine} runs nowhere{seen}"
        elif places[0][1] != "running":
            yield f"machine {machine} is {places[0][1]} on {places[0][0]}"
    for stranger in sorted(set(facts.at) - set(known)):
        yield f"machine {stranger} runs on {facts.at[stranger][0][0]} and is not in fleet.yaml"
