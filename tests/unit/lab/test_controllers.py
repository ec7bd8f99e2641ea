"""The lab's management controllers over real HTTPS: what they say is what is so, and only to who may ask."""

from __future__ import annotations

import base64
import json
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from retailops.errors import UsageError
from retailops.lab import controllers, hosts, power, record
from retailops.lab.controllers import Controllers
from retailops.lab.fleets import hci_specs
from retailops.lab.record import ControllerSpec, DiskSpec, HciSpec, Record
from retailops.lab.topology import Machine, Topology
from retailops.model.hosts import Hci

LAB = "redfish"
HOST = HciSpec("h1", "r1", 11, "10.8.0.0/22", (DiskSpec("S1", 1),), ControllerSpec("127.0.0.1", "fencer", "secrets/h1"))


@pytest.fixture
def topology(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Topology:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(power, "_STARTING", 0.0)
    known = Record(LAB, str(tmp_path / "fleet"), "base", 7, hci=(HOST,))
    record.write(known)
    folder(Topology(known)).mkdir(parents=True)
    return Topology(known)


@pytest.fixture
def port(topology: Topology) -> Iterator[int]:
    with Controllers(LAB, ("127.0.0.1", 0), controllers.certificate(record.folder(topology.record.id))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def machine(topology: Topology) -> Machine:
    return next(each for each in topology.hosts if each.name == "h1")


def folder(topology: Topology) -> Path:
    return hosts.folder(topology, machine(topology))


def ask(port: int, path: str, body: bytes | None = None, secret: str | None = None) -> tuple[int, Any]:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    words = urllib.request.Request(f"https://127.0.0.1:{port}{path}", data=body)
    if secret is not None:
        words.add_header("Authorization", "Basic " + base64.b64encode(f"fencer:{secret}".encode()).decode())
    try:
        with urllib.request.urlopen(words, context=context, timeout=5) as said:
            content = said.read()
            return said.status, json.loads(content) if content else None
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def reset(port: int, kind: str, secret: str) -> int:
    body = json.dumps({"ResetType": kind}).encode()
    return ask(port, "/redfish/v1/Systems/h1/Actions/ComputerSystem.Reset", body, secret)[0]


def state(port: int, secret: str) -> str:
    return str(ask(port, "/redfish/v1/Systems/h1", secret=secret)[1]["PowerState"])


def test_the_power_is_cut_and_given_to_who_has_the_password(topology: Topology, port: int) -> None:
    secret = controllers.password(topology, HOST.controller or pytest.fail("no controller"))
    assert ask(port, "/redfish/v1/")[1]["Systems"] == {"@odata.id": "/redfish/v1/Systems"}
    assert ask(port, "/redfish/v1/Systems", secret=secret)[1]["Members"] == [{"@odata.id": "/redfish/v1/Systems/h1"}]
    assert state(port, secret) == "On"
    assert reset(port, "ForceOff", secret) == 204
    assert (state(port, secret), (folder(topology) / "off").exists()) == ("Off", True)
    assert reset(port, "On", secret) == 204
    assert (state(port, secret), (folder(topology) / "off").exists()) == ("On", False)
    assert reset(port, "ForceRestart", secret) == 204
    assert state(port, secret) == "On"


def test_who_has_no_password_learns_and_changes_nothing(topology: Topology, port: int) -> None:
    for secret in (None, "", "guessed"):
        assert ask(port, "/redfish/v1/Systems/h1", secret=secret)[0] == 401
        assert reset(port, "ForceOff", secret or "") == 401
    assert not (folder(topology) / "off").exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"ResetType": "Explode"}', b'{"ResetType": ["On"]}'])
def test_garbage_changes_nothing(topology: Topology, port: int, body: bytes) -> None:
    secret = controllers.password(topology, HOST.controller or pytest.fail("no controller"))
    code, said = ask(port, "/redfish/v1/Systems/h1/Actions/ComputerSystem.Reset", body, secret)
    assert (code, said["error"]["message"]) == (400, "ResetType is one of On, ForceOff, ForceRestart")
    assert ask(port, "/redfish/v1/Systems/h2", secret=secret)[0] == 404
    assert state(port, secret) == "On"


def test_it_is_off_only_when_no_process_is_left(topology: Topology, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = controllers.password(topology, HOST.controller or pytest.fail("no controller"))
    (folder(topology) / "off").touch()
    monkeypatch.setattr(power, "_processes", lambda *_args: {1})
    assert state(port, secret) == "PoweringOff"


def test_a_lying_one_says_off_and_cuts_nothing(topology: Topology, port: int) -> None:
    secret = controllers.password(topology, HOST.controller or pytest.fail("no controller"))
    (folder(topology) / "controller.lies").touch()
    assert reset(port, "ForceOff", secret) == 204
    assert (state(port, secret), (folder(topology) / "off").exists()) == ("Off", False)


def test_hosts_reach_every_controller_by_the_management_network(topology: Topology) -> None:
    assert machine(topology).wires[0].routes == (("127.0.0.1/32", "198.18.7.129"),)
    assert record.read(LAB) == topology.record


def test_a_controller_that_the_lab_cannot_build_is_named() -> None:
    described = {
        "prefixes": {"storage": "10.8.0.0/22"},
        "racks": [{"id": "r1", "room": "a"}],
        "models": [{"id": "m", "cores": 2, "memoryGib": 8, "networkGbit": 10}],
        "hosts": [{"id": "h1", "number": 1, "rack": "r1", "model": "m", "roles": ["machines"]}],
    }
    known = {"kind": "redfish", "address": "10.8.8.101", "user": "fencer", "password": "file:secrets/h1"}
    for change in ({"kind": "ipmi"}, {"password": "sops:a.yaml#b"}):
        described["hosts"][0]["controller"] = {**known, **change}  # type: ignore[index]
        with pytest.raises(UsageError, match="the lab can't build the controller of h1"):
            hci_specs(Hci.model_validate(described))
