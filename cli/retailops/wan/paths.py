"""Identity, tunnels and routing: what gateway and hubs say of each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from retailops.model import Tunnel
from retailops.ports import Json, Reading
from retailops.render.plugs import interface_of, tunnels
from retailops.render.wan_store import gateway_of
from retailops.run.stage import Context
from retailops.wan.wanted import host_of

PATIENCE = 45.0
STALE = 180.0
"""Seconds after which WireGuard itself drops a session that was not renewed."""


def measure_identity(context: Context) -> dict[str, Json]:
    """For each tunnel: the key that the gateway holds, and the key that the hub lets in for its address."""
    states = _states(context)
    gateway = gateway_of(context.design).host
    found = []
    for tunnel in tunnels(context.design, context.site):
        name = interface_of(tunnel.plane)
        own = states[gateway]["tunnels"].get(name, {}).get("public_key")
        peers = states[tunnel.hub]["tunnels"].get(name, {}).get("peers", {})
        known = [key for key, peer in peers.items() if f"{tunnel.address}/32" in peer.get("allowed", ())]
        found.append({"tunnel": name, "hub": tunnel.hub, "own": own, "known": known})
    machine = context.ports.prober.read(host_of(context.site, gateway), Reading("node_state"))["machine"]
    return {"gateway": gateway, "machine": machine, "serial": gateway_of(context.design).serial, "tunnels": found}


def judge_identity(measured: Mapping[str, Any]) -> bool:
    """Each hub knows exactly the gateway's own key for each of its addresses."""
    ends = measured["tunnels"]
    return bool(ends) and all(end["own"] and end["known"] == [end["own"]] for end in ends)


def measure_overlay(context: Context) -> dict[str, Json]:
    """Leases of the uplinks, and seconds since each tunnel's last handshake; waits until it will do, at most 45 s."""
    return _until(context, _overlay, judge_overlay)


def judge_overlay(measured: Mapping[str, Any]) -> bool:
    """Every tunnel is fresh, and they stand on as many lines as the format asks for."""
    fresh = [each for each in measured["tunnels"] if each["age"] is not None and each["age"] < STALE]
    lines = {each["uplink"] for each in fresh}
    return len(fresh) == len(measured["tunnels"]) and len(lines) >= measured["least_lines"]


def measure_routing(context: Context) -> dict[str, Json]:
    """BGP and BFD of each tunnel, seen from the gateway; which tunnel leads to the centre; waits at most 45 s."""
    return _until(context, _routing, judge_routing)


def judge_routing(measured: Mapping[str, Any]) -> bool:
    """Every session is up at both layers and brings prefixes, and the preferred tunnel leads to the centre."""
    sessions = measured["sessions"]
    up = all(each["bgp"] == "Established" and each["bfd"] == "up" and each["prefixes"] for each in sessions)
    return bool(sessions) and up and measured["centre_by"] == [sessions[0]["tunnel"]]


def _overlay(context: Context) -> dict[str, Json]:
    state = gateway_state(context)
    found = []
    for tunnel in tunnels(context.design, context.site):
        peers = state["tunnels"].get(interface_of(tunnel.plane), {}).get("peers", {})
        ages = [peer.get("age") for peer in peers.values()]
        found.append(
            {
                "tunnel": interface_of(tunnel.plane),
                "uplink": tunnel.uplink,
                "hub": tunnel.hub,
                "age": ages[0] if ages else None,
            }
        )
    return {"tunnels": found, "uplinks": state["uplinks"], "least_lines": context.design.format.min_uplinks}


def _routing(context: Context) -> dict[str, Json]:
    state = gateway_state(context)
    sessions = [_session(state, tunnel) for tunnel in tunnels(context.design, context.site)]
    return {"sessions": sessions, "centre_by": centre_by(context, state)}


def _session(state: Mapping[str, Any], tunnel: Tunnel) -> dict[str, Json]:
    neighbour = str(tunnel.hub_address)
    bgp = state["bgp"].get(neighbour, {})
    return {
        "tunnel": interface_of(tunnel.plane),
        "neighbour": neighbour,
        "asn": tunnel.hub_asn,
        "bgp": bgp.get("state"),
        "prefixes": bgp.get("prefixes", 0),
        "bfd": state["bfd"].get(neighbour),
    }


def centre_by(context: Context, state: Mapping[str, Any]) -> list[str]:
    """The devices of the gateway's route to the centre."""
    return list(state["routes"].get(str(context.design.wan.centre[0]), ()))


def gateway_state(context: Context) -> dict[str, Any]:
    """The probe `wan_state` of the store's gateway."""
    host = host_of(context.site, gateway_of(context.design).host)
    return context.ports.prober.read(host, Reading("wan_state"))


def _states(context: Context) -> dict[str, dict[str, Any]]:
    names = [gateway_of(context.design).host, *{each.hub for each in tunnels(context.design, context.site)}]
    prober = context.ports.prober
    return {name: prober.read(host_of(context.site, name), Reading("wan_state")) for name in names}


def _until(
    context: Context, measure: Callable[[Context], dict[str, Json]], judge: Callable[[Mapping[str, Any]], bool]
) -> dict[str, Json]:
    clock = context.ports.clock
    begun = clock.monotonic()
    while True:
        measured = measure(context)
        waited = clock.monotonic() - begun
        if judge(measured) or waited > PATIENCE:
            return {**measured, "waited": round(waited, 2)}
        clock.sleep(0.3)
