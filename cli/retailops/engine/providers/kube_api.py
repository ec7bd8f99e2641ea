"""A small client of the Kubernetes API: JSON over one shared pool of connections, failures as values to decide on."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from retailops.engine.providers.kube_access import Access
from retailops.engine.providers.port import Uncertain
from retailops.errors import ToolError, Unreachable

APPLY = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"
_LATER = (429, 503)
_READ = 60.0
_LOOK = "Run the same command again: it looks at what became of the request."
_pause = time.sleep


class ApiError(ToolError):
    """What the server answered: `status` code, `reason` (`AlreadyExists`), `causes` by field."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        self.status = status
        self.reason = str(document.get("reason") or "")
        self.causes = list((document.get("details") or {}).get("causes") or ())
        super().__init__(str(document.get("message") or f"the API server answered {status}"))


class Api:
    """Thread-safe. Paths are like `/api/v1/namespaces/till`."""

    def __init__(self, access: Access) -> None:
        self.namespace = access.namespace
        self._server, self._headers = access.server, dict(access.headers)
        self._access = access
        self._pool: Any = None
        self._lock = threading.Lock()

    def get(self, path: str, **query: str) -> dict[str, Any]:
        return self._send("GET", path, None, query)

    def find(self, path: str, **query: str) -> dict[str, Any] | None:
        """None where there is nothing."""
        try:
            return self.get(path, **query)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def post(self, path: str, body: Mapping[str, Any], **query: str) -> dict[str, Any]:
        return self._send("POST", path, body, query)

    def patch(self, path: str, body: Any, kind: str, **query: str) -> dict[str, Any]:
        return self._send("PATCH", path, body, query, kind)

    def delete(self, path: str, body: Mapping[str, Any], **query: str) -> dict[str, Any]:
        return self._send("DELETE", path, body, query)

    def _send(
        self, method: str, path: str, body: Any, query: Mapping[str, str], kind: str = "application/json"
    ) -> dict[str, Any]:
        url = f"{self._server}{path}" + (f"?{urlencode(query)}" if query else "")
        headers = {**self._headers, "Accept": "application/json", "Content-Type": kind}
        content = None if body is None else json.dumps(body).encode()
        for attempt in range(6):
            status, answer, wait = self._once(method, url, content, headers)
            if status not in _LATER or attempt == 5:
                break
            _pause(wait)
        document = _document(answer)
        if status < 400:
            return document
        refusal = ApiError(status, document)
        if method != "GET" and "dryRun" not in query and _unclear(refusal):
            raise Uncertain(
                f"the Kubernetes API at {self._server} does not say what became of a request: status {status}",
                details=refusal.message,
                resolution=_LOOK,
            )
        raise refusal

    def _once(
        self, method: str, url: str, content: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes, float]:
        import urllib3
        from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError, SSLError

        try:
            response = self._connections().request(
                method, url, body=content, headers=headers, retries=False, redirect=False, timeout=_timeout(urllib3)
            )
        except (NewConnectionError, SSLError, MaxRetryError) as error:
            raise Unreachable(
                f"the Kubernetes API at {self._server} can't be reached",
                details=str(error),
                resolution="Check that the cluster runs and that the kubeconfig is the right one.",
            ) from error
        except HTTPError as error:
            failure = ToolError if method == "GET" else Uncertain
            raise failure(
                f"the Kubernetes API at {self._server} went away during a request",
                details=str(error),
                resolution=_LOOK,
            ) from error
        return response.status, response.data, _seconds(response.headers.get("Retry-After"))

    def _connections(self) -> Any:
        import urllib3

        with self._lock:
            if self._pool is None:
                self._pool = urllib3.PoolManager(maxsize=32, block=False, ssl_context=self._access.tls)
            return self._pool


def _unclear(refusal: ApiError) -> bool:
    """A gateway or the store behind the server gave up: the request may have been carried out."""
    lost = any(word in refusal.message.lower() for word in ("timeout", "timed out", "etcdserver"))
    return refusal.status in (502, 504) or (refusal.status == 500 and lost)


def _timeout(urllib3: Any) -> Any:
    return urllib3.Timeout(connect=10.0, read=_READ)


def _seconds(text: str | None) -> float:
    try:
        return min(float(text or 1), 10.0)
    except ValueError:
        return 1.0


def _document(answer: bytes) -> dict[str, Any]:
    try:
        document = json.loads(answer or b"{}")
    except ValueError:
        document = {"message": answer[:300].decode("utf-8", "replace")}
    return document if isinstance(document, dict) else {"message": str(document)[:300]}
