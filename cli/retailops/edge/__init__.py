"""The edge plane: the store's cluster and the workloads on it. It knows facts, decides and acts through ports only."""

from __future__ import annotations

from retailops.edge.apps import APPS
from retailops.edge.cluster import EDGE

__all__ = ["APPS", "EDGE"]
