"""A stand-in for a Kubernetes API server, in memory: the part of its behaviour that the engine leans on.

POST, GET, LIST, server-side apply with conflicts, JSON patch of managedFields, DELETE with a uid, dry runs, namespaces. The same
contract test runs against a real API server where there is one.
"""

from __future__ import annotations

import copy
import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fake_fields import at, entry, leaves, owned, remove_leaf, set_leaf

KINDS = {
    "v1": {
        "Namespace": ("namespaces", False),
        "ConfigMap": ("configmaps", True),
        "Secret": ("secrets", True),
        "Service": ("services", True),
        "ServiceAccount": ("serviceaccounts", True),
        "ResourceQuota": ("resourcequotas", True),
        "LimitRange": ("limitranges", True),
        "Pod": ("pods", True),
        "PersistentVolumeClaim": ("persistentvolumeclaims", True),
    },
    "apps/v1": {"Deployment": ("deployments", True), "StatefulSet": ("statefulsets", True)},
    "scheduling.k8s.io/v1": {"PriorityClass": ("priorityclasses", False)},
    "networking.k8s.io/v1": {"NetworkPolicy": ("networkpolicies", True)},
    "discovery.k8s.io/v1": {"EndpointSlice": ("endpointslices", True)},
}
TOP = {"apiVersion", "kind", "metadata", "spec", "status", "data", "stringData", "binaryData", "type", "immutable"}
TOP |= {"value", "description"}
TOP |= {"automountServiceAccountToken", "rules", "roleRef", "subjects"}


class Refused(Exception):
    def __init__(self, code: int, reason: str, message: str, causes: list[dict[str, str]] | None = None) -> None:
        super().__init__(message)
        self.code, self.reason, self.causes = code, reason, causes or []


