"""What gate G8 asks of a store's applications."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from retailops.edge import till
from retailops.edge.sales import ANSWER_SECONDS, sell_offline, wait
from retailops.edge.wanted import server_host
from retailops.model import StoreDesign
from retailops.plan import Action, Noop
from retailops.ports import Json, Reading
from retailops.run.stage import Context, Found, Handler, Proven

GATE = "G8"
PLANE = "apps"
FRESH = timedelta(days=7)
LOCAL = ("Never", "IfNotPresent")


@dataclass(frozen=True)
class Check:
    """`measure` asks the world; it returns whether that will do, and what was measured."""

    what: str
    measure: Callable[[Context], tuple[bool, dict[str, Json]]]
    also: tuple[str, str] | None = None


def healthy(context: Context) -> tuple[bool, dict[str, Json]]:
    """Every deployment has its replicas, and the till says from the POS network that it is well."""
    prober, site, design = context.ports.prober, context.site, context.design
    answered = wait(context.ports.clock, ANSWER_SECONDS, lambda: till.answers(prober, site, design))
    found = _workloads(context)
    short = [f"{each['namespace']}/{each['name']}" for each in found["deployments"] if each["ready"] < each["wanted"]]
    payload = {"deployments": found["deployments"], "short": short, "till_answers_after_seconds": answered}
    return bool(found["deployments"]) and not short and answered is not None, payload


def images_local(context: Context) -> tuple[bool, dict[str, Json]]:
    """No pod needs a registry to start again: its images are on the node, or are never pulled."""
    found = _workloads(context)
    used = sorted({(image, policy) for pod in found["pods"] for image, policy in pod["images"]})
    held = set(found["images"])
    missing = [image for image, policy in used if image not in held and policy not in LOCAL[:1]]
    always = [image for image, policy in used if policy not in LOCAL]
    payload = {"images": [image for image, _ in used], "missing": missing, "always_pulled": always}
    return bool(used) and not missing and not always, payload


def offline_sale(context: Context) -> tuple[bool, dict[str, Json]]:
    return sell_offline(context)


CHECKS: Mapping[str, Check] = {
    "healthy": Check("workloads are ready and the till answers", healthy),
    "images_local": Check("images are on the node itself", images_local),
    "offline_sale": Check("a sale with every line cut reaches the centre once", offline_sale, ("G10", "sale_offline")),
}
"""Kind of evidence -> check; `also` is another gate's check that the same trial shows."""


def decide(design: StoreDesign, known: Proven, changing: bool) -> Iterator[Action | Noop]:
    """The revision is what the preview said, so it is shown anew with every change; the others where they aren't proven."""
    for kind, what in (("revision", "the stack is at the wanted revision"), *((k, c.what) for k, c in CHECKS.items())):
        proof = known.get((GATE, kind))
        if proof is None or changing:
            yield Action(
                PLANE,
                f"apps.{kind}",
                design.id,
                f"{'not shown yet' if proof is None else 'shown before the change'}: {what}",
            )
        else:
            yield Noop(PLANE, f"apps.{kind}", design.id, f"shown on {proof.at:%Y-%m-%d %H:%M} UTC: {what}")


def handler(kind: str, check: Check) -> Handler:
    """Performs a check and hands back its evidence."""

    def perform(context: Context, _params: Mapping[str, Any]) -> Json:
        ok, payload = check.measure(context)
        context.on_line(f"  {check.what}: {'yes' if ok else 'no'}")
        shown = [(GATE, kind), *([check.also] if check.also else [])]
        return {"evidence": [Found(gate, name, ok, payload, FRESH).to_json() for gate, name in shown]}

    return perform


def _workloads(context: Context) -> dict[str, Json]:
    host = server_host(context.design, context.site)
    return context.ports.prober.read(host, Reading("workloads"))


HANDLERS: Mapping[str, Handler] = {f"apps.{kind}": handler(kind, check) for kind, check in CHECKS.items()}
