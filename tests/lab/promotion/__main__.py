"""A cluster, a pool whose size is config, and a service that answers on every node of it."""

import pulumi
import pulumi_kubernetes as k8s

config = pulumi.Config()
nodes, replicas = config.require_int("size"), config.require_int("replicas")


class Lab(pulumi.CustomResource):
    """Any resource of the lab's; `outputs` names what it gives beside its inputs."""

    def __init__(self, kind, outputs, **inputs):
        super().__init__(f"lab:index:{kind}", inputs["name"], {**inputs, **dict.fromkeys(outputs)})


network = Lab("Network", ["standsIn"], name="market", zones=["a", "b"], prefix="10.0.16.0/24")
cluster = Lab("Cluster", ["kubeconfig", "endpoint"], name="market", network=network.id, version="1")
pool = Lab("NodePool", ["nodes", "addresses"], name="stall", cluster=cluster.id, size=nodes)
bucket = Lab("Bucket", ["standsIn"], name="receipts")

kube = k8s.Provider("kube", kubeconfig=cluster.kubeconfig)
labels = {"app": "stall"}
options = pulumi.ResourceOptions(provider=kube, depends_on=[pool])
k8s.policy.v1.PodDisruptionBudget(
    "stall",
    metadata={"name": "stall", "namespace": "default"},
    spec={"max_unavailable": 1, "selector": {"match_labels": labels}},
    opts=pulumi.ResourceOptions(provider=kube),
)
k8s.apps.v1.Deployment(
    "stall",
    metadata={"name": "stall", "namespace": "default"},
    spec={
        "replicas": replicas,
        "selector": {"match_labels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "security_context": {"fs_group": 10001},
                "termination_grace_period_seconds": 30,
                "topology_spread_constraints": [
                    {
                        "max_skew": 1,
                        "topology_key": "kubernetes.io/hostname",
                        "when_unsatisfiable": "ScheduleAnyway",
                        "label_selector": {"match_labels": labels},
                    }
                ],
                "containers": [
                    {
                        "name": "centre",
                        "image": config.require("image"),
                        "image_pull_policy": "Never",
                        "args": ["centre", "--listen=:8080", "--data=/data"],
                        "ports": [{"container_port": 8080}],
                        "lifecycle": {"pre_stop": {"sleep": {"seconds": 5}}},
                        "readiness_probe": {"http_get": {"path": "/healthz", "port": 8080}, "period_seconds": 1},
                        "resources": {"limits": {"cpu": "200m", "memory": "64Mi"}},
                        "volume_mounts": [{"name": "data", "mount_path": "/data"}],
                    }
                ],
                "volumes": [{"name": "data", "empty_dir": {}}],
            },
        },
    },
    opts=options,
)
k8s.core.v1.Service(
    "stall",
    metadata={"name": "stall", "namespace": "default"},
    spec={"type": "NodePort", "selector": labels, "ports": [{"port": 80, "target_port": 8080, "node_port": 30080}]},
    opts=pulumi.ResourceOptions(provider=kube),
)

pulumi.export("nodes", pool.nodes)
pulumi.export("endpoints", pool.addresses.apply(lambda all: [f"http://{each}:30080/healthz" for each in all or []]))
pulumi.export("endpoint", cluster.endpoint)
