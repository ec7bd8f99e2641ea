"""A stand-in for a Kubernetes API server, in memory: the part of its behaviour that the engine leans on.

POST, GET, LIST, server-side apply with conflicts, JSON patch of managedFields, DELETE with a uid, dry runs, namespaces. The same
contract test runs against a real API server where there is one.
"""

from __future__ import annotations

import copy
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fake_controllers import act, serves
from fake_fields import at, entry, give_up, leaves, owned, remove_leaf, set_leaf
from fake_kinds import KINDS, TOP, defined


class Refused(Exception):
    def __init__(self, code: int, reason: str, message: str, causes: list[dict[str, str]] | None = None) -> None:
        super().__init__(message)
        self.code, self.reason, self.causes = code, reason, causes or []


class Cluster:
    """All objects by path; `log` lists what changed them (`POST /api/v1/namespaces`), dry runs left out.

    `trouble` says what befalls a request: `reset` before it is served, `lost` after, `hang`, a status like `503`,
    a status in place of the good answer (`late 500`), or nothing.
    """

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.log: list[str] = []
        self.dry: list[str] = []
        self.lock = threading.RLock()
        self.version = 0
        self.trouble: Callable[[str, str], str] = lambda _verb, _path: ""

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
            if (item["manager"], item["operation"]) == (manager, "Apply") or item.get("subresource") == "status":
                continue
            taken = {leaf for leaf in owned(item) & set(wanted) if at(live, leaf) != wanted[leaf]}
            clashes += [(item["manager"], leaf) for leaf in sorted(taken)]
            if force:
                give_up(item, taken)
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

    def edit(self, path: str, leaf: str, value: Any, manager: str, subresource: str = "") -> None:
        """Somebody else writes one field, as `kubectl edit` does, or an autoscaler through the subresource `scale`."""
        live, parts = self.get(path), tuple(leaf.split("."))
        set_leaf(live, parts, value)
        for item in live["metadata"]["managedFields"]:
            give_up(item, {parts})
        body: dict[str, Any] = {}
        set_leaf(body, parts, value)
        by = {"subresource": subresource} if subresource else {}
        live["metadata"]["managedFields"].append({**entry(manager, "Update", body), **by})
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

    def put(self, path: str, document: dict[str, Any]) -> None:
        """An object as controllers made it: a pod, an event."""
        self.objects[path] = {"metadata": {}, **document}

    def list(self, path: str, selector: str) -> dict[str, Any]:
        if path.endswith("/endpointslices"):
            name = selector.split("=", 1)[1]
            service = self.objects.get(f"/api/v1{path.split('/v1', 1)[1].rsplit('/', 1)[0]}/services/{name}")
            ready = service is not None and any(serves(item, service) for item in self.objects.values())
            return {"items": [{"endpoints": [{"conditions": {"ready": True}}]}] if ready else []}
        found = [item for name, item in self.objects.items() if name.rsplit("/", 1)[0] == path]
        return {"items": [item for item in found if _chosen(item, selector)]}

    def _keep(self, place: str, made: dict[str, Any], dry: bool) -> dict[str, Any]:
        self.version += 1
        made["metadata"]["resourceVersion"] = str(self.version)
        if made["kind"] == "Secret" and "stringData" in made:
            raise Refused(400, "BadRequest", "stringData is expected to be converted")
        act(made)
        if not dry:
            self.objects[place] = made
        return made

    def _namespace_there(self, path: str) -> None:
        if "/namespaces/" in path:
            namespace = path.split("/namespaces/")[1].split("/")[0]
            if f"/api/v1/namespaces/{namespace}" not in self.objects:
                raise Refused(404, "NotFound", f'namespaces "{namespace}" not found')


def _chosen(item: dict[str, Any], selector: str) -> bool:
    """By labels, or an event by what it is about."""
    wanted = dict(word.split("=", 1) for word in selector.split(",") if word)
    labels = {**(item["metadata"].get("labels") or {}), "type": item.get("type")}
    labels["involvedObject.uid"] = (item.get("involvedObject") or {}).get("uid")
    return all(labels.get(key) == value for key, value in wanted.items())


def _is_collection(path: str) -> bool:
    """`/api/v1/namespaces`, `/apis/apps/v1/namespaces/shop/deployments`; not an object in one."""
    below = path.removeprefix("/apis/").removeprefix("/api/").split("/")[1 if path.startswith("/api/") else 2 :]
    return len(below) in (1, 3)


def _inside(path: str, namespace: dict[str, Any]) -> bool:
    return f"/namespaces/{namespace['metadata']['name']}/" in path


def _validate(body: dict[str, Any], strict: bool) -> None:
    if strict and body["apiVersion"] in KINDS and (odd := set(body) - TOP):
        raise Refused(400, "BadRequest", f'strict decoding error: unknown field "{min(odd)}"')


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    cluster: Cluster

    def log_message(self, *_args: object) -> None:
        pass

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        trouble = self.cluster.trouble(self.command, self.path)
        if trouble == "reset":
            return self._hang_up()
        if trouble == "hang":
            time.sleep(5)
            return self._hang_up()
        if trouble.isdigit():
            return self._send(int(trouble), b'{"message": "not now"}')
        with self.cluster.lock:
            try:
                code, answer = 200, self._answer(parts.path, query, body)
            except Refused as error:
                code = error.code
                details = {"causes": error.causes}
                answer = {"kind": "Status", "reason": error.reason, "message": str(error), "details": details}
            content = json.dumps(answer).encode()
        if trouble == "lost":
            return self._hang_up()
        if trouble.startswith("late "):
            code, content = int(trouble.removeprefix("late ")), b'{"message": "etcdserver: request timed out"}'
        self._send(code, content)

    def _hang_up(self) -> None:
        self.close_connection = True

    def _send(self, code: int, content: bytes) -> None:
        self.send_response(code)
        if code in (429, 503):
            self.send_header("Retry-After", "3")
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
        known = defined(cluster.objects)
        if path == "/version":
            return {"gitVersion": "v1.36.3+fake"}
        if path == "/apis":
            names = [{"groupVersion": name} for name in known if "/" in name]
            return {"groups": [{"versions": [name], "preferredVersion": name} for name in names]}
        for api_version, kinds in known.items():
            if path in (f"/api/{api_version}", f"/apis/{api_version}"):
                served = [
                    {"kind": kind, "name": plural, "namespaced": spaced, "verbs": ["get", "list"]}
                    for kind, (plural, spaced) in kinds.items()
                ]
                return {"resources": served}
        if _is_collection(path):
            return cluster.list(path, query.get("labelSelector") or query.get("fieldSelector") or "")
        return cluster.get(path)


@contextmanager
def serving(cluster: Cluster, port: int = 0) -> Iterator[str]:
    """Gives the URL on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", port), type("Bound", (Handler,), {"cluster": cluster}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
