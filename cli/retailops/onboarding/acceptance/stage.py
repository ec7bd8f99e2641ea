"""Acceptance as a stage: one durable step a check, and the lines healed before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from retailops.model import StoreDesign
from retailops.onboarding.acceptance import boots, hosts, lines, sales, stream, zones
from retailops.plan import Action, Noop
from retailops.ports import Site
from retailops.run.stage import Context, Handler, Proven, Stage

GATE = "G10"
PLANE = "acceptance"

CHECKS: Mapping[str, tuple[str, Handler]] = {
    "sale": ("a sale from the POS network", sales.sale),
    "zone_matrix": ("what each zone reaches, tried from each zone", zones.zone_matrix),
    "failover_flow": ("a running flow while one line is cut", stream.failover_flow),
    "sale_offline": ("a sale with every line cut", sales.sale_offline),
    "reboot": ("every box reboots and the till answers unaided", boots.reboot),
    "clocks": ("clocks within one second", hosts.clocks),
    "default_passwords": ("default passwords refused", hosts.default_passwords),
    "testinfra": ("hosts as their roles promise", hosts.testinfra),
}
"""Kind of evidence -> what it shows, and what performs it; in the order in which they are tried."""


@dataclass(frozen=True)
class Facts:
    """`cut` names the lines that are cut now, left so by a run that was killed or by a person."""

    cut: tuple[str, ...]


def read(context: Context) -> Facts:
    state = context.ports.lines.state(context.design.id)
    return Facts(tuple(sorted(name for name, now in state.items() if now != "up")))


def decide(design: StoreDesign, _site: Site, facts: Facts, known: Proven) -> Iterator[Action | Noop]:
    """A check that is proven is not tried again; cut lines are healed first whatever is left to do."""
    missing = [kind for kind in CHECKS if (GATE, kind) not in known]
    if facts.cut:
        yield Action(PLANE, "acceptance.heal", "lines", f"cut: {', '.join(facts.cut)}")
    for kind, (what, _) in CHECKS.items():
        if kind in missing:
            yield Action(PLANE, f"acceptance.{kind}", design.id, f"not shown yet: {what}")
        else:
            yield Noop(PLANE, f"acceptance.{kind}", design.id, f"shown on {known[GATE, kind].at:%Y-%m-%d %H:%M} UTC")
    if missing:
        yield Action(PLANE, "acceptance.heal", "lines-after", "no line stays cut, whatever was interrupted")


HANDLERS: Mapping[str, Handler] = {
    "acceptance.heal": lines.heal,
    **{f"acceptance.{kind}": handler for kind, (_, handler) in CHECKS.items()},
}

ACCEPTANCE = Stage("acceptance", GATE, read, decide, HANDLERS)
