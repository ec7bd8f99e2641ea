"""What a rollout may touch now, golden: released rings + what is known + windows, frozen days and the time -> touch, waits, gate, stop.

Stores are called by letters. `rings` maps a ring to `{soak, stores, opened, settled}`; `known` a store to `STATUS at TIME` (inputs
of this release) or `STATUS of INPUTS at TIME`; times are `DAY HH:MM` of November 2026, UTC; the release was on `25 12:00`.
`window` holds for every store, in `zone`; `windows` for some.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from retailops.cloud.rollouts.decide import World, decide
from retailops.cloud.rollouts.windows import Place
from retailops.model.chain import Period
from retailops.model.rollout import span
from retailops.model.week import joined
from retailops.ports import Progress, Release, ReleasedRing, Revision, Rollout

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
KEYS = {
    "why", "rings", "known", "now", "zone", "window", "windows", "frozen", "status", "stopAt", "resumed", "leftOut", "gone",
    "paused", "apart", "touch", "waits", "settled", "gate", "stop", "done",
}  # fmt: skip


def at(text: str) -> datetime:
    return datetime.strptime(f"2026-11-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def name(store: str) -> str:
    return f"edge/{store}"


def revision(store: str, text: str) -> Revision:
    status, _, rest = text.partition(" ")
    inputs = rest.split()[1] if rest.startswith("of ") else "new"
    since = at(rest.rpartition("at ")[2])
    return Revision("edge", store, inputs, inputs if status == "applied" else "old", status, since, "broken")  # type: ignore[arg-type]


def rollout(case: dict[str, Any]) -> Rollout:
    rings = case["rings"]
    released = tuple(
        ReleasedRing(ring, span(each.get("soak", "0m")), tuple(map(name, each["stores"])))
        for ring, each in rings.items()
    )
    changes = [{"project": "edge", "stack": s, "inputs": "new"} for each in rings.values() for s in each["stores"]]
    moments = {key: {n: at(each[key]) for n, each in rings.items() if key in each} for key in ("opened", "settled")}
    progress = Progress(
        case.get("status", "open"),
        "by li@ops" if case.get("status") == "stopped" else "",
        **moments,
        resumed=at(case["resumed"]) if "resumed" in case else None,
        left_out=dict.fromkeys(map(name, case.get("leftOut", ())), "li@ops"),
    )
    release = Release({"digest": "d", "changes": changes}, at("25 12:00"), "li@ops", case.get("stopAt", 5), released)
    return Rollout(1, release, progress)


def world(case: dict[str, Any]) -> World:
    stores = {store for each in case["rings"].values() for store in each["stores"]} - set(case.get("gone", ()))
    windows = dict.fromkeys(stores, case.get("window", ["daily 00:00-24:00"])) | case.get("windows", {})
    places = {
        name(s): Place(case.get("zone", "Asia/Shanghai"), joined(tuple(windows[s])), "east", "compact") for s in stores
    }
    frozen = [Period.model_validate({"id": "sale", "name": "Sale", **each}) for each in case.get("frozen", ())]
    known = {name(store): revision(store, text) for store, text in case.get("known", {}).items()}
    apart = {name(key) if len(key) == 1 else key: why for key, why in case.get("apart", {}).items()}
    return World(known, places, frozen, at(case["now"]), case.get("paused", ""), apart)


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_golden_rollout(file: Path) -> None:
    case = yaml.safe_load(file.read_text())
    assert file.read_text().startswith("why: ")
    assert case.keys() <= KEYS, case.keys() - KEYS
    found = decide(rollout(case), world(case))
    waits = [
        f"{wait.stack.removeprefix('edge/')} {wait.why}" + (f", {wait.until:%d %H:%M}" if wait.until else "")
        for wait in found.waits
    ]
    assert [stack.removeprefix("edge/") for stack in found.touch] == case.get("touch", [])
    assert waits == case.get("waits", [])
    assert list(found.settled) == case.get("settled", [])
    assert (found.gate, found.stop, found.done) == (case.get("gate"), case.get("stop", ""), case.get("done", False))


def test_there_are_cases() -> None:
    assert len(CASES) >= 20
