"""The policies over everything that a program registers, whichever engine runs it."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from retailops.drivers.pulumi_program import engine_request
from retailops.ports import OnLine, PolicyFinding, PolicyRefused, PolicyWaiver, StackRequest, StackTargets


class Approval:
    """Agrees to what a program of ours registers, before anything is changed; `findings` are what did not stop it.

    Raises `PolicyRefused` with every mandatory violation that no waiver covers today; advisory and waived ones are told.
    """

    def __init__(self, request: StackRequest, on_line: OnLine, today: date | None = None) -> None:
        self._request, self._on_line, self._today = request, on_line, today or date.today()
        self._waivers = [waiver for waiver in request.waivers if fnmatchcase(request.stack, waiver.stack)]
        self.findings: tuple[PolicyFinding, ...] = ()

    def __call__(self, rehearsed: Any) -> None:
        from retailops.engine.values import plain
        from retailops_stacks.policies import Registered, policy_settings, violations

        seen = [
            Registered(item.type, item.urn.rsplit("::", 1)[-1], plain(dict(item.inputs)), self._place(rehearsed, item))
            for item in rehearsed.resources
        ]
        found = tuple(self._finding(item) for item in violations(seen, settings=policy_settings(rehearsed.config)))
        for item in found:
            if not item.stops:
                self._on_line(f"policy {item}")
        if any(item.stops for item in found):
            raise PolicyRefused(found)
        self.findings = found

    def _finding(self, item: Any) -> PolicyFinding:
        bare = PolicyFinding(item.policy, item.level, item.resource, item.message, item.at)
        covering = [one for one in self._waivers if item.waivable and _covers(one, item)]
        waiver = max(covering, key=lambda one: one.until, default=None)
        if waiver is None or item.level == "advisory":
            return bare
        if waiver.until < self._today:
            return replace(bare, message=f"{item.message}; its waiver ended on {waiver.until}")
        return replace(
            bare,
            until=waiver.until.isoformat(),
            reason=waiver.reason,
            requested_by=waiver.requested_by,
            approved_by=waiver.approved_by,
        )

    def _place(self, rehearsed: Any, item: Any) -> str:
        """`file:line`, the file as seen from the folder that the program's own lies in."""
        uri, line = rehearsed.sources.get(item.urn, ("", 0))
        if not uri:
            return ""
        path, programs = Path(unquote(urlparse(uri).path)), self._request.program.resolve().parent
        inside = path.relative_to(programs) if path.is_relative_to(programs) else Path(*path.parts[-2:])
        return f"{inside}:{line}"


def _covers(waiver: PolicyWaiver, item: Any) -> bool:
    return waiver.policy == item.policy and fnmatchcase(item.resource, waiver.resource)


def approval(request: StackRequest, on_line: OnLine) -> Approval | None:
    """What has to agree before a program of ours changes anything; None for one of somebody else's that nobody asked it for."""
    from retailops.engine.project import load_project
    from retailops_stacks.policies import AUTHOR

    if not request.policies and load_project(request.program).author != AUTHOR:
        return None
    return Approval(request, on_line)


def capture(request: StackRequest, on_line: OnLine, version: str) -> tuple[PolicyFinding, ...]:
    """Runs a program's policies over what it registers, asking nothing of the world and keeping nothing."""
    from retailops.engine.engine import Engine
    from retailops.engine.providers.kubernetes import open_provider

    if (approve := approval(request, on_line)) is None:
        return ()
    engine = Engine(version, {"kubernetes": lambda settings: open_provider(replace(settings, known=False))})
    with tempfile.TemporaryDirectory() as nowhere:
        free = replace(request, targets=StackTargets(), secrets_provider="")
        alone = replace(engine_request(free), state=nowhere, refresh=False)
        engine.preview(alone, on_line, approve)
    return approve.findings
