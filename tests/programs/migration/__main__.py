import pulumi
import pulumi_kubernetes as k8s

version = pulumi.Config().get("version") or "1"
image = f"shop:{version}"

namespace = k8s.core.v1.Namespace("shop", metadata={"name": "shop-app"})
provider = k8s.Provider("shop", namespace=namespace.metadata.name)
opts = pulumi.ResourceOptions(provider=provider)


def pod(command: list[str], restart: str) -> dict:
    return {"containers": [{"name": "shop", "image": image, "command": command}], "restart_policy": restart}


migration = k8s.batch.v1.Job(
    "migrate",
    metadata={"annotations": {"pulumi.com/replaceUnready": "true", "pulumi.com/timeoutSeconds": "60"}},
    spec={"backoff_limit": 2, "template": {"spec": pod(["shop", "migrate"], "Never")}},
    opts=opts,
)
app = k8s.apps.v1.Deployment(
    "shop",
    metadata={"name": "shop"},
    spec={
        "selector": {"match_labels": {"app": "shop"}},
        "strategy": {"type": "RollingUpdate", "rolling_update": {"max_unavailable": 0}},
        "template": {"metadata": {"labels": {"app": "shop"}}, "spec": pod(["shop", "serve"], "Always")},
    },
    opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[migration])),
)
k8s.batch.v1.CronJob(
    "cleanup",
    metadata={"name": "cleanup"},
    spec={
        "schedule": "0 3 * * *",
        "concurrency_policy": "Forbid",
        "job_template": {"spec": {"template": {"spec": pod(["shop", "cleanup"], "OnFailure")}}},
    },
    opts=opts,
)

pulumi.export("version", app.spec["template"]["spec"]["containers"][0]["image"])
