"""The files of a host on which machines run: each machine as libvirt reads it, each zone's VLAN and bridge; and the machines' seeds."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping

import yaml

from retailops.model.hosts import Hci
from retailops.model.machines import Machine, MachineImage
from retailops.ports import RenderedFile
from retailops.render.hci import cluster_id
from retailops.render.text import rendered

FOLDER = "/etc/retailops/machines"
NETWORKD = "/etc/systemd/network"


def domain_path(machine: str) -> str:
    """Where a host finds the machine's description, on every host alike, so that any of them can start it."""
    return f"{FOLDER}/{machine}.xml"


def volume_name(machine: str) -> str:
    """The machine's disk within its pool. Names have a dot, which ids have not, so none is ever taken for another."""
    return f"machine.{machine}"


def image_name(image: MachineImage) -> str:
    return f"image.{image.id}.{image.sha256[:12]}"


def seed_name(hci: Hci, machine: Machine) -> str:
    """Another seed has another name: what a running machine was started with stays as it is."""
    text = "\0".join(part for pair in sorted(seed(hci, machine).items()) for part in pair)
    return f"seed.{machine.id}.{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def secret_id(chain: str, pool: str) -> uuid.UUID:
    """Under which libvirt keeps the pool's key on each host."""
    return uuid.uuid5(cluster_id(chain), f"secret.{pool}")


def hardware_address(machine: Machine) -> str:
    """From the address, which no other machine has."""
    return ":".join(f"{byte:02x}" for byte in (0x52, 0x54, *machine.address.packed))


def machine_files(hci: Hci, chain: str) -> dict[str, RenderedFile]:
    """Path -> file, the same on every host with the role machines."""
    return {**_networks(hci), **{domain_path(each.id): _domain(hci, chain, each) for each in hci.machines}}


def seed(hci: Hci, machine: Machine) -> Mapping[str, str]:
    """The three files of cloud-init's NoCloud source, by name."""
    zone = next(each for each in hci.zones if each.id == machine.zone)
    card: dict[str, object] = {
        "match": {"macaddress": hardware_address(machine)},
        "addresses": [f"{machine.address}/{zone.prefix.prefixlen}"],
    }
    if zone.gateway:
        card["routes"] = [{"to": "default", "via": str(zone.gateway)}]
    if zone.dns:
        card["nameservers"] = {"addresses": [str(each) for each in zone.dns]}
    user = {"ssh_authorized_keys": list(hci.hypervisor.authorized_keys), "ssh_pwauth": False}
    return {
        "meta-data": _yaml({"instance-id": machine.id, "local-hostname": machine.id}),
        "network-config": _yaml({"version": 2, "ethernets": {"lan0": card}}),
        "user-data": f"#cloud-config\n{_yaml(user)}",
    }


def _yaml(document: object) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def _domain(hci: Hci, chain: str, machine: Machine) -> RenderedFile:
    return rendered(
        "hci/domain.xml.j2",
        machine=machine,
        uuid=uuid.uuid5(cluster_id(chain), f"machine.{machine.id}"),
        hypervisor=hci.hypervisor,
        secret=secret_id(chain, machine.pool),
        volume=volume_name(machine.id),
        seed=seed_name(hci, machine),
        mac=hardware_address(machine),
    )


def _networks(hci: Hci) -> dict[str, RenderedFile]:
    trunk, tagged = hci.hypervisor.trunk, [zone for zone in hci.zones if zone.vlan]
    found = (
        {f"{NETWORKD}/40-{trunk}.network": rendered("hci/trunk.network.j2", trunk=trunk, zones=tagged)}
        if tagged
        else {}
    )
    for zone in hci.zones:
        port = f"vlan{zone.vlan}" if zone.vlan else zone.interface
        if zone.vlan:
            found[f"{NETWORKD}/41-{port}.netdev"] = rendered("hci/vlan.netdev.j2", zone=zone)
        found[f"{NETWORKD}/41-{port}.network"] = rendered("hci/port.network.j2", port=port, zone=zone)
        for kind in ("netdev", "network"):
            found[f"{NETWORKD}/41-br-{zone.id}.{kind}"] = rendered(f"hci/bridge.{kind}.j2", zone=zone)
    return found
