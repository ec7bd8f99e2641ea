import hashlib
import json

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs

config = pulumi.Config()
greeting = config.get("greeting") or "hello"
labels = {"app": "web", "stack": pulumi.get_stack()}

namespace = k8s.core.v1.Namespace("web")
metadata = ObjectMetaArgs(namespace=namespace.metadata.name, labels=labels)
settings = {"greeting": greeting, "log": "info"}

settings_map = k8s.core.v1.ConfigMap("settings", metadata=metadata, data={"settings.json": json.dumps(settings)})
credentials = k8s.core.v1.Secret(
    "credentials", metadata=metadata, string_data={"password": config.require_secret("password")}
)
account = k8s.core.v1.ServiceAccount("web", metadata=metadata)
role = k8s.rbac.v1.Role(
    "reader", metadata=metadata, rules=[{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}]
)
k8s.rbac.v1.RoleBinding(
    "reader",
    metadata=metadata,
    role_ref=k8s.rbac.v1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=role.metadata.name),
    subjects=[
        k8s.rbac.v1.SubjectArgs(kind="ServiceAccount", name=account.metadata.name, namespace=namespace.metadata.name)
    ],
)
deployment = k8s.apps.v1.Deployment(
    "web",
    metadata=metadata,
    spec=k8s.apps.v1.DeploymentSpecArgs(
        selector=LabelSelectorArgs(match_labels=labels),
        template=k8s.core.v1.PodTemplateSpecArgs(
            metadata=ObjectMetaArgs(
                labels=labels,
                annotations={"checksum/settings": hashlib.sha256(json.dumps(settings).encode()).hexdigest()},
            ),
            spec=k8s.core.v1.PodSpecArgs(
                service_account_name=account.metadata.name,
                containers=[
                    k8s.core.v1.ContainerArgs(
                        name="web",
                        image="nginx:1.27",
                        ports=[k8s.core.v1.ContainerPortArgs(name="http", container_port=8080)],
                        env_from=[
                            k8s.core.v1.EnvFromSourceArgs(
                                secret_ref=k8s.core.v1.SecretEnvSourceArgs(name=credentials.metadata.name)
                            )
                        ],
                        readiness_probe=k8s.core.v1.ProbeArgs(
                            http_get=k8s.core.v1.HTTPGetActionArgs(path="/healthz", port="http"), period_seconds=5
                        ),
                        resources=k8s.core.v1.ResourceRequirementsArgs(
                            requests={"cpu": "50m", "memory": "64Mi"}, limits={"memory": "128Mi"}
                        ),
                        volume_mounts=[k8s.core.v1.VolumeMountArgs(name="settings", mount_path="/etc/web")],
                    )
                ],
                volumes=[
                    k8s.core.v1.VolumeArgs(
                        name="settings",
                        config_map=k8s.core.v1.ConfigMapVolumeSourceArgs(name=settings_map.metadata.name),
                    )
                ],
            ),
        ),
    ),
)
service = k8s.core.v1.Service(
    "web",
    metadata=metadata,
    spec=k8s.core.v1.ServiceSpecArgs(
        selector=labels, ports=[k8s.core.v1.ServicePortArgs(name="http", port=80, target_port="http")]
    ),
)
ingress = k8s.networking.v1.Ingress(
    "web",
    metadata=ObjectMetaArgs(
        namespace=namespace.metadata.name,
        annotations={"pulumi.com/skipAwait": "true", "kubernetes.io/tls-acme": "true"},
    ),
    spec={
        "rules": [
            {
                "host": "web.example.com",
                "http": {
                    "paths": [
                        {
                            "path": "/",
                            "pathType": "Prefix",
                            "backend": {"service": {"name": service.metadata.name, "port": {"name": "http"}}},
                        }
                    ]
                },
            }
        ]
    },
)
k8s.autoscaling.v2.HorizontalPodAutoscaler(
    "web",
    metadata=metadata,
    spec={
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment.metadata.name},
        "minReplicas": 1,
        "maxReplicas": 5,
        "metrics": [
            {
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
            }
        ],
    },
)
k8s.policy.v1.PodDisruptionBudget(
    "web", metadata=metadata, spec={"minAvailable": 1, "selector": {"matchLabels": labels}}
)
k8s.networking.v1.NetworkPolicy(
    "web", metadata=metadata, spec={"podSelector": {"matchLabels": labels}, "policyTypes": ["Ingress"], "ingress": [{}]}
)

pulumi.export("namespace", namespace.metadata.name)
pulumi.export("url", pulumi.Output.concat("http://", ingress.spec.rules[0].host, "/"))
pulumi.export("password", credentials.string_data["password"])
