"""An S3 server in this process on loopback: moto behind a gate that makes each request atomic, as S3's are, and that can fail.

Every signature is taken: who may do what is not tried here.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

Answer = tuple[str, str]
"""Status line and S3 error code."""

SECRET = "canary-of-the-bucket"
SLOW_DOWN: Answer = ("503 Slow Down", "SlowDown")
DENIED: Answer = ("403 Forbidden", "AccessDenied")
NOT_BUILT: Answer = ("501 Not Implemented", "NotImplemented")


@dataclass
class Gate:
    """A WSGI application. `fail` gives an answer in the server's place, or None; `tear` cuts the bodies that it answers True for."""

    inner: Any = field(default_factory=lambda: DomainDispatcherApplication(create_backend_app))
    lock: threading.Lock = field(default_factory=threading.Lock)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.fail: Callable[[dict[str, Any]], Answer | None] = lambda _: None
        self.tear: Callable[[dict[str, Any]], bool] = lambda _: False
        self.conditions = True
        self.asked.clear()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        prefix = parse_qs(environ["QUERY_STRING"]).get("prefix", [])
        self.asked.append(" ".join((environ["REQUEST_METHOD"], environ["PATH_INFO"], *prefix)))
        if answer := self.fail(environ):
            status, code = answer
            body = f"<Error><Code>{code}</Code><Message>by the test</Message></Error>".encode()
            start(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
            return [body]
        if not self.conditions:
            environ.pop("HTTP_IF_NONE_MATCH", None)
        with self.lock:
            body = b"".join(self.inner(environ, start))
        return [body[:-1]] if body and self.tear(environ) else [body]


@dataclass
class Rig:
    """A bucket of its own on the server."""

    gate: Gate
    url: str


@contextmanager
def s3_server() -> Iterator[tuple[Gate, str]]:
    """The gate, and the query of a URL that reaches it."""
    gate = Gate()
    server = make_server("127.0.0.1", 0, gate, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield gate, f"endpoint=127.0.0.1:{server.port}&disableSSL=true&s3ForcePathStyle=true&region=us-east-1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def server() -> Iterator[tuple[Gate, str]]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with s3_server() as running:
        yield running


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine's credentials, and where it keeps what is its own."""
    from retailops.engine.state import bucket

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tester")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "machine"))
    bucket._client.cache_clear()


@pytest.fixture
def rig(server: tuple[Gate, str], aws: None) -> Rig:  # noqa: ARG001
    from retailops.engine.state.bucket import Bucket, _client

    gate, query = server
    gate.reset()
    name = f"b{uuid.uuid4().hex}"
    url = f"s3://{name}/chain?{query}"
    _client(Bucket(url).place).create_bucket(Bucket=name)
    gate.asked.clear()
    return Rig(gate, url)
