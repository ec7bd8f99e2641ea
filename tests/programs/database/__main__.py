import pulumi
import pulumi_kubernetes as k8s

config = pulumi.Config()
size = config.get("size") or "1Gi"
replicas = config.get_int("replicas") or 1
labels = {"app": "postgres"}

namespace = k8s.core.v1.Namespace("db", metadata={"name": "db"})
inside = pulumi.ResourceOptions(parent=namespace, custom_timeouts=pulumi.CustomTimeouts(create="2m", delete="2m"))
place = {"namespace": namespace.id, "labels": labels}

quota = k8s.core.v1.ResourceQuota("quota", metadata=place, spec={"hard": {"pods": "10"}}, opts=inside)
service = k8s.core.v1.Service(
    "postgres",
    metadata={**place, "name": "postgres"},
    spec={"clusterIP": "None", "selector": labels, "ports": [{"name": "sql", "port": 5432}]},
    opts=inside,
)
database = k8s.apps.v1.StatefulSet(
    "postgres",
    metadata={**place, "name": "postgres"},
    spec={
        "serviceName": service.metadata.name,
        "replicas": replicas,
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "terminationGracePeriodSeconds": 10,
                "containers": [
                    {
                        "name": "postgres",
                        "image": "postgres:17",
                        "ports": [{"name": "sql", "containerPort": 5432}],
                        "volumeMounts": [{"name": "data", "mountPath": "/var/lib/postgresql/data"}],
                    }
                ],
            },
        },
        "volumeClaimTemplates": [
            {
                "metadata": {"name": "data"},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}},
            }
        ],
    },
    opts=pulumi.ResourceOptions.merge(inside, pulumi.ResourceOptions(depends_on=[quota])),
)
k8s.core.v1.PersistentVolumeClaim(
    "backup",
    metadata={**place, "name": "backup", "annotations": {"pulumi.com/skipAwait": "true"}},
    spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}},
    opts=inside,
)

pulumi.export(
    "address", pulumi.Output.format("{0}-0.{1}.{2}", database.metadata.name, service.metadata.name, namespace.id)
)
