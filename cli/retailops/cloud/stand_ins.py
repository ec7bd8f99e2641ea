"""What a lab has in place of what fleet.yaml says of a cloud."""

from __future__ import annotations

from retailops.model.clouds import Cloud
from retailops.ports import CloudPorts


def stood_in(cloud: Cloud, lab: CloudPorts) -> Cloud:
    """The cloud as the lab can have it: its one machine gives each service one pod, with the image made here unless it has its own."""
    services = tuple(
        each.model_copy(update={"replicas": 1, "image": each.image or _image(lab, each.id)}) for each in cloud.services
    )
    return cloud.model_copy(update={"services": services})


def _image(lab: CloudPorts, service: str) -> str | None:
    made = lab.images.get(service)
    return made.reference if made else None
