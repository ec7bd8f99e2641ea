import pulumi
import pulumi_kubernetes as k8s

config = pulumi.Config()
values = {"replicas": config.get_int("replicas") or 1, "greeting": "hello"}

k8s.core.v1.Namespace("charts", metadata={"name": "charts"})
third = k8s.helm.v3.Chart("third", k8s.helm.v3.LocalChartOpts(path="./shop", namespace="charts", values=values))
fourth = k8s.helm.v4.Chart("fourth", chart="./shop", namespace="charts", values=values)

pulumi.export(
    "third", third.get_resource("v1/ConfigMap", "charts/third-shop").apply(lambda found: found.data["greeting"])
)
pulumi.export("fourth", fourth.resources.apply(len))
