"""Plays on simulated machines: files are there afterwards, keys are made where a play makes them, and time has passed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retailops.ports import Clock, Host, OnLine, Play, PlayResult
from retailops.twin.machines import machine, pretended, put
from retailops.twin.network import key_of
from retailops.twin.world import CENTRE, World

SECONDS = 4.0
IMAGES = "/var/lib/rancher/k3s/agent/images"
INSTALLED = {
    "edge": {
        "/usr/local/bin/k3s": pretended("k3s"),
        **{f"{IMAGES}/{name}": pretended(name) for name in ("pause-image.tar", "till-image.tar")},
    },
    "centre": {"/usr/local/lib/retailops/till": pretended("till")},
}
"""What plays bring besides rendered files."""

KEYS = "/etc/retailops/wan/keys"


class Configurator:
    """Implements `ports.Configurator`."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world = world
        self._clock = clock

    def play(self, play: Play, on_line: OnLine) -> PlayResult:
        hosts = {host.name: host for group in play.groups.values() for host in group}
        owners = sorted({host.store or CENTRE for host in hosts.values()})
        with self._world.call(f"play {play.playbook} on {', '.join(sorted(hosts))}", *owners) as documents:
            changed = {name: _host(documents[host.store or CENTRE], host, play) for name, host in hosts.items()}
        self._clock.sleep(SECONDS)
        on_line(f"SIMULATED: {play.playbook} on {', '.join(sorted(hosts))}")
        facts = {name: _facts(play, name) for name in hosts}
        return PlayResult(changed, facts, SECONDS)


def _host(document: dict[str, Any], host: Host, play: Play) -> tuple[str, ...]:
    own = machine(document, host.name)
    if play.check:
        return ()
    changed = put(document, host.name, play.files.get(host.name, {}))
    own["files"] |= INSTALLED.get(play.playbook, {})
    if play.playbook == "edge":
        own["texts"]["/etc/rancher/k3s/k3s.yaml"] = "# SIMULATED\nserver: https://127.0.0.1:6443\n"
    if play.playbook not in own["plays"]:
        own["plays"].append(play.playbook)
        changed.append(f"{play.playbook} for the first time")
    for interface in _interfaces(play, host.name):
        own["texts"].setdefault(f"{KEYS}/{interface}.pub", key_of(host.name, interface) + "\n")
    return tuple(changed)


def _facts(play: Play, host: str) -> Mapping[str, Any]:
    if play.playbook != "enroll":
        return {}
    return {"public_keys": {interface: key_of(host, interface) for interface in _interfaces(play, host)}}


def _interfaces(play: Play, host: str) -> list[str]:
    return list(play.variables.get(host, {}).get("interfaces", ())) if play.playbook == "enroll" else []
