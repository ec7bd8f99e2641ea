"""What a lab has in place of what fleet.yaml says of a cloud."""

from __future__ import annotations

from retailops.model.clouds import Cloud
from retailops.ports import CloudPorts

FRONT = ("centre", "--listen=:8080", "--data=/data")
"""How the till's program is told to be the centre that takes sales."""


def stood_in(cloud: Cloud, lab: CloudPorts) -> Cloud:
    """The cloud as the lab can have it.

    The private one's only machine gives each service one pod, with the image made here unless it names its own. A public one's provider
    is the lab, and its front the till's centre unless it names an image.
    """
    if cloud.kind == "public":
        front = cloud.front
        if front and front.image is None and lab.front:
            front = front.model_copy(update={"image": lab.front, "args": FRONT})
        return cloud.model_copy(update={"provider": "lab", "front": front})
    services = tuple(
        each.model_copy(update={"replicas": 1, "image": each.image or _image(lab, each.id)}) for each in cloud.services
    )
    return cloud.model_copy(update={"services": services})


def _image(lab: CloudPorts, service: str) -> str | None:
    made = lab.images.get(service)
    return made.reference if made else None
