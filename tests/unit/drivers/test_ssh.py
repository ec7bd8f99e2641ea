"""The prober over a real OpenSSH."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sshd_node import Node

from retailops.drivers.ssh import SshProber
from retailops.errors import RetailopsError, ToolError, Unreachable
from retailops.ports import Reading

PROGRAMS = {
    "echo": "import json, sys\nprint(json.dumps({'args': json.loads(sys.argv[1]), 'n': len(sys.argv)}))\n",
    "fails": "import sys\nsys.exit('the disk is on fire')\n",
    "says_255": "import sys\nsys.exit(255)\n",
    "garbage": "print('hello')\n",
    "listing": "print('[1]')\n",
    "slow": "import time\ntime.sleep(60)\n",
}
HOSTILE = [
    "$(touch pwned)",
    "'; touch pwned; '",
    "{{ lookup('pipe','touch pwned') }}",
    "a\nb\x00\x1b[0m",
    "门店🏪",
    '"\\',
    "-x",
]


@pytest.fixture
def prober(tmp_path: Path) -> Iterator[SshProber]:
    probes = tmp_path / "probes"
    probes.mkdir()
    for name, text in PROGRAMS.items():
        (probes / f"{name}.py").write_text(text)
    made = SshProber(probes)
    yield made
    made.close()


def test_a_reading_comes_back_as_it_was_sent(node: Node, prober: SshProber) -> None:
    answer = prober.read(node.host, Reading("echo", {"text": HOSTILE, "n": 1.5, "none": None}))
    assert answer == {"args": {"text": HOSTILE, "n": 1.5, "none": None}, "n": 2}


def test_what_failed_there_is_told_apart_from_what_does_not_answer(node: Node, prober: SshProber) -> None:
    with pytest.raises(ToolError) as failed:
        prober.read(node.host, Reading("fails"))
    assert not isinstance(failed.value, Unreachable)
    assert failed.value.details == "the disk is on fire"
    node.stop()
    with pytest.raises(Unreachable):
        prober.read(node.host, Reading("echo"))


@pytest.mark.parametrize("name", ["garbage", "listing"])
def test_an_answer_that_is_no_json_object_is_refused(node: Node, prober: SshProber, name: str) -> None:
    with pytest.raises(ToolError, match="printed no JSON object"):
        prober.read(node.host, Reading(name))


def test_a_slow_program_times_out(node: Node, prober: SshProber) -> None:
    with pytest.raises(ToolError, match=r"slow on hz0001-gw1 gave no answer in 0\.5 s"):
        prober.read(node.host, Reading("slow", timeout=0.5))
    assert prober.read(node.host, Reading("echo"))["n"] == 2


def test_an_unknown_host_key_is_refused(node: Node, prober: SshProber, tmp_path: Path) -> None:
    other = tmp_path / "other_hosts"
    other.write_text((node.folder / "known_hosts").read_text().split()[0] + " " + " ".join(_another_key(tmp_path)))
    with pytest.raises(Unreachable) as refused:
        prober.read(replace(node.host, known_hosts=other), Reading("echo"))
    assert "Host key verification failed" in (refused.value.details or "")


def test_an_unknown_probe_is_refused_before_anything_is_sent(prober: SshProber, node: Node) -> None:
    for name in ("nope", "../conftest", "a/b"):
        with pytest.raises(RetailopsError, match="there is no probe"):
            prober.read(node.host, Reading(name))


def test_one_connection_serves_many_readings_and_a_broken_one_is_made_anew(node: Node, prober: SshProber) -> None:
    prober.read(node.host, Reading("echo"))
    (master,) = prober._masters.values()
    prober.read(node.host, Reading("echo"))
    assert list(prober._masters.values()) == [master]
    master.kill()
    master.wait()
    assert prober.read(node.host, Reading("echo"))["n"] == 2
    assert list(prober._masters.values()) != [master]


def test_a_program_that_exits_255_is_not_taken_for_a_dead_host(node: Node, prober: SshProber) -> None:
    with pytest.raises(ToolError, match=r"says_255 failed on hz0001-gw1 \(exit 255\)") as failed:
        prober.read(node.host, Reading("says_255"))
    assert not isinstance(failed.value, Unreachable)


def test_closing_leaves_no_socket(node: Node, prober: SshProber) -> None:
    prober.read(node.host, Reading("echo"))
    folder = prober._folder
    assert folder is not None
    assert folder.stat().st_mode & 0o777 == 0o700
    prober.close()
    assert not folder.exists()


def test_a_missing_namespace_is_unreachable(node: Node, prober: SshProber) -> None:
    device = replace(node.host, transport="netns", address="no-such-netns-here")
    with pytest.raises(Unreachable):
        prober.read(device, Reading("echo"))
    with pytest.raises(Unreachable):
        prober.read(replace(device, address="../../proc/1/ns/net"), Reading("echo"))


def _another_key(folder: Path) -> list[str]:
    path = folder / "another"
    subprocess.run(
        [shutil.which("ssh-keygen") or "ssh-keygen", "-qt", "ed25519", "-N", "", "-f", str(path)], check=True
    )
    return Path(f"{path}.pub").read_text().split()[:2]


@pytest.fixture
def namespace() -> Iterator[str]:
    name = f"ro-test-{os.getpid()}"
    if os.getuid() != 0 or subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode:
        pytest.skip("network namespaces need root and iproute2")
    yield name
    subprocess.run(["ip", "netns", "del", name], check=True)


def test_a_device_is_asked_inside_its_namespace(node: Node, prober: SshProber, namespace: str, tmp_path: Path) -> None:
    (tmp_path / "probes" / "links.py").write_text(
        "import json, socket\nprint(json.dumps({'on': [name for _, name in socket.if_nameindex()]}))"
    )
    device = replace(node.host, name="hz0001-pos1", transport="netns", address=namespace)
    assert prober.read(device, Reading("links")) == {"on": ["lo"]}
    assert prober.read(device, Reading("echo", {"text": HOSTILE}))["args"] == {"text": HOSTILE}
    with pytest.raises(ToolError, match="fails failed on hz0001-pos1"):
        prober.read(device, Reading("fails"))
    with pytest.raises(ToolError, match="gave no answer"):
        prober.read(device, Reading("slow", timeout=0.5))
    with pytest.raises(ToolError, match="can't be rebooted"):
        prober.reboot(device)
