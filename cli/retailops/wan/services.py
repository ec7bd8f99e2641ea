"""Leases, names and time as each device has them while every line of the store is cut."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from retailops.ports import Host, Json, Reading
from retailops.render.plugs import plugged
from retailops.render.wan_services import store_names
from retailops.run.stage import Context

MOST_OFFSET = 1.0


def measure_services(context: Context) -> dict[str, Json]:
    """Asked from a device in each zone that has one; the lines are up again after it, also after an error."""
    devices = [host for host in context.site.hosts if host.role == "device" and host.zone in context.design.zones]
    uplinks, lines = [uplink.id for uplink in context.design.uplinks], context.ports.lines
    try:
        for uplink in uplinks:
            lines.cut(context.design.id, uplink)
        with ThreadPoolExecutor(max(1, len(devices))) as pool:
            found = list(pool.map(lambda device: _asked(context, device), devices))
    finally:
        for uplink in uplinks:
            lines.heal(context.design.id, uplink)
    return {"cut": uplinks, "devices": dict(zip((each.name for each in devices), found, strict=True))}


def judge_services(measured: Mapping[str, Any]) -> bool:
    """Every device was offered its address, resolved every name rightly, and was told the time within a second."""
    return bool(measured["devices"]) and all(_right(each) for each in measured["devices"].values())


def _right(each: Mapping[str, Any]) -> bool:
    lease, time = each["lease"], each["time"]
    return (
        lease is not None
        and each["reserved"] in (None, lease["address"])
        and each["names"] == each["expected"]
        and time is not None
        and abs(time["offset"]) <= MOST_OFFSET
    )


def _asked(context: Context, device: Host) -> dict[str, Json]:
    design = context.design
    assert device.zone is not None
    gateway = str(design.zones[device.zone].gateway)
    expected = {f"{name}.{design.domain}": str(address) for name, address in store_names(design)}
    args = {
        "names": {"server": gateway, "names": list(expected)},
        "time": gateway,
        "lease": plugged(context.site, device.name, f"zone:{device.zone}"),
    }
    answer = context.ports.prober.read(device, Reading("store_services", args))
    known = {each.host: each.address for each in design.devices}
    reserved = known.get(device.name)
    return {**answer, "expected": expected, "reserved": str(reserved) if reserved else None}
