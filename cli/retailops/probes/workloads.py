"""What runs on the cluster, asked on a server: `{}` -> `{deployments, pods, images}`.

`deployments: [{namespace, name, wanted, ready}]`, `pods: [{namespace, name, phase, ready, restarts, images: [[image, pull policy]]}]`, `images` are
the names of what each node holds.
"""

import json
import subprocess

KUBECTL = ("k3s", "kubectl", "--request-timeout=10s", "get", "nodes,deployments,pods", "--all-namespaces", "-o", "json")


def deployment(item: dict) -> dict:  # type: ignore[type-arg]
    wanted, ready = item["spec"].get("replicas", 1), item.get("status", {}).get("readyReplicas", 0)
    return {**place(item), "wanted": wanted, "ready": ready}


def pod(item: dict) -> dict:  # type: ignore[type-arg]
    status = item.get("status", {})
    containers = status.get("containerStatuses", [])
    return {
        **place(item),
        "phase": status.get("phase"),
        "ready": bool(containers) and all(each["ready"] for each in containers),
        "restarts": sum(each["restartCount"] for each in containers),
        "images": [[each["image"], each.get("imagePullPolicy")] for each in item["spec"]["containers"]],
    }


def place(item: dict) -> dict:  # type: ignore[type-arg]
    return {"namespace": item["metadata"].get("namespace"), "name": item["metadata"]["name"]}


def of_kind(items: list, kind: str) -> list:  # type: ignore[type-arg]
    return [item for item in items if item["kind"] == kind]


if __name__ == "__main__":
    items = json.loads(subprocess.run(KUBECTL, capture_output=True, text=True, check=True).stdout)["items"]
    held = [node.get("status", {}).get("images", []) for node in of_kind(items, "Node")]
    answer = {
        "deployments": [deployment(item) for item in of_kind(items, "Deployment")],
        "pods": [pod(item) for item in of_kind(items, "Pod")],
        "images": sorted({name for images in held for image in images for name in image.get("names", [])}),
    }
    print(json.dumps(answer))
