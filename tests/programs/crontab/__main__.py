import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.apiextensions.v1 import CustomResourceDefinition
from pulumi_kubernetes.yaml import ConfigFile, ConfigGroup

config = pulumi.Config()

definition = CustomResourceDefinition(
    "crontabs",
    metadata={"name": "crontabs.stable.example.com"},
    spec={
        "group": "stable.example.com",
        "scope": "Namespaced",
        "names": {"plural": "crontabs", "singular": "crontab", "kind": "CronTab", "shortNames": ["ct"]},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "properties": {
                                    "cronSpec": {"type": "string"},
                                    "image": {"type": "string"},
                                    "replicas": {"type": "integer"},
                                },
                            }
                        },
                    }
                },
            }
        ],
    },
)


def private(obj: dict, _opts: pulumi.ResourceOptions) -> None:
    if obj["kind"] == "Service":
        obj["spec"]["type"] = "ClusterIP"


def without_pods(obj: dict, _opts: pulumi.ResourceOptions) -> None:
    if obj["kind"] == "Pod":
        obj["apiVersion"], obj["kind"] = "v1", "List"


base = ConfigGroup("base", files=["manifests/*.yaml"], transformations=[private, without_pods])
extra = ConfigFile("extra", file="extra.yaml", resource_prefix="second", skip_await=True)
crontab = CustomResource(
    "my-cron",
    api_version="stable.example.com/v1",
    kind="CronTab",
    metadata={"name": "my-cron", "namespace": "crons"},
    spec={"cronSpec": config.get("schedule") or "* * * * */5", "image": "my-cron-image", "replicas": 2},
    opts=pulumi.ResourceOptions(depends_on=[definition, base]),
)

pulumi.export("service", base.get_resource("v1/Service", "status", "crons").apply(lambda found: found.spec.type))
pulumi.export("schedule", crontab.spec["cronSpec"])