class Cluster:
    """All objects by path; `log` lists what changed them (`POST /api/v1/namespaces`), dry runs left out."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.log: list[str] = []
        self.dry: list[str] = []
        self.lock = threading.RLock()
        self.version = 0

    def get(self, path: str) -> dict[str, Any]:
        if path not in self.objects:
            raise Refused(404, "NotFound", f"{path} not found")
        return self.objects[path]

    def post(self, path: str, body: dict[str, Any], manager: str, dry: bool, strict: bool) -> dict[str, Any]:
        self._namespace_there(path)
        _validate(body, strict)
        place = f"{path}/{body['metadata']['name']}"
        if place in self.objects:
            raise Refused(409, "AlreadyExists", f"{body['metadata']['name']!r} already exists")
        made = copy.deepcopy(body)
        made["metadata"] |= {"uid": str(uuid.uuid4()), "generation": 1, "creationTimestamp": "2026-11-22T00:00:00Z"}
        made["metadata"]["managedFields"] = [entry(manager, "Update", body)]
        if "/namespaces/" in path:
            made["metadata"]["namespace"] = path.split("/namespaces/")[1].split("/")[0]
        return self._keep(place, made, dry)

    def apply(self, path: str, body: dict[str, Any], manager: str, force: bool, dry: bool) -> dict[str, Any]:
        live = copy.deepcopy(self.get(path))
        _validate(body, True)
        selector = (body.get("spec") or {}).get("selector")
        if body["kind"] == "Deployment" and selector and selector != live["spec"]["selector"]:
            raise Refused(422, "Invalid", "spec.selector: Invalid value: field is immutable")
        fields = live["metadata"]["managedFields"]
        mine = {
            path
            for item in fields
            if (item["manager"], item["operation"]) == (manager, "Apply")
            for path in owned(item)
        }
        wanted = dict(leaves(body))
        clashes = []
        for item in list(fields):
            if (item["manager"], item["operation"]) == (manager, "Apply") or item.get("subresource"):
                continue
            taken = {leaf for leaf in owned(item) & set(wanted) if at(live, leaf) != wanted[leaf]}
            clashes += [(item["manager"], leaf) for leaf in sorted(taken)]
            if force:
                item["leaves"] = sorted(owned(item) - taken)
        if clashes and not force:
            causes = [
                {"reason": "FieldManagerConflict", "message": f'conflict with "{who}"', "field": "." + ".".join(leaf)}
                for who, leaf in clashes
            ]
            raise Refused(409, "Conflict", f"Apply failed with {len(clashes)} conflicts", causes)
        others = {
            leaf
            for item in fields
            for leaf in owned(item)
            if (item["manager"], item["operation"]) != (manager, "Apply")
        }
        before = copy.deepcopy(live)
        for leaf in mine - set(wanted) - others:
            remove_leaf(live, leaf)
        for leaf, value in wanted.items():
            set_leaf(live, leaf, value)
        live["metadata"]["managedFields"] = [
            item for item in fields if (item["manager"], item["operation"]) != (manager, "Apply")
        ] + [entry(manager, "Apply", body)]
        if any(before.get(key) != live.get(key) for key in ("spec", "data")):
            live["metadata"]["generation"] += 1
        return self._keep(path, live, dry)

    def edit(self, path: str, leaf: str, value: Any, manager: str) -> None:
        """Somebody else writes one field, as `kubectl edit` does."""
        live, parts = self.get(path), tuple(leaf.split("."))
        set_leaf(live, parts, value)
        for item in live["metadata"]["managedFields"]:
            item["leaves"] = sorted(owned(item) - {parts})
        live["metadata"]["managedFields"].append({"manager": manager, "operation": "Update", "leaves": [parts]})
        self._keep(path, live, False)

    def json_patch(self, path: str, steps: list[dict[str, Any]]) -> dict[str, Any]:
        live = self.get(path)
        assert [step["path"] for step in steps] == ["/metadata/resourceVersion", "/metadata/managedFields"]
        if steps[0]["value"] != live["metadata"]["resourceVersion"]:
            raise Refused(422, "Invalid", "the test failed")
        live["metadata"]["managedFields"] = steps[1]["value"]
        return self._keep(path, live, False)

    def delete(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        live = self.get(path)
        uid = (body.get("preconditions") or {}).get("uid")
        if uid and uid != live["metadata"]["uid"]:
            raise Refused(409, "Conflict", "Precondition failed: UID in precondition does not match")
        for other in [
            name for name in self.objects if name == path or (live["kind"] == "Namespace" and _inside(name, live))
        ]:
            del self.objects[other]
        return live

    def list(self, path: str, selector: str) -> dict[str, Any]:
        if path.endswith("/endpointslices"):
            name = selector.split("=", 1)[1]
            service = self.objects.get(f"/api/v1{path.split('/v1', 1)[1].rsplit('/', 1)[0]}/services/{name}")
            ready = service is not None and any(_serves(item, service) for item in self.objects.values())
            return {"items": [{"endpoints": [{"conditions": {"ready": True}}]}] if ready else []}
        return {"items": [item for name, item in self.objects.items() if name.rsplit("/", 1)[0] == path]}

    def _keep(self, place: str, made: dict[str, Any], dry: bool) -> dict[str, Any]:
        self.version += 1
        made["metadata"]["resourceVersion"] = str(self.version)
        _controllers(made)
        if not dry:
            self.objects[place] = made
        return made

    def _namespace_there(self, path: str) -> None:
        if "/namespaces/" in path:
            namespace = path.split("/namespaces/")[1].split("/")[0]
            if f"/api/v1/namespaces/{namespace}" not in self.objects:
                raise Refused(404, "NotFound", f'namespaces "{namespace}" not found')


def _controllers(made: dict[str, Any]) -> None:
    """What controllers would do at once: an image called `never` never gets ready."""
    kind, spec = made["kind"], made.get("spec") or {}
    if kind == "Namespace":
        made["status"] = {"phase": "Active"}
    elif kind == "Service":
        made.setdefault("spec", {}).setdefault("clusterIP", "172.21.0.9")
    elif kind == "Secret" and "stringData" in made:
        raise Refused(400, "BadRequest", "stringData is expected to be converted")
    elif kind in ("Deployment", "StatefulSet"):
        wanted = spec.get("replicas", 1)
        up = 0 if any("never" in item["image"] for item in spec["template"]["spec"]["containers"]) else wanted
        made["status"] = {"observedGeneration": made["metadata"]["generation"], "replicas": wanted}
        made["status"] |= {"updatedReplicas": wanted, "availableReplicas": up, "readyReplicas": up}


def _serves(item: dict[str, Any], service: dict[str, Any]) -> bool:
    if item["kind"] not in ("Deployment", "StatefulSet") or not item["status"]["availableReplicas"]:
        return False
    labels = item["spec"]["template"]["metadata"]["labels"]
    return all(labels.get(key) == value for key, value in service["spec"]["selector"].items())


def _inside(path: str, namespace: dict[str, Any]) -> bool:
    return f"/namespaces/{namespace['metadata']['name']}/" in path


def _validate(body: dict[str, Any], strict: bool) -> None:
    if strict and (odd := set(body) - TOP):
        raise Refused(400, "BadRequest", f'strict decoding error: unknown field "{min(odd)}"')


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cluster: Cluster

    def log_message(self, *_args: object) -> None:
        pass

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        with self.cluster.lock:
            try:
                code, answer = 200, self._answer(parts.path, query, body)
            except Refused as error:
                code = error.code
                details = {"causes": error.causes}
                answer = {"kind": "Status", "reason": error.reason, "message": str(error), "details": details}
            content = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_DELETE = _serve

    def _answer(self, path: str, query: dict[str, str], body: Any) -> dict[str, Any]:
        cluster, dry = self.cluster, query.get("dryRun") == "All"
        if self.command != "GET":
            (cluster.dry if dry else cluster.log).append(f"{self.command} {path}")
        if self.command == "POST":
            return cluster.post(path, body, query["fieldManager"], dry, query.get("fieldValidation") == "Strict")
        if self.command == "DELETE":
            return cluster.delete(path, body)
        if self.command == "PATCH":
            if self.headers["Content-Type"] == "application/json-patch+json":
                return cluster.json_patch(path, body)
            return cluster.apply(path, body, query["fieldManager"], query.get("force") == "true", dry)
        for api_version, kinds in KINDS.items():
            if path in (f"/api/{api_version}", f"/apis/{api_version}"):
                return {
                    "resources": [
                        {"kind": kind, "name": plural, "namespaced": spaced} for kind, (plural, spaced) in kinds.items()
                    ]
                }
        plurals = {plural for kinds in KINDS.values() for plural, _ in kinds.values()}
        return (
            cluster.list(path, query.get("labelSelector", ""))
            if path.rsplit("/", 1)[-1] in plurals
            else cluster.get(path)
        )


@contextmanager
def serving(cluster: Cluster) -> Iterator[str]:
    """Gives the URL on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"cluster": cluster}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
