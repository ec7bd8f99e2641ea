"""The files of a host that belongs to the cluster which starts machines elsewhere: corosync, Pacemaker's description, our fence agent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from ipaddress import IPv4Address
from itertools import combinations
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from retailops.agents.fence_volumes import MARK
from retailops.model.hosts import Hci, Host
from retailops.ports import RenderedFile
from retailops.render.text import rendered

COROSYNC = "/etc/corosync/corosync.conf"
CIB = "/etc/retailops/cluster.xml"
AGENT = "/usr/sbin/fence_retailops_volumes"
RECORDER = "/usr/lib/ocf/resource.d/retailops/recorder"
DROP_IN = "/etc/systemd/system/pacemaker.service.d/retailops.conf"
PASSWORDS = "/etc/retailops/controllers"
PORT = 5405
_TOKEN = 3000
"""Milliseconds without a word after which a host is called lost."""

_PROPERTIES = {
    "stonith-enabled": "true",
    "stonith-action": "off",
    "no-quorum-policy": "freeze",
    "startup-fencing": "true",
    "concurrent-fencing": "true",
    "stonith-timeout": "120s",
    "cluster-recheck-interval": "60s",
}
AGENTS = {"redfish": "fence_redfish", "ipmi": "fence_ipmilan"}
_DEFAULTS = {
    "resource-stickiness": "200",
    "migration-threshold": "3",
    "failure-timeout": "120s",
    "multiple-active": "stop_unexpected",
}
_WAITS = {"pcmk_off_timeout": "60s", "pcmk_monitor_timeout": "30s", "pcmk_status_timeout": "30s"}


@dataclass(frozen=True)
class Carried:
    """Something that runs on one host at a time: an agent `class:provider:type` with its parameters, best on host `on`, next on `then`.

    Those with the same `apart` never share a host.
    """

    id: str
    agent: str
    on: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    priority: int = 0
    start: int = 60
    stop: int = 120
    then: str = ""
    apart: str = ""


def members(hci: Hci) -> tuple[Host, ...]:
    """The hosts that take over each other's machines: all with that role, or none where one of them has no controller."""
    hosts = hci.with_role("machines")
    return hosts if len(hosts) > 2 and all(host.controller for host in hosts) else ()


def address(hci: Hci, host: Host) -> IPv4Address:
    """Where its machines write from."""
    return hci.prefixes["storage"][host.number]


def cluster_files(hci: Hci, chain: str, host: Host, carried: Iterable[Carried] = ()) -> dict[str, RenderedFile]:
    """Path -> file of one host; empty for a host outside the cluster."""
    together = members(hci)
    if host not in together:
        return {}
    named = [{"name": each.id, "number": each.number, "address": address(hci, each)} for each in together]
    agents = files("retailops.agents")
    return {
        COROSYNC: rendered("hci/corosync.conf.j2", host=host.id, cluster=chain, token=_TOKEN, port=PORT, members=named),
        CIB: RenderedFile(cib(hci, carried), "0600"),
        AGENT: RenderedFile(agents.joinpath("fence_volumes.py").read_bytes(), "0755"),
        RECORDER: RenderedFile(agents.joinpath("recorder.py").read_bytes(), "0755"),
        DROP_IN: rendered("hci/pacemaker.conf.j2", agent=AGENT, host=host.id, address=address(hci, host)),
    }


def cib(hci: Hci, carried: Iterable[Carried]) -> bytes:
    """Pacemaker's configuration: to start a host's machines elsewhere both devices of its one fencing level must succeed."""
    root, hosts, kept = Element("configuration"), members(hci), tuple(carried)
    properties = SubElement(SubElement(root, "crm_config"), "cluster_property_set", id="retailops")
    _pairs(properties, "retailops", _PROPERTIES)
    resources, constraints = SubElement(root, "resources"), SubElement(root, "constraints")
    for host in hosts:
        _power(resources, host)
        _location(constraints, f"not-itself-{host.id}", f"power-{host.id}", host.id, "-INFINITY")
    _volumes(resources, hci)
    for each in kept:
        _carried(resources, each)
        constraints.append(kept_from_cut_off(each.id))
        for rank, where, score in (("best", each.on, "100"), ("next", each.then, "50")):
            if where:
                _location(constraints, f"{rank}-{each.id}", each.id, where, score)
    _apart(constraints, kept)
    topology = SubElement(root, "fencing-topology")
    for host in hosts:
        devices = f"power-{host.id},volumes"
        SubElement(topology, "fencing-level", id=f"proofs-{host.id}", target=host.id, index="1", devices=devices)
    defaults = SubElement(SubElement(root, "rsc_defaults"), "meta_attributes", id="resources")
    _pairs(defaults, "resources", _DEFAULTS)
    indent(root)
    return tostring(root) + b"\n"


