import pulumi
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.core.v1 import Namespace, Service

config = pulumi.Config()
local = config.get_bool("local") or False
replicas = config.get_int("replicas") or 3

namespace = Namespace("guestbook", metadata={"name": "guestbook"})


def tier(name: str, image: str, port: int, replicas: int, kind: str = "ClusterIP") -> Service:
    labels = {"app": name}
    Deployment(
        name,
        metadata={"namespace": namespace.metadata["name"]},
        spec={
            "selector": {"match_labels": labels},
            "replicas": replicas,
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "containers": [
                        {
                            "name": name,
                            "image": image,
                            "resources": {"requests": {"cpu": "100m", "memory": "100Mi"}},
                            "env": [{"name": "GET_HOSTS_FROM", "value": "dns"}],
                            "ports": [{"container_port": port}],
                        }
                    ]
                },
            },
        },
    )
    return Service(
        name,
        metadata={"name": name, "namespace": namespace.metadata["name"], "labels": labels},
        spec={"type": kind, "ports": [{"port": port, "target_port": port}], "selector": labels},
    )


leader = tier("redis-leader", "redis:7", 6379, 1)
replica = tier("redis-replica", "redis:7", 6379, 2)
frontend = tier("frontend", "guestbook:5", 80, replicas, "ClusterIP" if local else "LoadBalancer")

if local:
    pulumi.export("frontend_ip", frontend.spec.apply(lambda spec: spec.cluster_ip))
else:
    pulumi.export("frontend_ip", frontend.status.apply(lambda status: status.load_balancer.ingress[0].ip))
