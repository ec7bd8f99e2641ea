"""The official Pulumi CLI through its Automation API: the same program, the same state, for as long as the call lasts."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from retailops.drivers.pulumi_adopt import import_officially, inventory
from retailops.drivers.pulumi_policies import capture
from retailops.drivers.pulumi_program import StatePlaces, handover, opener
from retailops.drivers.pulumi_state import StateDesk
from retailops.drivers.pulumi_workspace import environment, project_name, set_secrets, stored, write_project
from retailops.errors import Locked, RetailopsError, ToolError
from retailops.ports import Adopted, Adoption, Existing, Json, OnLine, StackRequest, StackResult, StackStep

_OPS: Mapping[str, str] = {
    "same": "same",
    "create": "create",
    "update": "update",
    "delete": "delete",
    "read": "read",
    "refresh": "refresh",
    "replace": "replace",
    "create-replacement": "replace",
    "import": "import",
    "import-replacement": "import",
}


class OfficialStacks(StatePlaces, StateDesk):
    """`pulumi` is the CLI's path. Everything secret reaches it in files of a private folder that goes with the call."""

    def __init__(self, pulumi: str, version: str) -> None:
        self._version = version
        self.engine = f"pulumi {_says(pulumi)}"

    def preview(self, request: StackRequest, on_line: OnLine) -> StackResult:
        findings = capture(request, on_line, self._version)
        return replace(self._call(request, on_line, "preview"), findings=findings)

    def up(self, request: StackRequest, on_line: OnLine) -> StackResult:
        findings = capture(request, on_line, self._version)
        return replace(self._call(request, on_line, "up"), findings=findings)

    def refresh(self, request: StackRequest, on_line: OnLine) -> StackResult:
        return self._call(request, on_line, "refresh")

    def destroy(self, request: StackRequest, on_line: OnLine) -> StackResult:
        return self._call(request, on_line, "destroy")

    def outputs(self, request: StackRequest) -> Mapping[str, Json]:
        with self._opened(request, "stack output") as stack:
            return _masked(stack.outputs())

    def adopt(self, request: StackRequest, asked: Adoption, on_line: OnLine, keep: Callable[[str], None]) -> Adopted:
        """`pulumi import`; its lines are kept after it, since it alone knows them."""
        with self._opened(request, "import") as stack:
            lines = import_officially(stack, asked, on_line)
        try:
            keep(lines)
        except RetailopsError:
            on_line(lines)
            raise
        return Adopted(lines, (), (), self.engine, _digest(request))

    def inventory(self, request: StackRequest, namespace: str, on_line: OnLine) -> tuple[Existing, ...]:
        """Asked of the cluster, not of the CLI; the stack's state is not looked at."""
        from retailops.engine.engine import Engine
        from retailops.engine.providers.kubernetes import open_provider

        engine = Engine(self._version, {"kubernetes": open_provider})
        with tempfile.TemporaryDirectory() as nowhere:
            return inventory(engine, replace(request, state=nowhere), namespace, on_line)

    def handover(self, request: StackRequest, to: str) -> bool:
        return handover(request, to)

    def opener(self, request: StackRequest) -> Mapping[str, str]:
        return opener(request)

    def _call(self, request: StackRequest, on_line: OnLine, verb: str) -> StackResult:
        steps: dict[str, StackStep] = {}
        with self._opened(request, verb) as stack:
            run: Callable[..., Any] = getattr(stack, verb)
            quiet = {} if verb == "preview" else {"show_secrets": False}
            run(
                on_output=on_line,
                on_event=lambda event: _note(event, steps),
                color="never",
                **quiet,
                **_options(request, verb),
            )
            outputs = _masked(stack.outputs()) if verb != "preview" else {}
        return StackResult(tuple(steps.values()), outputs, self.engine, _digest(request))

    @contextmanager
    def _opened(self, request: StackRequest, verb: str) -> Iterator[Any]:
        from pulumi import automation

        _refuse_ours(request)
        with tempfile.TemporaryDirectory(prefix="retailops-pulumi-") as folder:
            keeper = write_project(Path(folder), request)
            given = environment(request, keeper)
            name = f"organization/{project_name(request)}/{request.stack}"
            try:
                workspace = automation.LocalWorkspace(work_dir=folder, env_vars=given, secrets_provider=keeper or None)
                stack = automation.Stack.create_or_select(name, workspace)
                if keeper:
                    set_secrets(Path(folder), request, name, given)
                yield stack
            except RetailopsError:
                raise
            except Exception as error:
                raise _explained(error, verb, request.stack) from error


def _options(request: StackRequest, verb: str) -> dict[str, Any]:
    aim = request.targets
    options: dict[str, Any] = {}
    if aim.names:
        options |= {"target": _patterns(aim.names), "target_dependents": aim.dependents}
    if verb in ("preview", "up"):
        options |= {"refresh": True} if request.refresh else {}
        options |= {"replace": _patterns(aim.replace)} if aim.replace else {}
    return options


def _patterns(names: Iterable[str]) -> list[str]:
    """The CLI knows URNs and wildcards only: a short form becomes what ends like it."""
    found: list[str] = []
    for name in names:
        short = [f"**::{name}", *([f"**${name}"] if "::" in name else [])]
        found += [name] if name.startswith(("urn:", "*")) else short
    return found


def _says(pulumi: str) -> str:
    done = subprocess.run([pulumi, "version"], capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.strip() or "of unknown version"


def _refuse_ours(request: StackRequest) -> None:
    from retailops.engine.state.handover import writer

    there = stored(request)
    if there and writer(there.document) == "builtin":
        raise RetailopsError(
            f"stack {request.stack} was last written by the built-in engine",
            resolution="Hand it over first: retailops cloud handover --to official.",
        )


def _note(event: Any, steps: dict[str, StackStep]) -> None:
    if (pre := event.resource_pre_event) is None:
        return
    metadata = pre.metadata
    op = _OPS.get(str(getattr(metadata.op, "value", metadata.op)))
    if op:
        diff = tuple(sorted(metadata.detailed_diff or metadata.diffs or ()))
        steps[metadata.urn] = replace(StackStep("same", metadata.urn), op=op, diff=diff)  # type: ignore[arg-type]


def _masked(outputs: Mapping[str, Any]) -> dict[str, Json]:
    return {key: "[secret]" if item.secret else item.value for key, item in outputs.items()}


def _digest(request: StackRequest) -> str:
    there = stored(request)
    return there.digest if there else ""


def _explained(error: Exception, verb: str, stack: str) -> RetailopsError:
    text = str(error)
    if "currently locked" in text or "Another update" in text:
        return Locked(f"stack {stack} is held by somebody else", details=text[-1500:])
    if "incorrect passphrase" in text:
        return RetailopsError(
            "wrong passphrase for this stack's secrets", resolution="Name the file with the right one."
        )
    return ToolError(f"pulumi {verb} of stack {stack} failed", details=text[-1500:])
