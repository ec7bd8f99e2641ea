"""What each field of the hyperconverged hosts means, for editors and the reference."""

from __future__ import annotations

HOSTS_MEANINGS: dict[str, dict[str, str]] = {
    "Hci": {
        "prefixes": "What for -> prefix; within 10.0.0.0/10. Hosts have addresses in management, storage and cluster.",
        "backend": "packages: the distribution's Ceph on files (lab); cephadm: containers on disks (production).",
        "rooms": "What one fire takes away.",
        "racks": "What one power feed or switch takes away; copies are spread over racks.",
        "models": "Kinds of computer.",
        "hosts": "The computers.",
        "pools": "Pools of volumes.",
        "survives": "What is promised when a host or a rack is lost for good.",
        "tieBreak": "The host whose monitor decides between two rooms; with it both rooms hold every block twice.",
        "scrub": "When copies are compared.",
        "mirror": "Volumes of pools that both sites have are kept at the other one too, by snapshots; in the main site only.",
        "timeServers": "Whose time the hosts follow; without any, the monitors' hosts agree among themselves.",
        "machinesGib": "Memory in GiB planned for virtual machines; those of `machines` count where they take more.",
        "hypervisor": "What all machines share.",
        "zones": "Networks of machines.",
        "images": "What machines' disks hold at first.",
        "machines": "The virtual machines.",
    },
    "Room": {"id": "Short id.", "name": "As people call it."},
    "Rack": {"id": "Short id.", "room": "Where it stands."},
    "HostModel": {
        "id": "Short id.",
        "cores": "CPU cores.",
        "memoryGib": "Memory in GiB.",
        "networkGbit": "Speed of its storage network in Gbit/s.",
        "management": "Its interface to the management network, through which alone SSH comes in.",
        "slots": "Its places for disks.",
    },
    "Slot": {"id": "Short id.", "gib": "Size of the disk in GiB.", "kind": "nvme, ssd or hdd."},
    "Host": {
        "id": "Becomes its host name.",
        "number": "Its address in each of the prefixes; for ever.",
        "rack": "Where it stands.",
        "model": "Which kind.",
        "roles": "monitor, storage, machines.",
        "disks": "Slot -> serial number of the disk in it; no other disk is ever touched.",
        "controller": "Its management controller.",
    },
    "Controller": {
        "kind": "redfish or ipmi.",
        "address": "Where it answers.",
        "user": "Who asks.",
        "password": "Reference to the password.",
    },
    "Pool": {
        "id": "Short id.",
        "replicas": "Copies of each block, each in another rack.",
        "share": "Per cent of the usable capacity that it is made for.",
    },
    "Survives": {
        "host": "heals: all copies are made anew without a person; serves: goes on with fewer copies.",
        "rack": "heals, or serves.",
    },
    "Scrub": {
        "begin": "Hour at which it may begin.",
        "end": "Hour at which no more begins.",
        "deepDays": "Everything is read in full once in so many days.",
    },
    "Mirror": {"minutes": "Between two snapshots; the data that a disaster may cost."},
}
