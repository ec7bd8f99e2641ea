"""Pulumi programs: on the built-in engine, or on the official CLI through the Automation API where `pulumi` is on the PATH."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from retailops import __version__
from retailops.errors import GateNotMet, RetailopsError
from retailops.ports import Json, OnLine, StackRequest, StackResult, Stacks, StackStep

STAND_IN = "the built-in engine stands in for the Pulumi CLI"


def choose(version: str = __version__) -> Stacks:
    """The official CLI wherever it is, else the built-in engine, whose `engine` says that it stands in."""
    if found := shutil.which("pulumi"):
        from retailops.drivers.pulumi_official import OfficialStacks

        return OfficialStacks(found, version)
    return BuiltinStacks(version)


class BuiltinStacks:
    """The built-in engine behind the port; policies run on everything a program of ours registers, before anything changes.

    `pool` is an `engine.host_pool.HostPool` to share; without one the instance has its own, warm after the first call.
    """

    def __init__(self, version: str, pool: Any = None) -> None:
        from retailops.engine.engine import Engine
        from retailops.engine.providers.kubernetes import open_provider

        self.engine = f"built-in engine {version} (stand-in)"
        self._engine = Engine(version, {"kubernetes": open_provider}, pool)

    def preview(self, request: StackRequest, on_line: OnLine) -> StackResult:
        return self._result(self._engine.preview(_request(request), on_line, _approval(request, on_line)))

    def up(self, request: StackRequest, on_line: OnLine) -> StackResult:
        return self._result(self._engine.up(_request(request), on_line, _approval(request, on_line)))

    def refresh(self, request: StackRequest, on_line: OnLine) -> StackResult:
        return self._result(self._engine.refresh(_request(request), on_line))

    def destroy(self, request: StackRequest, on_line: OnLine) -> StackResult:
        return self._result(self._engine.destroy(_request(request), on_line))

    def outputs(self, request: StackRequest) -> Mapping[str, Json]:
        return self._engine.outputs(_request(request))

    def handover(self, request: StackRequest, to: str) -> bool:
        return handover(request, to)

    def _result(self, outcome: Any) -> StackResult:
        steps = tuple(StackStep(step.op, step.urn, step.diff) for step in outcome.steps)
        return StackResult(steps, outcome.outputs, self.engine, outcome.digest)


def _request(request: StackRequest) -> Any:
    from retailops.engine.engine import Request

    return Request(
        program=request.program,
        stack=request.stack,
        state=request.state,
        passphrase_file=request.passphrase_file,
        config=request.config,
        secrets=secret_values(request),
        kubeconfig=request.kubeconfig,
        refresh=request.refresh,
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


def _approval(request: StackRequest, on_line: OnLine) -> Any:
    from retailops.engine.project import load_project
    from retailops_stacks.policies import AUTHOR

    return partial(check_policies, on_line=on_line) if load_project(request.program).author == AUTHOR else None


def check_policies(resources: tuple[Any, ...], on_line: OnLine) -> None:
    """Raises `GateNotMet` with every mandatory violation; advisory ones are told."""
    from retailops.engine.values import plain
    from retailops_stacks.policies import Registered, violations

    seen = [Registered(item.type, item.urn.rsplit("::", 1)[-1], plain(dict(item.inputs))) for item in resources]
    found = violations(seen)
    for item in found:
        if item.level == "advisory":
            on_line(f"policy {item}")
    if stopping := [str(item) for item in found if item.level == "mandatory"]:
        raise GateNotMet(
            f"{len(stopping)} of the policies' demands are not met",
            details="\n".join(stopping),
            resolution="Mend the program; nothing was changed.",
        )


def capture(request: StackRequest, on_line: OnLine, version: str) -> None:
    """Runs a program's policies over what it registers, asking nothing of the world and keeping nothing."""
    from retailops.engine.engine import Engine
    from retailops.engine.providers.kubernetes import open_provider

    if (approve := _approval(request, on_line)) is None:
        return
    engine = Engine(version, {"kubernetes": lambda settings: open_provider(replace(settings, known=False))})
    with tempfile.TemporaryDirectory() as nowhere:
        engine.preview(replace(_request(request), state=nowhere, refresh=False), on_line, approve)


def handover(request: StackRequest, to: str) -> bool:
    """Marks who may write the stack from now on, `builtin` or `official`; False where it is so already."""
    from retailops.engine.project import load_project
    from retailops.engine.state.backend import Backend
    from retailops.engine.state.handover import hand_over

    project = load_project(request.program)
    return hand_over(Backend(request.state), project.name, request.stack, to, __version__)
