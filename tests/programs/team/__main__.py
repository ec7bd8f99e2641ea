from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s
from service import Microservice

config = pulumi.Config()


def labelled(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    """Everything of kubernetes carries the team's label."""
    if not args.type_.startswith("kubernetes:"):
        return None
    metadata = args.props.get("metadata") or {}
    labels = {**(metadata.get("labels") or {}), "team": config.get("team") or "blue"}
    return pulumi.ResourceTransformResult({**args.props, "metadata": {**metadata, "labels": labels}}, args.opts)


pulumi.runtime.register_resource_transform(labelled)

space = k8s.core.v1.Namespace("team", metadata={"name": "team-space"})
provider = k8s.Provider(
    "cluster",
    kubeconfig=Path(config.require("kubeconfig")).read_text(),
    namespace=space.metadata.name,
    enable_config_map_mutable=True,
)
opts = pulumi.ResourceOptions(providers={"kubernetes": provider})
cart = Microservice("cart", "cart:1", [8080], replicas=2, opts=opts)
front = Microservice(
    "front", "front:1", [8080, 9090], opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[cart]))
)
k8s.core.v1.ConfigMap(
    "routes",
    metadata={"name": "routes"},
    data={
        "routes": pulumi.Output.all(cart=cart.address, front=front.address).apply(
            lambda found: str(sorted(found.items()))
        )
    },
    opts=pulumi.ResourceOptions(provider=provider, parent=front, protect=False),
)

pulumi.export("addresses", [cart.address, front.address])
