"""The programs that run on nodes, run here: what they print, and what they never read."""

from __future__ import annotations

import json
import os
import runpy
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from retailops.drivers.ssh import PROBES


def run(name: str, args: dict[str, Any], **environment: str) -> dict[str, Any]:
    """As the prober does: the program on standard input, one JSON argument."""
    argv = [sys.executable, "-", json.dumps(args)]
    done = subprocess.run(
        argv,
        input=(PROBES / f"{name}.py").read_bytes(),
        capture_output=True,
        check=True,
        env={**os.environ, **environment},
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_node_state_tells_files_and_joined_fragments(tmp_path: Path) -> None:
    folder = tmp_path / "parts.d"
    folder.mkdir()
    (folder / "b.conf").write_text("two\n")
    (folder / "a.conf").write_text("one\n")
    joined = tmp_path / "joined.conf"
    joined.write_text("one\ntwo\n")
    args = {
        "files": [str(joined), str(folder), "/nowhere"],
        "texts": [str(joined)],
        "joined": {str(joined): str(folder)},
    }
    answer = run("node_state", args)
    assert [answer["files"][path] is None for path in (str(joined), "/nowhere", str(folder))] == [False, True, True]
    assert answer["texts"] == {str(joined): "one\ntwo\n"}
    assert answer["astray"] == []
    joined.write_text("one\n")
    assert run("node_state", args)["astray"] == [str(joined)]


def test_wan_state_never_asks_for_a_private_key(tmp_path: Path) -> None:
    log = tmp_path / "asked"
    fake = tmp_path / "wg"
    fake.write_text(
        f"""#!/bin/sh
echo "$*" >>{log}
case "$*" in
"show interfaces") echo wg-a1 ;;
"show wg-a1 public-key") echo OWN= ;;
"show wg-a1 endpoints") printf 'PEER=\\t192.0.2.1:51820\\n' ;;
"show wg-a1 allowed-ips") printf 'PEER=\\t172.24.0.1/32 10.64.4.0/23\\n' ;;
"show wg-a1 latest-handshakes") printf 'PEER=\\t0\\n' ;;
"show wg-a1 transfer") printf 'PEER=\\t10\\t20\\n' ;;
esac
"""
    )
    fake.chmod(0o755)
    answer = run("wan_state", {}, PATH=f"{tmp_path}:/usr/sbin:/usr/bin:/sbin:/bin")
    peer = {"endpoint": "192.0.2.1:51820", "allowed": ["172.24.0.1/32", "10.64.4.0/23"], "age": None}
    assert answer["tunnels"] == {
        "wg-a1": {"public_key": "OWN=", "peers": {"PEER=": {**peer, "received": 10, "sent": 20}}}
    }
    asked = log.read_text()
    assert not [word for word in ("private-key", "dump", "showconf", "preshared") if word in asked]
    assert not [line for line in asked.splitlines() if line in ("show", "show all", "show wg-a1")]


def test_passage_tells_refusal_from_silence() -> None:
    with (
        socket.socket() as listening,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent,
        socket.socket() as shut,
    ):
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        silent.bind(("127.0.0.1", 0))
        shut.bind(("127.0.0.1", 0))
        ports = [each.getsockname()[1] for each in (listening, silent, shut)]
        checks = [
            {"id": name, "protocol": protocol, "address": "127.0.0.1", "port": port, "timeout": 0.3}
            for name, protocol, port in zip(("tcp", "udp", "shut"), ("tcp", "udp", "tcp"), ports, strict=True)
        ]
        assert run("passage", {"checks": checks}) == {"tcp": "open", "udp": "filtered", "shut": "refused"}


def test_gaps_run_from_answer_to_answer() -> None:
    program = runpy.run_path(str(PROBES / "ping_flow.py"))
    sent = [n * 0.01 for n in range(10)]
    back = {number: sent[number] for number in (0, 1, 5, 6)}
    assert program["gaps"](sent, back, 0.01) == [
        {"at": 0.01, "seconds": 0.04, "lost": 3},
        {"at": 0.06, "seconds": 0.04, "lost": 3},
    ]
    assert program["gaps"](sent, dict.fromkeys(range(10), 0.0), 0.01) == []
    assert program["bins"](sent, back) == [[0.0, 5, 2], [0.05, 5, 2]]


@pytest.mark.skipif(os.geteuid() != 0, reason="a raw socket needs root")
def test_a_flow_over_loopback_loses_nothing() -> None:
    answer = run("ping_flow", {"target": "127.0.0.1", "seconds": 0.2})
    assert (answer["sent"], answer["received"], answer["gaps"]) == (40, 40, [])


def test_an_offer_is_read_from_its_frame() -> None:
    program = runpy.run_path(str(PROBES / "store_services.py"))
    ident, mac = b"\x01\x02\x03\x04", bytes(6)
    asked = program["discover"](mac, ident)
    assert asked[:6] == b"\xff" * 6
    assert program["offered"](asked, ident) is None
    told = b"\x35\x01\x02\x03\x04\x0a\x40\x04\x01\x06\x04\x0a\x40\x04\x01\xff"
    body = (
        b"\x02\x01\x06\x00"
        + ident
        + bytes(8)
        + socket.inet_aton("10.64.4.10")
        + bytes(216)
        + b"\x63\x82\x53\x63"
        + told
    )
    frame = bytes(12) + b"\x08\x00" + bytes(9) + b"\x11" + bytes(10) + b"\x00\x43\x00\x44" + bytes(4) + body
    offer = {"address": "10.64.4.10", "router": "10.64.4.1", "dns": "10.64.4.1", "time": None}
    assert program["offered"](frame, ident) == offer
    assert program["offered"](frame, b"other") is None
