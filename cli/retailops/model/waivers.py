"""waivers.yaml: which policy does not stop which resource, why, who asked, who agreed, until when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from retailops.model.faults import Fault
from retailops.model.values import Date, FreeText, Id, Part, entries, nearest

WAIVERS = "waivers.yaml"
NEVER = frozenset({"admin-ports", "payment-region"})
"""Policies without waivers; a test holds this and `WAIVABLE` to the policies themselves."""
WAIVABLE = frozenset(
    {
        "budgets",
        "data-region",
        "encryption",
        "exposure",
        "images",
        "labels",
        "limits",
        "personal-region",
        "privileges",
        "requests",
    }
)


class Waiver(Part):
    """`stack` and `resource` are patterns with `*`; a resource is named as policies name it: `Service till`."""

    policy: Id
    stack: FreeText
    resource: FreeText
    reason: FreeText
    requested_by: FreeText
    approved_by: FreeText
    until: Date


class WaiversFile(Part):
    """waivers.yaml as it is written."""

    api_version: Literal["retailops/v1"]
    kind: Literal["Waivers"]
    waivers: Annotated[tuple[Waiver, ...], entries(0, 1000)] = ()


def waiver_faults(file: WaiversFile) -> Iterator[Fault]:
    """What must hold for each waiver whatever the day."""
    for n, waiver in enumerate(file.waivers):
        if waiver.policy in NEVER:
            yield ("waivers", n, "policy"), f"{waiver.policy} has no waivers"
        elif waiver.policy not in WAIVABLE:
            yield ("waivers", n, "policy"), f"no policy {waiver.policy}{nearest(waiver.policy, WAIVABLE)}"
        if waiver.requested_by.strip().casefold() == waiver.approved_by.strip().casefold():
            yield ("waivers", n, "approvedBy"), f"{waiver.approved_by} also asked for it; a second person approves"


def waiver_warnings(file: WaiversFile, today: date) -> Iterator[Fault]:
    """Waivers that hold no more."""
    for n, waiver in enumerate(file.waivers):
        if waiver.until < today:
            yield ("waivers", n, "until"), f"ended on {waiver.until}; {waiver.policy} stops again"
