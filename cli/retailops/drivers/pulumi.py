"""Pulumi programs: on the built-in engine, or on the official CLI through the Automation API where `pulumi` is on the PATH."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from retailops import __version__
from retailops.drivers.pulumi_adopt import adopt, inventory
from retailops.drivers.pulumi_policies import approval
from retailops.drivers.pulumi_program import StatePlaces, engine_request, handover, opener
from retailops.drivers.pulumi_state import StateDesk
from retailops.ports import (
    Adopted,
    Adoption,
    CloudPorts,
    Existing,
    Json,
    OnLine,
    StackRequest,
    StackResult,
    Stacks,
    StackStep,
)

STAND_IN = "the built-in engine stands in for the Pulumi CLI"


def choose(version: str = __version__, cloud: CloudPorts | None = None) -> Stacks:
    """The official CLI wherever it is, else the built-in engine, whose `engine` says that it stands in.

    With `cloud` the built-in engine has the package `lab`.
    """
    if found := shutil.which("pulumi"):
        from retailops.drivers.pulumi_official import OfficialStacks

        return OfficialStacks(found, version)
    return BuiltinStacks(version, cloud=cloud)


class BuiltinStacks(StatePlaces, StateDesk):
    """The built-in engine behind the port; policies run on everything a program of ours registers, before anything changes.

    `pool` is an `engine.host_pool.HostPool` to share; without one the instance has its own, warm after the first call.
    """

    def __init__(self, version: str, pool: Any = None, cloud: CloudPorts | None = None) -> None:
        from retailops.engine.engine import Engine
        from retailops.engine.providers.kubernetes import open_provider
        from retailops.engine.providers.port import Factory

        self.engine = f"built-in engine {version} (stand-in)"
        factories: dict[str, Factory] = {"kubernetes": open_provider}
        if cloud:
            from retailops.drivers.pulumi_lab import factory

            factories["lab"] = factory(cloud)
        self._engine = Engine(version, factories, pool)

    def preview(self, request: StackRequest, on_line: OnLine) -> StackResult:
        return self._approved(self._engine.preview, request, on_line)

    def up(self, request: StackRequest, on_line: OnLine) -> StackResult:
        return self._approved(self._engine.up, request, on_line)

    def refresh(self, request: StackRequest, on_line: OnLine) -> StackResult:
        return self._result(self._engine.refresh(engine_request(request), on_line))

    def destroy(self, request: StackRequest, on_line: OnLine) -> StackResult:
        return self._result(self._engine.destroy(engine_request(request), on_line))

    def outputs(self, request: StackRequest) -> Mapping[str, Json]:
        return self._engine.outputs(engine_request(request))

    def adopt(self, request: StackRequest, asked: Adoption, on_line: OnLine, keep: Callable[[str], None]) -> Adopted:
        return replace(adopt(self._engine, request, asked, on_line, keep), engine=self.engine)

    def inventory(self, request: StackRequest, namespace: str, on_line: OnLine) -> tuple[Existing, ...]:
        return inventory(self._engine, request, namespace, on_line)

    def handover(self, request: StackRequest, to: str) -> bool:
        return handover(request, to)

    def opener(self, request: StackRequest) -> Mapping[str, str]:
        return opener(request)

    def _approved(self, verb: Any, request: StackRequest, on_line: OnLine) -> StackResult:
        approve = approval(request, on_line)
        result = self._result(verb(engine_request(request), on_line, approve))
        return replace(result, findings=approve.findings) if approve else result

    def _result(self, outcome: Any) -> StackResult:
        steps = tuple(StackStep(step.op, step.urn, step.diff) for step in outcome.steps)
        return StackResult(steps, outcome.outputs, self.engine, outcome.digest)
