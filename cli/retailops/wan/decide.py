"""From facts and design to actions: pure generators, which read no clock and ask nobody."""

from __future__ import annotations

from collections.abc import Iterator

from retailops.model import StoreDesign
from retailops.plan import Action, FileDiff, Noop, file_diffs
from retailops.ports import Site
from retailops.render.plugs import Keys
from retailops.run.stage import Proven
from retailops.wan.facts import AnyKeys, BoxFacts, WanFacts
from retailops.wan.probes import CHECKS, GATE
from retailops.wan.wanted import Box, boxes

PLANE = "wan"


def decide_keys(design: StoreDesign, site: Site, facts: WanFacts, _known: Proven) -> Iterator[Action | Noop]:
    """Every tunnel end makes its own keys, once."""
    if design.planes.wan != "managed":
        yield Noop(PLANE, "wan.keys", design.id, f"the plane is {design.planes.wan}")
        return
    wanted = {box.host.name: box.interfaces for box in boxes(design, site, AnyKeys())}
    lacking = {
        host: [each for each in interfaces if each not in facts.boxes[host].keys] for host, interfaces in wanted.items()
    }
    lacking = {host: missing for host, missing in lacking.items() if missing}
    if lacking:
        reason = "; ".join(f"{host} has no key for {', '.join(missing)}" for host, missing in lacking.items())
        params = {"interfaces": {host: list(wanted[host]) for host in lacking}}
        yield Action(PLANE, "wan.keys", design.id, reason, params)
    else:
        yield Noop(PLANE, "wan.keys", design.id, f"{' and '.join(wanted)} have a key for each tunnel")


def decide_wan(design: StoreDesign, site: Site, facts: WanFacts, known: Proven) -> Iterator[Action | Noop]:
    """Hubs first, so that a gateway that comes up is expected; then the probes, all of them again where anything changes."""
    changing = False
    if design.planes.wan == "managed":
        for box in boxes(design, site, _keys(design, site, facts)):
            item = _converge(box, facts)
            changing = changing or isinstance(item, Action)
            yield item
    else:
        yield Noop(PLANE, "wan.store", design.id, f"the plane is {design.planes.wan}: probed, never changed")
    if design.planes.wan != "absent":
        yield from _probe(design, known, changing)


def _keys(design: StoreDesign, site: Site, facts: WanFacts) -> Keys:
    """Before keys are made a plan still tells what will be done; only performing it needs them."""
    wanted = boxes(design, site, AnyKeys())
    made = all(interface in facts.boxes[box.host.name].keys for box in wanted for interface in box.interfaces)
    return facts.keys if made else AnyKeys()


def _converge(box: Box, facts: WanFacts) -> Action | Noop:
    kind, found = f"wan.{'hub' if box.group == 'hubs' else 'store'}", facts.boxes[box.host.name]
    diff = file_diffs(box.files, found.files)
    reasons = [*_reasons(box, found, diff)]
    if not reasons:
        return Noop(PLANE, kind, box.host.name, f"{len(box.files)} files and {len(box.units)} units are right")
    params = {"host": box.host.name, "keys": facts.keys}
    return Action(PLANE, kind, box.host.name, "; ".join(reasons), params, diff)


def _reasons(box: Box, found: BoxFacts, diff: tuple[FileDiff, ...]) -> Iterator[str]:
    missing = sum(each.before is None for each in diff)
    if missing:
        yield f"{_files(missing)} missing"
    if len(diff) > missing:
        yield f"{_files(len(diff) - missing)} different"
    if found.inactive:
        yield f"not running: {', '.join(found.inactive)}"
    if found.astray:
        yield f"not what the stores' fragments say: {', '.join(found.astray)}"
    if cut_off := sorted(set(found.unsettled) & set(box.files)):
        yield f"an earlier play was cut off after writing {_files(len(cut_off))}"


def _files(count: int) -> str:
    return f"{count} file{'' if count == 1 else 's'}"


def _probe(design: StoreDesign, known: Proven, changing: bool) -> Iterator[Action | Noop]:
    for kind, check in CHECKS.items():
        proof = known.get((GATE, kind))
        if proof is None or changing:
            reason = f"not shown yet: {check.what}" if proof is None else f"shown before the change: {check.what}"
            yield Action(PLANE, f"wan.{kind}", design.id, reason)
        else:
            yield Noop(PLANE, f"wan.{kind}", design.id, f"shown on {proof.at:%Y-%m-%d %H:%M} UTC: {check.what}")
