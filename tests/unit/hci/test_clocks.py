"""Which clocks are named, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from retailops.hci.status.clocks import wrong


def said(**more: Any) -> dict[str, Any]:
    return {"running": True, "age": 3600.0, "source": "10.8.0.11", "offset": 0.0004, "error": 0.001, **more}


@pytest.mark.parametrize(
    ("clock", "line"),
    [
        (said(), None),
        (said(source="local", offset=0.0), None),
        (said(offset=-0.0205), None),
        (said(offset=0.35, error=0.34), None),
        (said(source="", offset=None, age=5.0), None),
        (
            said(source="", offset=None),
            "h2: no time server answers, so its clock drifts; see hci.timeServers and the firewalls between",
        ),
        (
            said(running=False, source="", offset=None),
            "h2: chrony does not run, so its clock drifts; retailops hci up starts it",
        ),
        (said(offset=0.35), "h2: its clock is 0.350 s off that of 10.8.0.11; Ceph's monitors bear 0.05 s"),
        (said(offset=-0.022), "h2: its clock is 0.022 s off that of 10.8.0.11; Ceph's monitors bear 0.05 s"),
    ],
)
def test_a_clock_that_nobody_should_trust_is_named(clock: dict[str, Any], line: str | None) -> None:
    assert list(wrong({"h1": said(), "h2": clock})) == ([line] if line else [])
