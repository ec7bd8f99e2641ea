"""What each field of virtual machines means, for editors and the reference."""

from __future__ import annotations

MACHINES_MEANINGS: dict[str, dict[str, str]] = {
    "Hypervisor": {
        "trunk": "The hosts' interface that carries the zones' VLANs.",
        "acceleration": "kvm, or emulation where a lab's computer has no KVM.",
        "cpu": "The processor that machines see: host-model, or a model that every host has.",
        "authorizedKeys": "Public SSH keys that open every machine, through cloud-init.",
    },
    "Zone": {
        "id": "Short id.",
        "vlan": "Its VLAN on the trunk.",
        "interface": "Instead of a VLAN: the hosts' interface that is in this network untagged.",
        "prefix": "Where its machines have their addresses.",
        "gateway": "Their default route; none without it.",
        "dns": "Their name servers.",
    },
    "MachineImage": {
        "id": "Short id.",
        "file": "A raw image, a path from the fleet repository's folder.",
        "sha256": "Its digest; another file is refused.",
    },
    "Machine": {
        "id": "Becomes its host name.",
        "vcpus": "Processors that it sees.",
        "memoryMib": "Memory in MiB.",
        "diskGib": "Its disk; it may grow.",
        "zone": "Its network.",
        "address": "Its address there.",
        "image": "What its disk holds at first.",
        "pool": "Where its disk is kept.",
        "priority": "9 starts first when a host is lost; 0 may stay off.",
        "apart": "Machines with the same word run in different racks.",
    },
}
