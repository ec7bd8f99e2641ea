"""What is asked of the hosts themselves: time, passwords, and what their roles promise."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from retailops.onboarding.acceptance.found import result
from retailops.ports import Host, Json, Reading
from retailops.run.stage import Context

BOXES = ("gateway", "server", "agent")
MOST_SECONDS = 1.0
PASSWORDS = ("admin", "root", "password", "123456", "12345678", "toor", "changeme", "retailops", "debian", "k3s")


def boxes(context: Context) -> list[Host]:
    """The store's own machines, devices left out."""
    return [host for host in context.site.hosts if host.store == context.design.id and host.role in BOXES]


def clocks(context: Context, _params: Mapping[str, Any]) -> Json:
    """Each box's clock against the controller's, half the question's way taken off."""
    offsets = dict(_each(context, _offset))
    ok = all(abs(offset) <= MOST_SECONDS for offset in offsets.values())
    return result("clocks", ok, {"offset_seconds": offsets, "most": MOST_SECONDS})


def _offset(context: Context, host: Host) -> float:
    clock = context.ports.clock
    before = clock.now().timestamp()
    theirs = float(context.ports.prober.read(host, Reading("boot"))["time"])
    after = clock.now().timestamp()
    if before <= theirs <= after:
        return 0.0
    return round(theirs - (before if theirs < before else after), 3)


def default_passwords(context: Context, _params: Mapping[str, Any]) -> Json:
    """No account has a well-known password or none, and SSH takes no password at all."""
    found = dict(_each(context, _logins))
    ok = all(not seen["ssh_passwords"] and not seen["defaults"] for seen in found.values())
    return result("default_passwords", ok, {"hosts": found, "tried": len(PASSWORDS)})


def _logins(context: Context, host: Host) -> dict[str, Json]:
    return context.ports.prober.read(host, Reading("logins", {"passwords": list(PASSWORDS)}))


def testinfra(context: Context, _params: Mapping[str, Any]) -> Json:
    """The hosts' own tests, kept beside the playbooks."""
    if context.ports.verifier is None:
        return result("testinfra", False, {"error": "nothing here can run the hosts' tests"})
    hosts = [*boxes(context), *(host for host in context.site.hosts if host.role in ("hub", "centre"))]
    verdict = context.ports.verifier.verify(hosts, context.on_line)
    return result("testinfra", verdict.passed > 0 and not verdict.failed, verdict.to_json())


def _each(context: Context, ask: Any) -> list[tuple[str, Any]]:
    hosts = boxes(context)
    with ThreadPoolExecutor(len(hosts)) as pool:
        answers = pool.map(lambda host: ask(context, host), hosts)
        return [(host.name, answer) for host, answer in zip(hosts, answers, strict=True)]