def kept_from_cut_off(resource: str) -> Element:
    """A host that was cut off and is alive carries nothing until it has booted; what runs elsewhere is not touched."""
    name = f"kept-{resource}"
    made = Element("rsc_location", id=name, rsc=resource)
    rule = SubElement(made, "rule", id=f"{name}-rule", score="-INFINITY")
    SubElement(rule, "expression", id=f"{name}-mark", attribute=MARK, operation="eq", value="1")
    return made


def _power(resources: Element, host: Host) -> None:
    assert host.controller is not None
    device = _device(resources, f"power-{host.id}", AGENTS[host.controller.kind])
    wanted = {
        "ip": str(host.controller.address),
        "username": host.controller.user,
        "password_script": f"cat {PASSWORDS}/{host.id}",
        "pcmk_host_list": host.id,
    }
    own = {"ssl_insecure": "1"} if host.controller.kind == "redfish" else {"lanplus": "1"}
    _attributes(device, {**wanted, **own, **_WAITS})
    _monitor(device, 60)


def _volumes(resources: Element, hci: Hci) -> None:
    device = _device(resources, "volumes", "fence_retailops_volumes")
    where = ";".join(f"{host.id}:{address(hci, host)}" for host in members(hci))
    pools = ",".join(pool.id for pool in hci.pools)
    _attributes(device, {"pcmk_host_map": where, "pcmk_host_check": "static-list", "pools": pools, **_WAITS})
    _monitor(device, 60)


def _device(resources: Element, name: str, agent: str) -> Element:
    return SubElement(resources, "primitive", {"id": name, "class": "stonith", "type": agent})


def _carried(resources: Element, each: Carried) -> None:
    kind, provider, agent = each.agent.split(":")
    made = SubElement(resources, "primitive", {"id": each.id, "class": kind, "provider": provider, "type": agent})
    if each.priority:
        _pairs(
            SubElement(made, "meta_attributes", id=f"{each.id}-meta"),
            f"{each.id}-meta",
            {"priority": str(each.priority)},
        )
    if each.parameters:
        _attributes(made, each.parameters)
    operations = SubElement(made, "operations")
    for name, interval, timeout in (("start", 0, each.start), ("stop", 0, each.stop), ("monitor", 10, 30)):
        times = {"interval": f"{interval}s", "timeout": f"{timeout}s"}
        SubElement(operations, "op", {"id": f"{each.id}-{name}", "name": name, **times})


def _apart(constraints: Element, kept: Sequence[Carried]) -> None:
    for one, other in combinations(kept, 2):
        if one.apart and one.apart == other.apart:
            wanted = {"id": f"apart-{one.id}-{other.id}", "rsc": other.id, "with-rsc": one.id, "score": "-INFINITY"}
            SubElement(constraints, "rsc_colocation", wanted)


def _monitor(device: Element, seconds: int) -> None:
    times = {"interval": f"{seconds}s", "timeout": "30s"}
    SubElement(
        SubElement(device, "operations"), "op", {"id": f"{device.get('id')}-monitor", "name": "monitor", **times}
    )


def _attributes(resource: Element, values: Mapping[str, str]) -> None:
    name = f"{resource.get('id')}-parameters"
    _pairs(SubElement(resource, "instance_attributes", id=name), name, values)


def _pairs(parent: Element, prefix: str, values: Mapping[str, str]) -> None:
    for name, value in values.items():
        SubElement(parent, "nvpair", id=f"{prefix}-{name}", name=name, value=value)


def _location(constraints: Element, name: str, resource: str, host: str, score: str) -> None:
    SubElement(constraints, "rsc_location", id=name, rsc=resource, node=host, score=score)
