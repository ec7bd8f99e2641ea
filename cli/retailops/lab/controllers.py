"""Management controllers of the lab's hyperconverged hosts, which speak Redfish over HTTPS: `python -m retailops.lab.controllers LAB`.

Each answers on its own address on the management network, for its own host only, to who has its user and password. What it says of
the power is what is so: `PowerState` is `Off` when no process of the host is left, and `ForceOff` kills them all.
"""

from __future__ import annotations

import base64
import hmac
import json
import ssl
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from retailops.lab import hosts, network, power, record, spaces
from retailops.lab.record import ControllerSpec
from retailops.lab.topology import Machine, Topology
from retailops.model.own_secret import drawn
from retailops.ports import ControllerMood

PORT = 443
_ROOT, _SYSTEMS = "/redfish/v1", "/redfish/v1/Systems"
_RESET = "Actions/ComputerSystem.Reset"
_RESETS = ("On", "ForceOff", "ForceRestart")
_LONGEST = 4096
_LIES = "controller.lies"

_SILENT = """
table inet controllers {{
    set silent {{ type ipv4_addr; }}
    chain input {{ type filter hook input priority filter; policy accept; }}
}}
flush chain inet controllers input
add rule inet controllers input ip daddr @silent counter drop
add element inet controllers silent {{ {address} }}
"""
_ANSWERS = "delete element inet controllers silent {{ {address} }}\n"


def behave(topology: Topology, machine: Machine, mood: ControllerMood) -> None:
    """Makes a host's controller tell the truth, be reached by nobody, or say `Off` without cutting anything."""
    address = topology.controllers[machine.name]
    text = _SILENT + (_ANSWERS if mood != "silent" else "")
    network.nft(topology.root, "-f", "-", stdin=text.format(address=address))
    lies = hosts.folder(topology, machine) / _LIES
    lies.touch() if mood == "lying" else lies.unlink(missing_ok=True)


def password(topology: Topology, spec: ControllerSpec) -> str:
    """Drawn where it is missing, as a lab's secrets are."""
    return drawn(Path(topology.record.fleet) / spec.password).read_text().rstrip()


class Controllers(ThreadingHTTPServer):
    """All controllers of a lab behind one socket; the address that was asked says which."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, lab: str, place: tuple[str, int], tls: ssl.SSLContext) -> None:
        self.lab, self.tls, self.acting = lab, tls, threading.Lock()
        super().__init__(place, Answer)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Who hangs up, or speaks no TLS, is told of in one line."""
        print(f"{client_address[0]}: {sys.exc_info()[1]!r}", file=sys.stderr, flush=True)

    @property
    def topology(self) -> Topology:
        known = record.read(self.lab)
        if known is None:
            raise SystemExit(0)
        return Topology(known)


class Answer(BaseHTTPRequestHandler):
    """One request; the handshake happens in its own thread, so that who never ends it holds up nobody."""

    server: Controllers
    timeout = 20
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        self.request.settimeout(self.timeout)
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > _LONGEST:
            self.close_connection = True
            return self._say(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _fault("the request is too long"))
        return self._answer(self.rfile.read(int(length)))

    def _answer(self, body: bytes | None) -> None:
        topology = self.server.topology
        machine, spec = self._asked(topology)
        path = self.path.rstrip("/")
        if machine is None or spec is None:
            return self._say(HTTPStatus.NOT_FOUND, _fault("no controller has this address"))
        if path == _ROOT and body is None:
            return self._say(
                HTTPStatus.OK, {"@odata.id": _ROOT, "RedfishVersion": "1.6.0", "Systems": {"@odata.id": _SYSTEMS}}
            )
        if not self._known(spec, password(topology, spec)):
            return self._say(HTTPStatus.UNAUTHORIZED, _fault("user or password is wrong"))
        here = f"{_SYSTEMS}/{machine.name}"
        if path == _SYSTEMS and body is None:
            return self._say(HTTPStatus.OK, {"@odata.id": _SYSTEMS, "Members": [{"@odata.id": here}]})
        if path == here and body is None:
            return self._say(HTTPStatus.OK, _system(here, machine.name, self._state(topology, machine)))
        if path == f"{here}/{_RESET}" and body is not None:
            return self._reset(topology, machine, body)
        return self._say(HTTPStatus.NOT_FOUND, _fault(f"nothing is at {path[:200]}"))

    def _reset(self, topology: Topology, machine: Machine, body: bytes) -> None:
        try:
            wanted = json.loads(body)["ResetType"]
        except (ValueError, KeyError, TypeError):
            wanted = None
        if wanted not in _RESETS:
            return self._say(HTTPStatus.BAD_REQUEST, _fault(f"ResetType is one of {', '.join(_RESETS)}"))
        with self.server.acting:
            if wanted != "On" and not _lies(topology, machine):
                power.off(topology, machine)
            if wanted != "ForceOff":
                power.on(topology, machine)
        self.log_message("%s %s", machine.name, wanted)
        return self._say(HTTPStatus.NO_CONTENT)

    def _state(self, topology: Topology, machine: Machine) -> power.State:
        return "Off" if _lies(topology, machine) else power.state(topology, machine)

    def _asked(self, topology: Topology) -> tuple[Machine | None, ControllerSpec | None]:
        address = self.connection.getsockname()[0]
        spec = next(
            (each for each in topology.record.hci if each.controller and each.controller.address == address), None
        )
        if spec is None:
            return None, None
        return next(each for each in topology.hosts if each.name == spec.name), spec.controller

    def _known(self, spec: ControllerSpec, secret: str) -> bool:
        expected = "Basic " + base64.b64encode(f"{spec.user}:{secret}".encode()).decode()
        return hmac.compare_digest(self.headers.get("Authorization", "").encode(), expected.encode())

    def _say(self, status: HTTPStatus, document: dict[str, Any] | None = None) -> None:
        content = json.dumps(document).encode() if document is not None else b""
        self.send_response(status)
        if status == HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", 'Basic realm="redfish"')
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _system(here: str, name: str, state: power.State) -> dict[str, Any]:
    return {
        "@odata.id": here,
        "Id": name,
        "Name": name,
        "PowerState": state,
        "Actions": {
            "#ComputerSystem.Reset": {
                "target": f"{here}/{_RESET}",
                "ResetType@Redfish.AllowableValues": list(_RESETS),
            }
        },
    }


def _fault(message: str) -> dict[str, Any]:
    return {"error": {"code": "Base.1.8.GeneralError", "message": message}}


def _lies(topology: Topology, machine: Machine) -> bool:
    return (hosts.folder(topology, machine) / _LIES).exists()


def certificate(folder: Path) -> ssl.SSLContext:
    """Made by itself, as a controller's own is when it is bought."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    both = folder / "controllers.pem"
    if not both.exists():
        half = both.with_suffix(".half")
        spaces.run(
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-subj", "/CN=controller", "-days", "3650", "-keyout", str(half), "-out", f"{half}.crt"),
        )
        half.chmod(0o600)
        half.write_text(half.read_text() + Path(f"{half}.crt").read_text())
        half.replace(both)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return context


def main(lab: str) -> None:
    tls = certificate(record.folder(lab))
    with Controllers(lab, ("0.0.0.0", PORT), tls) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
