"""The plane wan on real hosts: from bare boxes to proven, twice, and mended where somebody changed something."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from lab_bench import STORE, Bench

from retailops import assets
from retailops.drivers.ansible import AnsibleConfigurator
from retailops.drivers.clock import SystemClock
from retailops.drivers.ssh import SshProber
from retailops.model import load_design
from retailops.plan import Action
from retailops.ports import Play, Ports
from retailops.run.stage import Context, Stage
from retailops.wan import ENROLL, WAN
from retailops.wan.wanted import boxes

pytestmark = pytest.mark.lab
GATEWAY = f"{STORE}-gw1"
ABSENT: Any = None


@pytest.fixture(scope="module")
def context(bench: Bench) -> Iterator[Context]:
    within = bench.lab.command("controller", [])
    prober = SshProber(within=within)
    ports = Ports(
        world="lab",
        sites=bench.lab.sites,
        prober=prober,
        configurator=AnsibleConfigurator(assets.path("playbooks"), within=within),
        lines=bench.lab.lines,
        clock=SystemClock(),
        artifacts=bench.fleet,
        **dict.fromkeys(("stacks", "evidence", "durable", "journal", "locks", "secrets"), ABSENT),
    )
    design = load_design(bench.fleet, STORE)
    yield Context(ports, design, bench.lab.sites.site(STORE), bench.fleet, "digest", print)
    prober.close()


def actions(context: Context, stage: Stage[Any]) -> list[Action]:
    decided = stage.decide(context.design, context.site, stage.read(context), {})
    return [item for item in decided if isinstance(item, Action)]


@pytest.fixture(scope="module")
def proven(context: Context) -> dict[str, Any]:
    """Kind -> evidence, after both stages."""
    found = {}
    for stage in (ENROLL, WAN):
        for action in actions(context, stage):
            for evidence in stage.handlers[action.kind](context, action.params).get("evidence", ()):
                found[evidence["kind"]] = evidence
    return found


def test_a_bare_store_is_connected_and_proven(proven: dict[str, Any]) -> None:
    assert {kind: evidence["ok"] for kind, evidence in proven.items()} == dict.fromkeys(
        ("identity", "overlay", "routing", "zones", "services", "failover"), True
    ), json.dumps({kind: evidence["payload"] for kind, evidence in proven.items() if not evidence["ok"]})


@pytest.mark.usefixtures("proven")
def test_a_second_pass_decides_to_change_nothing(context: Context) -> None:
    assert actions(context, ENROLL) == []
    assert [item.kind for item in actions(context, WAN) if item.kind in ("wan.hub", "wan.store")] == []


@pytest.mark.usefixtures("proven")
def test_the_roles_change_nothing_twice(context: Context) -> None:
    wanted = boxes(context.design, context.site, WAN.read(context).keys)
    for check in (True, False):
        result = context.ports.configurator.play(
            Play(
                "wan",
                {box.group: (box.host,) for box in wanted},
                {box.host.name: box.files for box in wanted},
                {box.host.name: box.variables for box in wanted},
                check,
            ),
            print,
        )
        assert not any(result.changed.values()), result.changed


@pytest.mark.usefixtures("proven")
def test_what_somebody_changed_is_put_back(bench: Bench, context: Context) -> None:
    bench.run(GATEWAY, "systemctl", "stop", "dnsmasq")
    bench.run(GATEWAY, "sh", "-c", "echo '# by hand' >>/etc/retailops/firewall.nft")
    (mend,) = [item for item in actions(context, WAN) if item.kind in ("wan.hub", "wan.store")]
    assert (mend.target, mend.reason) == (GATEWAY, "1 file different; not running: dnsmasq.service")
    WAN.handlers[mend.kind](context, mend.params)
    assert "wan.store" not in [item.kind for item in actions(context, WAN)]


@pytest.mark.usefixtures("proven")
def test_a_reload_of_the_hubs_routing_has_nothing_to_say(bench: Bench) -> None:
    """A spurious difference would drop every store's sessions each time that one is onboarded."""
    said = bench.run("hub1", "/usr/lib/frr/frr-reload.py", "--test", "/etc/frr/frr.conf")
    assert "Lines To" not in said
