"""What the cluster that starts machines elsewhere says of itself: `{devices: {host: {agent, ip, username}}}` -> its state.

`{runs, quorum, coordinator, hosts: {name: {online, unclean}}, resources: {id: {on: [host], failed}}, devices: {id: why it fails},
cut_off: [address], marked: [host], power: {host: {state: on|off|unknown, why}}}`; only `runs: false` where no Pacemaker runs here. `resources` are
what hosts carry, without the fence devices; `marked` hosts carry nothing until they have booted;
`power` is asked of the controllers of hosts that are not online, and of no others.
"""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import Any

PATIENCE = 15
KEYRING, PASSWORDS = "/etc/retailops/fencing.keyring", "/etc/retailops/controllers"
ON, OFF = 0, 2
MARK = "attribute[@name='cut-off']"
OWN = {"fence_redfish": "ssl_insecure=1", "fence_ipmilan": "lanplus=1"}


def run(*argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False, timeout=PATIENCE)


def power(host: str, device: dict[str, str]) -> dict[str, str]:
    asked = [
        "action=status",
        *(f"{key}={device[key]}" for key in ("ip", "username")),
        f"password_script=cat {PASSWORDS}/{host}",
        OWN[device["agent"]],
    ]
    try:
        done = run(device["agent"], stdin="\n".join(asked) + "\n")
    except subprocess.TimeoutExpired:
        return {"state": "unknown", "why": f"its controller {device['ip']} gave no answer in {PATIENCE} s"}
    except FileNotFoundError:
        return {"state": "unknown", "why": f"{device['agent']} is not installed"}
    if done.returncode in (ON, OFF):
        return {"state": "on" if done.returncode == ON else "off", "why": ""}
    said = (done.stderr or done.stdout).strip().splitlines()
    return {"state": "unknown", "why": f"its controller {device['ip']}: {said[-1][-200:] if said else 'no word'}"}


def cut_off() -> list[str]:
    """Addresses that are whole on the blocklist; a single client's entry is not one."""
    argv = ["ceph", "-n", "client.fencing", "--keyring", KEYRING, "--connect-timeout", "10", "-f", "json"]
    try:
        done = run(*argv, "osd", "blocklist", "ls")
        entries = json.JSONDecoder().raw_decode(done.stdout)[0] if done.returncode == 0 else []
    except (subprocess.TimeoutExpired, ValueError):
        return []
    return sorted(each["addr"].split(":")[0] for each in entries if each["addr"].endswith(":0/0"))


def carried(found: ET.Element) -> dict[str, dict[str, Any]]:
    return {
        each.get("id", ""): {
            "on": [node.get("name") for node in each.findall("node")],
            "failed": each.get("failed") == "true",
        }
        for each in found.iterfind("resources//resource")
        if not each.get("resource_agent", "").startswith("stonith:")
    }


def failing(found: ET.Element) -> dict[str, str]:
    """Fence devices that fail when they are asked how they are, which is done every minute -> their last words."""
    names = {
        each.get("id", "")
        for each in found.iterfind("resources//resource")
        if each.get("resource_agent", "")[:8] == "stonith:"
    }
    failed: dict[str, str] = {}
    for each in found.iterfind("failures/failure"):
        name = each.get("op_key", "").rpartition("_")[0].rpartition("_")[0]
        if name in names:
            failed[name] = each.get("exitreason") or each.get("status") or each.get("exitstatus") or "failed"
    return failed


def state(devices: dict[str, dict[str, str]]) -> dict[str, Any]:
    done = run("crm_mon", "-1", "--output-as=xml", "--show-node-attributes")
    if done.returncode:
        return {"runs": False}
    found = ET.fromstring(done.stdout)
    coordinator = found.find("summary/current_dc")
    hosts = {
        each.get("name", ""): {"online": each.get("online") == "true", "unclean": each.get("unclean") == "true"}
        for each in found.iterfind("nodes/node")
    }
    lost = [name for name, each in hosts.items() if not each["online"] and name in devices]
    return {
        "runs": True,
        "quorum": coordinator is not None and coordinator.get("with_quorum") == "true",
        "coordinator": coordinator.get("name", "") if coordinator is not None else "",
        "hosts": hosts,
        "resources": carried(found),
        "devices": failing(found),
        "cut_off": cut_off(),
        "marked": [each.get("name") for each in found.iterfind("node_attributes/node") if each.find(MARK) is not None],
        "power": {name: power(name, devices[name]) for name in lost},
    }


if __name__ == "__main__":
    try:
        print(json.dumps(state(json.loads(sys.argv[1])["devices"])))
    except FileNotFoundError:
        print(json.dumps({"runs": False}))
