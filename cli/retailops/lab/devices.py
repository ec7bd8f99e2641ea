"""A device of a store's LAN: a namespace with one cable and a DHCP client; probes run in it with this computer's tools."""

from __future__ import annotations

import json
from pathlib import Path

from retailops.lab import record, spaces
from retailops.lab.topology import Machine, Topology

_SCRIPT = """#!/bin/sh
# Called by udhcpc: gives the device its lease, and keeps the lease where probes find it.
case "$1" in
deconfig) ip addr flush dev "$interface"; ip link set "$interface" up; rm -f "$LEASE" ;;
bound | renew)
    ip addr replace "$ip/$mask" dev "$interface"
    for each in $router; do ip route replace default via "$each" dev "$interface"; break; done
    : >"$RESOLV"
    [ -n "$domain" ] && echo "search $domain" >>"$RESOLV"
    for each in $dns; do echo "nameserver $each" >>"$RESOLV"; done
    printf '{"address": "%s", "router": "%s", "dns": "%s", "ntp": "%s", "domain": "%s", "server": "%s"}\\n' \\
        "$ip/$mask" "$router" "$dns" "$ntpsrv" "$domain" "$serverid" >"$LEASE.tmp"
    mv "$LEASE.tmp" "$LEASE" ;;
esac
"""

_WITH_RESOLVER = 'mount --bind "$0" /etc/resolv.conf 2>/dev/null; exec "$@"'


def folder(topology: Topology, device: Machine) -> Path:
    return record.folder(topology.record.id) / "devices" / device.name


def prepare(topology: Topology, device: Machine) -> None:
    own = folder(topology, device)
    own.mkdir(parents=True, exist_ok=True)
    resolver = own / "resolv.conf"
    resolver.touch()
    script = own / "udhcpc"
    script.write_text(_SCRIPT)
    script.chmod(0o755)


def client(topology: Topology, device: Machine) -> tuple[list[str], dict[str, str]]:
    """The argv of the device's DHCP client, from the base image, and its environment."""
    own = folder(topology, device)
    busybox = Path(topology.record.base, "bin/busybox")
    argv = ["nsenter", f"--net={spaces.path(device.space)}", str(busybox), "udhcpc", "-f", "-i", "eth0"]
    argv += ["-s", str(own / "udhcpc"), "-x", f"hostname:{device.name.rpartition('-')[2]}"]
    argv += ["-O", "ntpsrv", "-t", "3", "-T", "1", "-A", "1"]
    return argv, {"LEASE": str(own / "lease.json"), "RESOLV": str(own / "resolv.conf")}


def lease(topology: Topology, device: Machine) -> dict[str, str]:
    """What the device was given: address, router, dns, ntp, domain, server; empty before."""
    try:
        given = json.loads((folder(topology, device) / "lease.json").read_text())
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in given.items()}


def prefix(space: str, resolver: Path) -> list[str]:
    """What to put before a command so that it runs as the device would run it, with the device's own resolver."""
    return ["nsenter", f"--net={spaces.path(space)}", "unshare", "--mount", "sh", "-c", _WITH_RESOLVER, str(resolver)]
