"""How `retailops hci` shows virtual machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailops.commands.console import Console

if TYPE_CHECKING:
    from retailops.hci.standing import Standing
    from retailops.ports import PlayResult


def changes(*results: PlayResult | None) -> dict[str, list[str]]:
    """Host -> the tasks of all plays that changed it."""
    found: dict[str, list[str]] = {}
    for result in results:
        for host, tasks in (result.changed if result else {}).items():
            found.setdefault(host, []).extend(tasks)
    return found


def machines_now(console: Console, standing: Standing) -> tuple[list[dict[str, Any]], list[str]]:
    """Shows each machine where it runs; the machines as values, and what is wrong with them in words. Nothing where none are described."""
    from retailops.hci.machines.placement import place
    from retailops.hci.machines.running import wrong

    hci = standing.hci
    if not hci.machines:
        return [], []
    facts, wanted = standing.machines(), place(hci).host
    found = [
        {
            "id": machine.id,
            "address": str(machine.address),
            "zone": machine.zone,
            "belongs": wanted.get(machine.id),
            "runs": [{"host": host, "state": state} for host, state in facts.at.get(machine.id, ())],
        }
        for machine in hci.machines
    ]
    rows = [
        (
            machine.id,
            ", ".join(host for host, _ in facts.at.get(machine.id, ())) or "nowhere",
            ", ".join(state for _, state in facts.at.get(machine.id, ())),
            wanted.get(machine.id, "nowhere"),
            machine.address,
        )
        for machine in hci.machines
    ]
    console.line()
    console.table(("MACHINE", "HOST", "STATE", "BELONGS", "ADDRESS"), rows)
    return found, list(wrong(hci, facts))
