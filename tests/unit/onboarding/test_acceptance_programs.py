"""The probes that acceptance uses, run as they run on a host: from standard input, with the plain interpreter."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import retailops

PROBES = Path(retailops.__file__).parent / "probes"


def ask(name: str, args: Any) -> Any:
    program = (PROBES / f"{name}.py").read_bytes()
    argv = [sys.executable, "-I", "-", json.dumps(args)]
    return json.loads(subprocess.run(argv, input=program, capture_output=True, check=True).stdout)


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    silent = threading.Event()

    def do_GET(self) -> None:
        self._reply(404 if self.path == "/nowhere" else 200, b'{"status": "ok"}')

    def do_POST(self) -> None:
        self._reply(201, self.rfile.read(int(self.headers["Content-Length"])))

    def _reply(self, status: int, body: bytes) -> None:
        if self.silent.is_set():
            threading.Event().wait(0.6)
            self.silent.clear()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_web_gives_status_and_parsed_body(port: int) -> None:
    assert ask("web", {"url": f"http://127.0.0.1:{port}/"})["body"] == {"status": "ok"}
    assert ask("web", {"url": f"http://127.0.0.1:{port}/nowhere"})["status"] == 404
    sold = ask("web", {"url": f"http://127.0.0.1:{port}/sale", "body": {"key": "蓝杏"}})
    assert (sold["status"], sold["body"]) == (201, {"key": "蓝杏"})


def test_web_says_why_nobody_answers() -> None:
    answer = ask("web", {"url": "http://127.0.0.1:9/"})
    assert (answer["status"], answer["error"]) == (0, "[Errno 111] Connection refused")


def test_flow_sees_the_one_silence(port: int) -> None:
    args = {"host": "127.0.0.1", "port": port, "path": "/", "seconds": 1.5, "interval": 0.02}
    assert ask("flow", args)["worst"] < 0.5
    Shop.silent.set()
    seen = ask("flow", args)
    assert seen["worst"] >= 0.5
    assert seen["answered"] == seen["asked"] > 10
    assert max(gap for _, gap in seen["series"]) == seen["worst"]


def test_flow_counts_a_line_that_stays_dead() -> None:
    args = {"host": "127.0.0.1", "port": 9, "path": "/", "seconds": 1.2, "interval": 0.05}
    seen = ask("flow", args)
    assert (seen["answered"] <= 1, seen["worst"] >= 1.0) == (True, True)


def test_boot_tells_this_boot_from_another() -> None:
    first, second = ask("boot", {}), ask("boot", {})
    assert first["boot"] == second["boot"]
    assert 0 <= second["time"] - first["time"] < 60


def test_command_runs_argument_words_and_no_shell() -> None:
    assert ask("command", {"argv": ["echo", "$(id)", "{{ 7*7 }}"]})["stdout"] == "$(id) {{ 7*7 }}\n"
    assert ask("command", {"argv": ["no-such-program"]})["code"] == 127
    assert ask("command", {"argv": ["sleep", "5"], "timeout": 0.2})["code"] == 124
