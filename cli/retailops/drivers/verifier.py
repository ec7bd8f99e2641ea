"""The hosts' own tests: pytest with testinfra over SSH in a process of its own, under the keeper."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

from retailops import assets
from retailops.drivers import tool
from retailops.errors import ToolError
from retailops.ports import Host, OnLine, Verdict

ROLES = "RETAILOPS_VERIFY_ROLES"
TIMEOUT = 120.0
RAN = (0, 1)
"""pytest's exit codes when it ran its tests, all passing or not."""


class TestinfraVerifier:
    """Implements `ports.Verifier` with the tests in `folder`, those beside the playbooks unless told otherwise."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or assets.path("playbooks", "verify")

    def verify(self, hosts: Sequence[Host], on_line: OnLine) -> Verdict:
        with tempfile.TemporaryDirectory(prefix="ro-verify-") as name:
            scratch = Path(name)
            (scratch / "ssh").write_text("".join(_entry(host, scratch) for host in hosts))
            report = scratch / "report.xml"
            argv = [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", "--rootdir", str(scratch)]
            argv += ["-p", "no:cacheprovider", "--ssh-config", str(scratch / "ssh"), f"--junitxml={report}"]
            argv += [f"--hosts={','.join(f'ssh://{host.name}' for host in hosts)}", str(self._folder)]
            roles = json.dumps({host.name: host.role for host in hosts})
            env = {**os.environ, ROLES: roles, "PYTHONDONTWRITEBYTECODE": "1"}
            done = tool.keep(argv, timeout=TIMEOUT, env=env, cwd=scratch)
            if done.code not in RAN:
                raise ToolError("the hosts' own tests could not run", details=done.last_words)
            verdict = _verdict(report, done.seconds)
        on_line(f"  {verdict.passed} tests of the hosts passed, {len(verdict.failed)} failed")
        return verdict


def _entry(host: Host, scratch: Path) -> str:
    lines = [f"Host {host.name}", f"HostName {host.address}", f"User {host.user}", f"Port {host.port}"]
    lines += ["BatchMode yes", "StrictHostKeyChecking yes", "ConnectTimeout 5", "ForwardAgent no"]
    lines += ["ControlMaster auto", f"ControlPath {scratch}/%C", "ControlPersist 20"]
    if host.known_hosts is not None:
        lines += [f'UserKnownHostsFile "{host.known_hosts}"', "GlobalKnownHostsFile /dev/null"]
    if host.identity is not None:
        lines += [f'IdentityFile "{host.identity}"', "IdentitiesOnly yes", "IdentityAgent none"]
    return "\n  ".join(lines) + "\n"


def _verdict(report: Path, seconds: float) -> Verdict:
    passed, failed = 0, {}
    for case in ET.parse(report).iter("testcase"):
        fault = next((child for child in case if child.tag in ("failure", "error")), None)
        if fault is not None:
            words = (fault.get("message") or fault.text or "").strip().splitlines()
            failed[f"{case.get('classname')}.{case.get('name')}"] = " ".join(words)[:300]
        elif case.find("skipped") is None:
            passed += 1
    return Verdict(passed, failed, seconds)
