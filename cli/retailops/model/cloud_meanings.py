"""What each field of a cloud means, for editors and the reference."""

from __future__ import annotations

_DATA_CLASS = "What it holds: public, operations, sales, personal or payment data; placement says where that may be."

CLOUD_MEANINGS: dict[str, dict[str, str]] = {
    "Cloud": {
        "id": "Short id; its stack's name.",
        "name": "As people call it.",
        "kind": "private: on our hosts; public: somebody's.",
        "provider": "private: libvirt, proxmox, vsphere; public: alibaba, aws, lab.",
        "region": "The provider's word for the place.",
        "centre": "The private cloud whose outputs a public one's stack reads; that one has to be up first.",
        "zones": "The provider's zones; a public cloud spans two at least.",
        "prefixes": "What for -> prefix; within 10.0.0.0/10. A public cloud's network is `nodes`.",
        "credentials": "Reference to the provider's key; for a private cloud, to its cluster's kubeconfig, which `retailops ci` uses.",
        "owner": "The team that looks after it.",
        "costCentre": "Who pays.",
        "version": "Of its Kubernetes; the provider's default without it.",
        "nodePool": "Its machines.",
        "services": "Central services of a private cloud.",
        "teams": "Teams with a namespace of their own in a private cloud.",
        "buckets": "Object stores of a public cloud.",
        "database": "The managed database of a public cloud.",
        "front": "What a public cloud serves to stores and customers.",
        "budget": "What a month may cost; needed in production.",
    },
    "Placement": {
        "public": "Regions for data that everybody may see.",
        "operations": "Regions for data about our own machines.",
        "sales": "Regions for sales without names.",
        "personal": "Always empty: it never leaves the private side.",
        "payment": "Always empty: it never leaves the private side.",
    },
    "Service": {
        "id": "Of the catalogue.",
        "dataClass": _DATA_CLASS,
        "image": "By digest; without one the service gets its place and waits there.",
        "password": "Reference to what opens it (backup, database); without one it waits too.",
        "replicas": "How many run.",
        "cpuMillis": "Thousandths of a CPU for each.",
        "memoryMib": "Memory in MiB for each.",
        "storageGib": "Disk in GiB for each.",
    },
    "Team": {
        "id": "Its namespace.",
        "dataClass": _DATA_CLASS,
        "cpuMillis": "Thousandths of a CPU for all its pods.",
        "memoryMib": "Memory in MiB for all its pods.",
        "pods": "How many pods.",
    },
    "NodePool": {
        "machine": "The provider's word for the kind (ecs.g7.xlarge), or CPUsxGiB (4x16) in a private cloud.",
        "minimum": "Always there.",
        "maximum": "Never more.",
        "place": "Where a private cloud's machines stand: libvirt pool, network; proxmox node, datastore, bridge; vsphere ids.",
        "image": "The disk image or template that a private cloud's machine starts from.",
    },
    "Budget": {"monthly": "Whole units of the currency.", "currency": "ISO 4217."},
    "Bucket": {"id": "Its name after the chain's and the cloud's.", "dataClass": _DATA_CLASS},
    "Front": {
        "dataClass": _DATA_CLASS,
        "image": "By digest; it listens on 8080 and answers GET /healthz. Without one the front waits.",
        "args": "The container's words.",
        "replicas": "How many run on a usual day.",
        "cpuMillis": "Thousandths of a CPU for each.",
        "memoryMib": "Memory in MiB for each.",
    },
    "CloudDatabase": {
        "engine": "Which one.",
        "version": "Its major version.",
        "size": "The provider's word for its machine.",
        "storageGib": "Disk in GiB.",
        "dataClass": _DATA_CLASS,
    },
}
