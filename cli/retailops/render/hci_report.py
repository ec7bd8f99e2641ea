"""The hosts' report as one HTML page: what they hold, the seven properties with their proofs, a plot for each drill."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from retailops.render.drill_report import FRAME, environment, plot


def page(overview: Mapping[str, Any], documents: Iterable[Mapping[str, Any]]) -> str:
    """`overview` as `hci.drills.overview` with `at`, `world` and `standsIn`; `documents` are the drills' it speaks of."""
    shown = {(drill["drill"], drill["at"]) for each in overview["properties"] for drill in each["drills"]}
    plots = [
        (
            f"{document['drill']}, {_slowest(document)['victim']} in {_slowest(document)['rack']}",
            plot(_slowest(document)),
        )
        for document in documents
        if (document["drill"], document["at"]) in shown
    ]
    return environment().get_template("hci/report.html.j2").render(document=overview, plots=plots, frame=FRAME)


def _slowest(document: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = max(document["runs"], key=lambda run: float(run["flow"]["worst"]))
    return found
