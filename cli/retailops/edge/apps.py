"""The stage `apps`: the centre takes sales, and the store's stack is what its design says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from retailops.edge import app_probes, centre, kubeconfig, stack
from retailops.edge.artifacts import TILL, Artifacts, read_artifacts
from retailops.edge.wanted import server_box, server_host
from retailops.errors import RetailopsError
from retailops.model import StoreDesign, load_chain
from retailops.plan import Action, Noop, file_diffs
from retailops.ports import Json, Play, Site, StackRequest, StackResult
from retailops.run.stage import Context, Found, Handler, Proven, Stage

PLANE = "apps"
GATE = app_probes.GATE


@dataclass(frozen=True)
class AppsFacts:
    """`pending` names the resources of the stack that an `up` would touch; `revision` is the stack's as it is."""

    centre: centre.CentreFacts | None
    till: str
    pending: tuple[str, ...]


def read(context: Context) -> AppsFacts:
    """Asks the centre's host and the engine at once."""
    artifacts = read_artifacts(context.ports.artifacts)
    host = centre.host_of(context.site)
    with ThreadPoolExecutor(2) as pool:
        asked = pool.submit(centre.read, context.ports.prober, host) if host else None
        pending = pool.submit(_pending, context) if context.design.planes.apps == "managed" else None
        return AppsFacts(
            asked.result() if asked else None,
            artifacts.digests.get(TILL, ""),
            pending.result() if pending else (),
        )


def decide(design: StoreDesign, site: Site, facts: AppsFacts, known: Proven) -> Iterator[Action | Noop]:
    """The centre first, so that the till finds it; probes again wherever anything changes."""
    items = [*_centre(site, facts), _stack(design, facts)]
    yield from items
    changing = any(isinstance(item, Action) for item in items)
    if design.planes.apps != "absent":
        yield from app_probes.decide(design, known, changing)


def _centre(site: Site, facts: AppsFacts) -> Iterator[Action | Noop]:
    host = centre.host_of(site)
    if host is None or facts.centre is None:
        return
    wanted = {centre.UNIT_PATH: centre.UNIT_FILE}
    diff = file_diffs(wanted, facts.centre.files)
    reasons = [f"{len(diff)} files differ"] if diff else []
    reasons += ["another program"] if facts.centre.files.get(centre.PROGRAM) != facts.till else []
    reasons += [] if facts.centre.active else ["not running"]
    if reasons:
        yield Action(PLANE, "apps.centre", host.name, "; ".join(reasons), {"host": host.name}, diff)
    else:
        yield Noop(PLANE, "apps.centre", host.name, "runs the till's program of this release")


def _stack(design: StoreDesign, facts: AppsFacts) -> Action | Noop:
    if design.planes.apps != "managed":
        return Noop(PLANE, "apps.stack", design.id, f"the plane is {design.planes.apps}")
    if not facts.pending:
        return Noop(PLANE, "apps.stack", design.id, "a preview finds nothing to change")
    shown = ", ".join(name.rpartition("::")[2] for name in facts.pending[:4])
    more = f" and {len(facts.pending) - 4} more" if len(facts.pending) > 4 else ""
    return Action(PLANE, "apps.stack", design.id, f"{len(facts.pending)} resources to change: {shown}{more}")


def stack_request(context: Context) -> StackRequest:
    """The store's stack with a kubeconfig that was fetched just now."""
    host, address = server_host(context.design, context.site), str(server_box(context.design).address)
    folder = context.root / load_chain(context.root).state.path / "kubeconfigs"
    admin = kubeconfig.fetch(context.ports.prober, host, address, folder)
    artifacts = read_artifacts(context.ports.artifacts)
    return stack.request(context.design, context.root, context.ports.secrets, artifacts, admin)


def _pending(context: Context) -> tuple[str, ...]:
    preview = context.ports.stacks.preview(stack_request(context), lambda _line: None)
    return tuple(step.urn for step in preview.steps if step.op not in ("same", "read"))


def bring_centre(context: Context, params: Mapping[str, Any]) -> Json:
    """The centre's host gets its program and its unit."""
    host = centre.host_of(context.site)
    if host is None or host.name != params["host"]:
        raise RetailopsError(f"{params['host']} is not the centre's host any more", resolution="Repeat the command.")
    artifacts: Artifacts = read_artifacts(context.ports.artifacts)
    play = Play(
        "centre",
        {"centre": (host,)},
        {host.name: {centre.UNIT_PATH: centre.UNIT_FILE}},
        {host.name: centre.variables(artifacts)},
    )
    result = context.ports.configurator.play(play, context.on_line)
    return {"changed": list(result.changed.get(host.name, ())), "seconds": round(result.seconds, 2)}


def bring_stack(context: Context, _params: Mapping[str, Any]) -> Json:
    """The stack is up when its workloads are."""
    result: StackResult = context.ports.stacks.up(stack_request(context), context.on_line)
    return {"changes": result.changes, "engine": result.engine, "digest": result.digest}


def show_revision(context: Context, _params: Mapping[str, Any]) -> Json:
    """A preview after all that was done finds nothing to change."""
    preview = context.ports.stacks.preview(stack_request(context), lambda _line: None)
    payload = {"changes": preview.changes, "resources": len(preview.steps), "engine": preview.engine}
    found = Found(GATE, "revision", preview.changes == 0, {**payload, "digest": preview.digest}, app_probes.FRESH)
    return {"evidence": [found.to_json()]}


HANDLERS: Mapping[str, Handler] = {
    "apps.centre": bring_centre,
    "apps.stack": bring_stack,
    "apps.revision": show_revision,
    **app_probes.HANDLERS,
}

APPS: Stage[AppsFacts] = Stage("apps", GATE, read, decide, HANDLERS)
