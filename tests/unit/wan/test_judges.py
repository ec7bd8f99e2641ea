"""What will do and what will not, from what was measured alone."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from retailops.model import load_design
from retailops.wan.failover import judge_failover, report
from retailops.wan.matrix import judge_zones, outside_trials, trials, wrong
from retailops.wan.paths import judge_identity, judge_overlay, judge_routing
from retailops.wan.services import judge_services

IDENTITY = {"tunnels": [{"own": "K1=", "known": ["K1="]}, {"own": "K2=", "known": ["K2="]}]}
OVERLAY = {"least_lines": 2, "tunnels": [{"uplink": "a", "age": 20.0}, {"uplink": "b", "age": 90.0}]}
UP = {"bgp": "Established", "bfd": "up", "prefixes": 1}
ROUTING = {"sessions": [{"tunnel": "wg-a1", **UP}, {"tunnel": "wg-b1", **UP}], "centre_by": ["wg-a1"]}
FAILOVER = {"during": ["wg-b1"], "received": 1200, "returned": 1.6, "gap": 0.87, "gap_on_return": 0.0}
ZONES = {"tried": 300, "wrong": [], "from": {"pos": "p", "centre": "hq", "internet": "hub1"}}
SERVICES = {
    "devices": {
        "pos1": {
            "reserved": "10.64.4.10",
            "lease": {"address": "10.64.4.10"},
            "names": {"till": "10.64.5.10"},
            "expected": {"till": "10.64.5.10"},
            "time": {"offset": 0.2, "stratum": 10},
        }
    }
}
Change = Callable[[dict[str, Any]], Any]


def changed(measured: dict[str, Any], change: Change) -> dict[str, Any]:
    other = copy.deepcopy(measured)
    change(other)
    return other


GOOD: list[tuple[Callable[[Any], bool], dict[str, Any]]] = [
    (judge_identity, IDENTITY),
    (judge_overlay, OVERLAY),
    (judge_routing, ROUTING),
    (judge_failover, FAILOVER),
    (judge_zones, ZONES),
    (judge_services, SERVICES),
]
BAD: dict[str, tuple[Callable[[Any], bool], dict[str, Any], Change]] = {
    "another key is let in": (judge_identity, IDENTITY, lambda m: m["tunnels"][1].update(known=["K9="])),
    "a second key for the same address": (judge_identity, IDENTITY, lambda m: m["tunnels"][0]["known"].append("K9=")),
    "the gateway has no key": (judge_identity, IDENTITY, lambda m: m["tunnels"][0].update(own=None, known=[None])),
    "no tunnel at all": (judge_identity, IDENTITY, lambda m: m["tunnels"].clear()),
    "one line is silent": (judge_overlay, OVERLAY, lambda m: m["tunnels"][1].update(age=None)),
    "one line went stale": (judge_overlay, OVERLAY, lambda m: m["tunnels"][1].update(age=181.0)),
    "two tunnels, one line": (judge_overlay, OVERLAY, lambda m: m["tunnels"][1].update(uplink="a")),
    "BGP is not up": (judge_routing, ROUTING, lambda m: m["sessions"][1].update(bgp="Active")),
    "BFD is down": (judge_routing, ROUTING, lambda m: m["sessions"][0].update(bfd="down")),
    "a session brings nothing": (judge_routing, ROUTING, lambda m: m["sessions"][1].update(prefixes=0)),
    "the second line leads": (judge_routing, ROUTING, lambda m: m.update(centre_by=["wg-b1"])),
    "traffic never stopped, so nothing was cut": (judge_failover, FAILOVER, lambda m: m.update(gap=0.0)),
    "too long": (judge_failover, FAILOVER, lambda m: m.update(gap=2.1)),
    "never back": (judge_failover, FAILOVER, lambda m: m.update(returned=None)),
    "no other way": (judge_failover, FAILOVER, lambda m: m.update(during=[])),
    "lost on return": (judge_failover, FAILOVER, lambda m: m.update(gap_on_return=3.0)),
    "a door is open": (judge_zones, ZONES, lambda m: m["wrong"].append("guest edge ...")),
    "never tried from pos": (judge_zones, ZONES, lambda m: m["from"].pop("pos")),
    "nothing tried": (judge_zones, ZONES, lambda m: m.update(tried=0)),
    "no lease": (judge_services, SERVICES, lambda m: m["devices"]["pos1"].update(lease=None)),
    "not its reservation": (
        judge_services,
        SERVICES,
        lambda m: m["devices"]["pos1"]["lease"].update(address="10.9.9.9"),
    ),
    "a wrong name": (judge_services, SERVICES, lambda m: m["devices"]["pos1"]["names"].update(till=None)),
    "a wrong clock": (judge_services, SERVICES, lambda m: m["devices"]["pos1"]["time"].update(offset=-1.2)),
    "nobody asked": (judge_services, SERVICES, lambda m: m["devices"].clear()),
}


@pytest.mark.parametrize(("judge", "measured"), GOOD, ids=lambda each: getattr(each, "__name__", ""))
def test_what_will_do(judge: Callable[[Any], bool], measured: dict[str, Any]) -> None:
    assert judge(measured)


@pytest.mark.parametrize("name", BAD)
def test_what_will_not(name: str) -> None:
    judge, measured, change = BAD[name]
    assert not judge(changed(measured, change))


def test_silences_belong_to_the_cut_or_to_the_return() -> None:
    flow = {
        "start": 100.0,
        "sent": 1000,
        "received": 800,
        "rtt_ms": {},
        "bins": [],
        "gaps": [{"at": 1.1, "seconds": 0.9, "lost": 180}, {"at": 4.2, "seconds": 0.1, "lost": 20}],
    }
    told = report(flow, cut=101.05, healed=104.0)
    assert (told["gap"], told["gap_on_return"], told["cut_at"], told["healed_at"]) == (0.9, 0.1, 1.05, 4.0)


def test_silence_is_right_only_where_nothing_is_permitted(chain: Path) -> None:
    design = load_design(chain, "hz0001")
    permitted = next(trial for trial in trials(design, "pos", None) if trial.permitted)
    denied = next(trial for trial in trials(design, "guest", None) if not trial.permitted)
    assert [wrong(permitted, answer) for answer in ("open", "refused", "unreachable", "filtered", "no network")] == [
        *(False, False, False),
        *(True, True),
    ]
    assert [wrong(denied, answer) for answer in ("open", "refused", "unreachable", "filtered", "no network")] == [
        *(True, True, True),
        *(False, True),
    ]


def test_every_zone_is_tried_against_every_other(chain: Path) -> None:
    design = load_design(chain, "hz0001")
    for zone in design.zones:
        targets = {trial.target for trial in trials(design, zone, "100.65.1.1")}
        assert targets == (set(design.zones) - {zone}) | {"gateway", "centre", "internet"}
    assert not any(trial.permitted for trial in outside_trials(["100.65.1.10"]))


def test_another_zones_gateway_address_is_shut(chain: Path) -> None:
    design = load_design(chain, "hz0001")
    asked = [trial for trial in trials(design, "guest", None) if trial.target == "gateway" and trial.port == 53]
    assert [trial.permitted for trial in asked if trial.address == str(design.zones["guest"].gateway)] == [True, True]
    assert not any(trial.permitted for trial in asked if trial.address != str(design.zones["guest"].gateway))
