"""The order of an opening: which stages, which gates, and what the fleet repository adds to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from retailops.errors import UsageError
from retailops.onboarding.gates import Gate
from retailops.run.stage import Stage


@dataclass(frozen=True)
class Procedure:
    """`stages` in the order in which they run; `gates` in the order of a store's life."""

    stages: tuple[Stage[Any], ...]
    gates: tuple[Gate, ...]

    def until(self, name: str | None) -> tuple[Stage[Any], ...]:
        """The stages up to and with `name`; raises `UsageError` for one that isn't there."""
        names = [stage.name for stage in self.stages]
        if name is None:
            return self.stages
        if name not in names:
            raise UsageError(f"there is no stage {name!r}", resolution=f"The stages are {', '.join(names)}.")
        return self.stages[: names.index(name) + 1]

    def stage(self, name: str) -> Stage[Any]:
        return self.until(name)[-1]

    def gate_of(self, stage: Stage[Any]) -> Gate | None:
        return next((gate for gate in self.gates if gate.id == stage.gate), None)
