"""Runs programs against a cluster on the built-in engine."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from retailops.drivers.pulumi import BuiltinStacks
from retailops.engine.host_pool import HostPool
from retailops.ports import StackRequest, StackResult

POOL = HostPool()


@dataclass
class Desk:
    """Runs a program against a cluster on the built-in engine."""

    folder: Path
    program: Path
    kubeconfig: Path
    config: dict[str, str] = field(default_factory=dict)
    secret_config: dict[str, Path] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    stack: str = "dev"

    @property
    def stacks(self) -> BuiltinStacks:
        return BuiltinStacks("0.0.1", POOL)

    @property
    def request(self) -> StackRequest:
        state, passphrase = str(self.folder / "state"), self.folder / "passphrase"
        return StackRequest(
            self.program, self.stack, self.config, state, passphrase, self.kubeconfig, self.secret_config
        )

    def write(self, source: str) -> None:
        (self.program / "__main__.py").write_text(
            "import pulumi\nimport pulumi_kubernetes as k8s\n" + textwrap.dedent(source)
        )

    def up(self, source: str | None = None) -> StackResult:
        if source is not None:
            self.write(source)
        return self.stacks.up(self.request, self.lines.append)

    def preview(self, source: str | None = None) -> StackResult:
        if source is not None:
            self.write(source)
        return self.stacks.preview(self.request, self.lines.append)


def ops(result: StackResult) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for step in result.steps:
        if (step.op != "same" and "$kubernetes" in step.urn) or ("::kubernetes:" in step.urn and step.op != "same"):
            found.setdefault(step.op, []).append(step.urn.rsplit("::", 1)[-1])
    return {op: sorted(names) for op, names in found.items()}
