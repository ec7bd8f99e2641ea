from collections.abc import Sequence

import pulumi
from pulumi import ComponentResource, Input, Output, ResourceOptions
from pulumi_kubernetes.apps.v1 import Deployment, DeploymentSpecArgs
from pulumi_kubernetes.core.v1 import (
    ContainerArgs,
    ContainerPortArgs,
    PodSpecArgs,
    PodTemplateSpecArgs,
    Service,
    ServicePortArgs,
    ServiceSpecArgs,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs


class Microservice(ComponentResource):
    """A deployment and the service before it."""

    address: Output[str]

    def __init__(
        self, name: str, image: Input[str], ports: Sequence[int], replicas: int = 1, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("team:index:Microservice", name, {}, opts)
        labels = {"app": name}
        below = ResourceOptions(parent=self)
        container = ContainerArgs(
            name=name, image=image, ports=[ContainerPortArgs(container_port=port) for port in ports]
        )
        self.deployment = Deployment(
            name,
            spec=DeploymentSpecArgs(
                selector=LabelSelectorArgs(match_labels=labels),
                replicas=replicas,
                template=PodTemplateSpecArgs(
                    metadata=ObjectMetaArgs(labels=labels), spec=PodSpecArgs(containers=[container])
                ),
            ),
            opts=below,
        )
        self.service = Service(
            name,
            metadata=ObjectMetaArgs(name=name, labels=self.deployment.metadata.apply(lambda metadata: metadata.labels)),
            spec=ServiceSpecArgs(
                ports=[ServicePortArgs(port=port, target_port=port, name=f"p{port}") for port in ports], selector=labels
            ),
            opts=ResourceOptions.merge(below, ResourceOptions(aliases=[pulumi.Alias(name=f"{name}-svc")])),
        )
        self.address = Output.concat(self.service.metadata.name, ":", str(ports[0]))
        self.register_outputs({"address": self.address})
