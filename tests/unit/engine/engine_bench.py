"""A Pulumi project in a folder, and an engine over a fake world."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field, replace
from pathlib import Path

from fake_world import World

from retailops.engine.engine import Engine
from retailops.engine.host_pool import HostPool
from retailops.engine.session import Outcome, Request

PRELUDE = """
import pulumi
class Thing(pulumi.CustomResource):
    size: pulumi.Output[int]
    def __init__(self, name, props=None, opts=None, kind="Thing"):
        super().__init__(f"fake:index:{kind}", name, {**(props or {}), "size": None}, opts)
class Group(pulumi.ComponentResource):
    def __init__(self, name, props=None, opts=None):
        super().__init__("my:index:Group", name, props or {}, opts)
"""


POOL = HostPool()


@dataclass
class Bench:
    """A project, its state folder, and the fake world that it acts on."""

    folder: Path
    world: World
    lines: list[str] = field(default_factory=list)

    @property
    def request(self) -> Request:
        return Request(self.folder / "program", "dev", str(self.folder / "state"), self.folder / "passphrase")

    @property
    def state_file(self) -> Path:
        return self.folder / "state" / ".pulumi" / "stacks" / "proj" / "dev.json"

    def write(self, source: str) -> None:
        (self.folder / "program" / "__main__.py").write_text(PRELUDE + textwrap.dedent(source))

    def engine(self) -> Engine:
        return Engine("0.0.1", {"fake": self.world.open}, POOL)

    def up(self, source: str | None = None, **options: object) -> Outcome:
        if source is not None:
            self.write(source)
        return self.engine().up(replace(self.request, **options), self.lines.append)  # type: ignore[arg-type]

    def preview(self, source: str | None = None, **options: object) -> Outcome:
        if source is not None:
            self.write(source)
        return self.engine().preview(replace(self.request, **options), self.lines.append)  # type: ignore[arg-type]


def ops(outcome: Outcome) -> dict[str, list[str]]:
    """Op -> names of resources, without what stays the same."""
    found: dict[str, list[str]] = {}
    for step in outcome.steps:
        if step.op != "same" and "pulumi:" not in step.urn.split("::")[2]:
            found.setdefault(step.op, []).append(step.urn.rsplit("::", 1)[-1])
    return {op: sorted(names) for op, names in found.items()}
