"""What both engines ask of a program: its secrets, its policies, and who may write its stack."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from retailops import __version__
from retailops.errors import GateNotMet, RetailopsError
from retailops.ports import OnLine, PolicyWaiver, StackRequest, StackTargets


def engine_request(request: StackRequest) -> Any:
    """The same request in the engine's own terms."""
    from retailops.engine.engine import Request
    from retailops.engine.targeting import Targets

    return Request(
        program=request.program,
        stack=request.stack,
        state=request.state,
        passphrase_file=request.passphrase_file,
        config=request.config,
        secrets=secret_values(request),
        kubeconfig=request.kubeconfig,
        refresh=request.refresh,
        targets=Targets(request.targets.names, request.targets.dependents, request.targets.replace),
    )


def secret_values(request: StackRequest) -> dict[str, str]:
    """The secret configuration, read out of its files; the values stay in memory."""
    values = {}
    for key, path in request.secret_config.items():
        try:
            values[key] = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise RetailopsError(f"the file of the secret {key} can't be read", details=str(error)) from error
    return values


def approval(request: StackRequest, on_line: OnLine) -> Any:
    """What has to agree before a program of ours changes anything; None for a program of somebody else's."""
    from retailops.engine.project import load_project
    from retailops_stacks.policies import AUTHOR

    if load_project(request.program).author != AUTHOR:
        return None
    waivers = [waiver for waiver in request.waivers if fnmatchcase(request.stack, waiver.stack)]
    return partial(check_policies, on_line=on_line, waivers=waivers)


def check_policies(
    resources: tuple[Any, ...], on_line: OnLine, waivers: Sequence[PolicyWaiver] = (), today: date | None = None
) -> None:
    """Raises `GateNotMet` with every mandatory violation that no waiver covers today; advisory and waived ones are told."""
    from retailops.engine.values import plain
    from retailops_stacks.policies import Registered, violations

    seen = [Registered(item.type, item.urn.rsplit("::", 1)[-1], plain(dict(item.inputs))) for item in resources]
    stopping = []
    for item in violations(seen):
        if item.level == "advisory":
            on_line(f"policy {item}")
            continue
        covering = [one for one in waivers if item.waivable and _covers(one, item)]
        waiver = max(covering, key=lambda one: one.until, default=None)
        if waiver is None:
            stopping.append(str(item))
        elif waiver.until < (today or date.today()):
            stopping.append(f"{item} (its waiver ended on {waiver.until})")
        else:
            people = f"{waiver.requested_by} asked, {waiver.approved_by} agreed"
            on_line(f"policy {item}: waived until {waiver.until}, {waiver.reason} ({people})")
    if stopping:
        raise GateNotMet(
            f"{len(stopping)} of the policies' demands are not met",
            details="\n".join(stopping),
            resolution="Mend the program, or have a waiver agreed in waivers.yaml; nothing was changed.",
        )


def _covers(waiver: PolicyWaiver, item: Any) -> bool:
    return waiver.policy == item.policy and fnmatchcase(item.resource, waiver.resource)


def capture(request: StackRequest, on_line: OnLine, version: str) -> None:
    """Runs a program's policies over what it registers, asking nothing of the world and keeping nothing."""
    from retailops.engine.engine import Engine
    from retailops.engine.providers.kubernetes import open_provider

    if (approve := approval(request, on_line)) is None:
        return
    engine = Engine(version, {"kubernetes": lambda settings: open_provider(replace(settings, known=False))})
    with tempfile.TemporaryDirectory() as nowhere:
        engine.preview(
            replace(engine_request(replace(request, targets=StackTargets())), state=nowhere, refresh=False),
            on_line,
            approve,
        )


def handover(request: StackRequest, to: str) -> bool:
    """Marks who may write the stack from now on, `builtin` or `official`; False where it is so already."""
    from retailops.engine.project import load_project
    from retailops.engine.state.backend import Backend
    from retailops.engine.state.handover import hand_over

    project = load_project(request.program)
    return hand_over(Backend(request.state), project.name, request.stack, to, __version__)
