"""Measurements in a few words: plain facts first, deep ones named or counted, nothing dropped without saying so."""

from __future__ import annotations

from typing import Any

import pytest

from retailops.render.measured import facts, flat

TEXTS: dict[str, Any] = {
    "measures": {"seconds": {"zh": "用时（秒）", "en": "seconds"}},
    "none": {"zh": "无", "en": "none"},
    "yes": {"zh": "是", "en": "yes"},
    "no": {"zh": "否", "en": "no"},
}


def shown(measured: Any) -> list[str]:
    return [f"{name['zh']} {value['zh']}" for name, value in facts(measured, TEXTS)["shown"]]


@pytest.mark.parametrize(
    ("measured", "said"),
    [
        ({"seconds": 14.2100001}, ["用时（秒） 14.21"]),
        ({"seconds": {"gw1": 1, "edge1": 2}}, ["用时（秒） · gw1 1", "用时（秒） · edge1 2"]),
        ({"restored": True, "plain_found": False}, ["restored 是", "plain found 否"]),
        ({"wrong": []}, ["wrong 无"]),
        ({"serial": None, "said": ""}, []),
        ({"tunnels": [{"tunnel": "wg-a1", "age": 5}, {"tunnel": "wg-b1", "age": 6}]}, ["tunnels wg-a1, wg-b1"]),
        ({"trials": [{"port": 22}, {"port": 80}]}, ["trials 2"]),
        ({"rows": {"items": 250, "sha256": "x"}}, ["rows 250"]),
        ({"hosts": {"gw1": {"defaults": []}, "edge1": {"defaults": []}}}, ["hosts gw1, edge1"]),
        ({"digest": "sha256:" + "ab" * 32}, ["digest abababababababab…"]),
        ({"many": list(range(20))}, ["many 20"]),
    ],
)
def test_said(measured: Any, said: list[str]) -> None:
    assert shown(measured) == said


def test_plain_facts_come_first_and_the_rest_is_counted() -> None:
    measured = {"a": {str(n): n for n in range(9)}, "tried": 10}
    found = facts(measured, TEXTS)
    assert found["shown"][0][0]["en"] == "tried"
    assert len(found["shown"]) + found["more"] == len(list(flat(measured))) == 10
