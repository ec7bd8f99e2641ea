"""What drills have shown of each property, on one page."""

from __future__ import annotations

from typing import Any

from fleets import hci

from retailops.hci.drills.overview import overview
from retailops.hci.drills.properties import PROPERTIES, shown
from retailops.render.hci_report import page

HOSTS = hci({"r1": 2, "r2": 2, "r3": 2}, disks=1)


def drilled(name: str, at: str = "2026-11-26 03:00", *waits: float, wrong: tuple[str, ...] = ()) -> dict[str, Any]:
    runs = [
        {
            "victim": f"h{number}",
            "rack": "r1",
            "broke": 5.0,
            "mended": 25.0,
            "limit": 20.0,
            "flow": {"worst": wait, "written": 900, "failed": 0, "lost": 0, "points": [[0.0, 0.004], [5.0, wait]]},
        }
        for number, wait in enumerate(waits or (8.4,), 1)
    ]
    waits_of = {"figures": [], "median": 8.4, "worst": max(waits or (8.4,)), "limit": 20.0, "wrong": list(wrong)}
    return {"drill": name, "at": at, "version": "Ceph 16.2.15", "backend": "packages", "runs": runs, **waits_of}


def test_there_are_seven_and_no_drill_proves_two() -> None:
    names = [name for each in PROPERTIES for name in each.drills]
    assert [each.number for each in PROPERTIES] == [1, 2, 3, 4, 5, 6, 7]
    assert len(names) == len(set(names))


def test_the_newest_run_of_a_drill_counts() -> None:
    old, new = drilled("rack", "2026-11-25 03:00", 21.0, wrong=("a write waited",)), drilled("rack")
    for documents in ([old, new], [new, old]):
        third = list(shown(documents))[2]
        assert [document["at"] for document in third.documents] == ["2026-11-26 03:00"]
        assert (third.missing, third.holds) == (("split",), False)


def test_a_property_holds_when_all_its_drills_did() -> None:
    assert [each.holds for each in shown([drilled("rack"), drilled("split")])] == [False] * 2 + [True] + [False] * 4
    broken = drilled("split", wrong=("2 acknowledged writes are lost",))
    assert not any(each.holds for each in shown([drilled("rack"), broken]))


def test_the_page_says_what_held_what_did_not_and_what_was_never_drilled() -> None:
    documents = [
        drilled("rack", "2026-11-26 03:00", 8.4, 9.9),
        drilled("split"),
        drilled("bitrot", wrong=("1 read otherwise",)),
    ]
    found = overview(HOSTS, "lanxing", {}, documents)
    assert found["faults"] == ["no monitor answers"]
    text = page({**found, "at": "2026-11-26 04:00", "world": "lab", "standsIn": ["disks: files"]}, documents)
    assert "6 hosts in 3 racks" in text
    assert "rack: 9.90 s (20), median 8.40 s,\n2 runs; 1800 written, 0 failed, 0 lost" in text
    assert text.count('<td class="good">held</td>') == 1
    assert text.count('<td class="bad">did not hold</td>') == 1
    assert "never drilled here: mirror" in text
    assert text.count("<svg") == 3
    assert "<figcaption>rack, h2 in r1</figcaption>" in text


def test_a_drill_that_stops_writes_on_purpose_has_no_limit() -> None:
    document = {**drilled("nearly-full"), "limit": None, "figures": [{"name": "found", "unit": " s", "highest": 3.25}]}
    document["runs"][0]["limit"] = None
    found = overview(HOSTS, "lanxing", {}, [document])
    text = page({**found, "at": "2026-11-26 04:00", "world": "lab", "standsIn": []}, [document])
    assert "nearly-full: 8.40 s (stopped on purpose)" in text
    assert "0 lost, found 3.25 s" in text
