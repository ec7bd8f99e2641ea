"""The hosts on one page: what they hold, whether they are whole, and what drills have shown of each property. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from retailops.hci.drills.properties import Shown, shown
from retailops.hci.sizing import size
from retailops.hci.status.health import faults
from retailops.model.hosts import Hci
from retailops.ports import Json


def overview(hci: Hci, chain: str, state: Mapping[str, Json], documents: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """`documents` are drills' reports (`hci.drills.reports.document`); `state` is what probe `ceph_state` answers, empty where nobody does."""
    sizing = size(hci)
    found = tuple(shown(documents))
    return {
        "chain": chain,
        "backend": hci.backend,
        "version": f"Ceph {str(state['version']).split()[2]}" if state else "",
        "faults": faults(state),
        "hosts": len(hci.hosts),
        "racks": len({host.rack for host in hci.hosts}),
        "sizing": {"rawGib": sizing.raw_gib, "usableGib": sizing.usable_gib},
        "properties": [_property(each) for each in found],
    }


def _property(each: Shown) -> dict[str, Any]:
    return {
        "number": each.proven.number,
        "what": each.proven.what,
        "holds": each.holds,
        "wrong": [line for document in each.documents for line in document["wrong"]],
        "missing": list(each.missing),
        "drills": [_drill(document) for document in each.documents],
    }


def _drill(document: Mapping[str, Any]) -> dict[str, Any]:
    flows = [run["flow"] for run in document["runs"]]
    totals = {key: sum(flow[key] for flow in flows) for key in ("written", "failed", "lost")}
    kept = ("drill", "at", "version", "backend", "median", "worst", "limit", "figures", "wrong")
    return {**{key: document[key] for key in kept}, "runs": len(flows), **totals}
