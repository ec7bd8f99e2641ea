"""`ci plan` and programs that go wrong, on the built-in engine: one that does is no other's trouble."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from stack_desk import POOL

from retailops.cloud.catalog import WantedStack
from retailops.cloud.changes.change import StackChange
from retailops.cloud.changes.inputs import Inputs
from retailops.cloud.changes.plan import plan_changes
from retailops.cloud.changes.summary import summary
from retailops.drivers.pulumi import BuiltinStacks
from retailops.errors import ToolError
from retailops.model.sample.write import write_sample
from retailops.ports import OnLine, Ports, Revision, StackRequest, StackResult
from retailops.wiring import build_ports

GOOD = 'import pulumi\npulumi.export("x", 1)\n'
PROGRAMS = {
    "good": GOOD,
    "raises": GOOD + 'raise ValueError("no lanes")\n',
    "hangs": GOOD + "import time\ntime.sleep(1000)\n",
    "garbage": GOOD + 'import os, sys\nos.write(1, b"\\xff\\x00\\x1b[31m" * 9)\nsys.stdout.buffer.write(b"\\xfe{[")\n',
    "garbage-and-raises": 'import os\nos.write(2, b"\\xff\\x00" * 5000)\nraise SystemError("\\x1b[31m|<b>\\n" * 3)\n',
    "exits": GOOD + "import sys\nsys.exit(3)\n",
    "dies": GOOD + "import os\nos._exit(7)\n",
    "no-python": "def (:\n",
    "last": GOOD,
}
AT = datetime(2026, 1, 1, tzinfo=UTC)


class Yard:
    """Programs in a folder each, as stacks of a project of the same name that are known as applied once."""

    def __init__(self, folder: Path) -> None:
        write_sample(folder / "fleet", 1)
        (folder / "passphrase").write_text("p")
        self.folder = folder
        self.ports = replace(build_ports(folder / "fleet", True), stacks=BuiltinStacks("0.0.1", POOL))
        self.kubeconfig: Path | None = None

    def stack(self, name: str, source: str) -> WantedStack:
        program = self.folder / name
        program.mkdir()
        (program / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
        (program / "__main__.py").write_text(source)
        return WantedStack(name, "dev", program, {})

    def request(self, stack: WantedStack) -> StackRequest:
        return StackRequest(
            stack.program,
            stack.stack,
            stack.config,
            str(self.folder / "state"),
            self.folder / "passphrase",
            self.kubeconfig,
            patience=3.0 if stack.project == "hangs" else 120.0,
        )

    def plan(self, *stacks: WantedStack, ports: Ports | None = None) -> dict[str, StackChange]:
        known = [Revision(stack.project, stack.stack, "0", "0", "applied", AT) for stack in stacks]
        inputs = Inputs(self.folder / "fleet")
        self.found = plan_changes(ports or self.ports, "lanxing", stacks, inputs, known, self.request)
        return {change.project: change for change in self.found.changes}


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return Yard(tmp_path)


def test_each_one_that_goes_wrong_is_failed_with_its_last_words_and_the_rest_is_planned(yard: Yard) -> None:
    found = yard.plan(*(yard.stack(name, source) for name, source in PROGRAMS.items()))
    assert {name: change.form for name, change in found.items()} == {
        "good": "changes",
        "raises": "failed",
        "hangs": "failed",
        "garbage": "changes",
        "garbage-and-raises": "failed",
        "exits": "failed",
        "dies": "failed",
        "no-python": "failed",
        "last": "changes",
    }
    assert "ValueError: no lanes" in found["raises"].why
    assert "it did nothing for 3 s and was ended" in found["hangs"].why
    assert "SyntaxError" in found["no-python"].why
    page = summary(yard.found, 10)
    assert "| `raises/dev` | **failed** |" in page
    assert "no lanes" in page
    assert "<b>" not in page.replace("\\<b\\>", "")
    assert "\x1b" not in page
    assert "**Not to be applied: mend what is refused or failed" in page


def test_a_cluster_that_does_not_answer_defers(yard: Yard) -> None:
    yard.kubeconfig = yard.folder / "kubeconfig"
    document = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c"}}],
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:9"}}],
    }
    yard.kubeconfig.write_text(json.dumps(document))
    source = 'import pulumi_kubernetes as k8s\nk8s.core.v1.Namespace("n", metadata={"name": "n"})\n'
    found = yard.plan(yard.stack("dark", source))
    assert found["dark"].form == "deferred", found["dark"]


class Thousand:
    """A fake engine on which every stack has one change, but some."""

    engine = "fake"

    def __init__(self, wrong: dict[str, Exception]) -> None:
        self._wrong = wrong

    def preview(self, request: StackRequest, on_line: OnLine) -> StackResult:  # noqa: ARG002
        if error := self._wrong.get(request.stack):
            raise error
        return StackResult((), {}, self.engine, "d")


def test_two_of_a_thousand(yard: Yard) -> None:
    program = yard.stack("p", GOOD).program
    stacks = [WantedStack("p", f"s{n:04}", program, {}) for n in range(1000)]
    wrong = {"s0007": ToolError("the disk is full", details="last words"), "s0500": ValueError("a bug")}
    yard.plan(*stacks, ports=replace(yard.ports, stacks=Thousand(wrong)))  # type: ignore[arg-type]
    assert {change.stack: change.why for change in yard.found.of("failed")} == {
        "s0007": "the disk is full\nlast words",
        "s0500": "ValueError: a bug",
    }
    assert len(yard.found.of("same")) == 998
