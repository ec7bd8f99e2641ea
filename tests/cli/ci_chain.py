"""A sample chain whose stacks are known to be up, in the simulated world, for tests of `retailops ci`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from click.testing import Result

from retailops.cloud.catalog import all_stacks
from retailops.cloud.changes.inputs import Inputs
from retailops.drivers.revisions import SqliteRevisions
from retailops.ports import Revision
from retailops.twin.faults import from_environment
from retailops.twin.world import World

Run = Callable[..., Result]
IMAGE = "retailops.local/till:simulated"
RINGS = "[{name: pilot, stores: [cd0001], soak: 1h}, {name: rest}]"
AT = datetime(2026, 1, 1, tzinfo=UTC)


class Chain:
    """The sample chain with three stores up: bj0001, cd0001 and hz0001; gz0001 is not opened yet."""

    def __init__(self, root: Path, run: Run) -> None:
        self.root, self._run = root, run
        self.state = root / ".retailops" / "simulated"
        self.world = World(self.state / "world", from_environment())
        self.revisions = SqliteRevisions(self.state / "revisions.sqlite")

    def settle(self) -> None:
        """Every cluster of the three stands, and CI knows their stacks as applied."""
        inputs = Inputs(self.root)
        for stack in all_stacks(self.root, image=IMAGE):
            if stack.project == "edge" and stack.stack != "gz0001":
                self.reach(stack.stack, True)
                now = inputs.of(stack)
                self.revisions.put(Revision("edge", stack.stack, now, now, "applied", AT))

    def settle_clouds(self) -> None:
        """The clouds' stacks too."""
        inputs = Inputs(self.root)
        for stack in all_stacks(self.root, image=IMAGE):
            if stack.project != "edge":
                now = inputs.of(stack)
                self.revisions.put(Revision(stack.project, stack.stack, now, now, "applied", AT))

    def roll(self) -> None:
        """Two stores that may be touched at any time; more than one is a rollout, in which cd0001 is the pilot."""
        path = self.root / "fleet.yaml"
        text = re.sub(
            r"(?ms)^rollout:.*?(?=^\w)", f"rollout: {{limit: 1, atOnce: 1, rings: {RINGS}}}\n", path.read_text()
        )
        path.write_text(re.sub(r"(?ms)^calendars:.*?(?=^\w)", "", text))
        for store in ("hz0001", "cd0001"):
            self.change(store, "tue,thu 02:00-05:00", "daily 00:00-24:00")
        self.settle()

    def release(self) -> None:
        """A change of both is planned and released."""
        self.change("hz0001")
        self.change("cd0001")
        self.plan()
        done = self.apply()
        assert done.exit_code == 0, done.output

    def reach(self, store: str, there: bool) -> None:
        with self.world.open(store) as documents:
            name = {"cd0001": "gw1"}.get(store, "edge1")
            texts = {"/etc/rancher/k3s/k3s.yaml": "server: https://127.0.0.1:6443\n"}
            host = {"files": {}, "texts": texts, "plays": ["edge"] if there else [], "boots": 1}
            documents[store]["hosts"] = {f"{store}-{name}": host}

    def change_fleet(self, old: str, new: str) -> None:
        path = self.root / "fleet.yaml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def change(self, store: str, old: str = "generation: 1", new: str = "generation: 2") -> None:
        path = next(self.root.glob(f"stores/*/{store}.yaml"))
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def __call__(self, *words: str) -> Result:
        return self._run("--simulate", *words)

    def plan(self, *words: str) -> dict[str, Any]:
        done = self("ci", "plan", "--out", str(self.file), "-o", "json", *words)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    @property
    def file(self) -> Path:
        return self.root / "plan.json"

    def apply(self, *words: str) -> Result:
        return self("ci", "apply", str(self.file), *words)

    def status(self, store: str) -> tuple[str, bool]:
        found = self.revisions.of("edge", store)
        assert found
        return found.status, found.applied == found.wanted
