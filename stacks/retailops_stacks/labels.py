"""The labels that everything of ours carries: whose it is, who pays, what it may hold, which store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DataClass = Literal["public", "operations", "sales", "personal", "payment"]
REQUIRED = ("retailops/owner", "retailops/cost-centre", "retailops/data-class", "retailops/store")


@dataclass(frozen=True)
class Ownership:
    """Values as Kubernetes allows them in labels: letters, digits, `-`, `_`, `.`, at most 63."""

    store: str
    generation: int
    owner: str
    cost_centre: str

    def labels(self, data_class: DataClass, app: str = "") -> dict[str, str]:
        return {
            "retailops/owner": self.owner,
            "retailops/cost-centre": self.cost_centre,
            "retailops/data-class": data_class,
            "retailops/store": self.store,
            "retailops/generation": str(self.generation),
            "app.kubernetes.io/part-of": "retailops",
            **({"app.kubernetes.io/name": app} if app else {}),
        }
