"""Taking over, changing sides, making a copy anew: with two sites of memory that obey Ceph's rules."""

from __future__ import annotations

import pytest
from two_sites import NOW, TwoSites, volume, whole

from retailops.errors import GateNotMet, ToolError
from retailops.hci.mirror.takeover import PATIENCE, promote, promotion, resync, stale, switchover


def take_over(two: TwoSites, site: str, force: bool = False) -> tuple[str, ...]:
    pair = two.pair
    states = pair.states()
    wanted = promotion(states, NOW, site, force)
    promote(pair, states, wanted, print)
    return wanted.lost


def primaries(two: TwoSites) -> list[str]:
    return [site for site, state in two.sites.items() for v in state["pools"]["machines"]["volumes"] if v["primary"]]


def test_a_site_takes_over_when_the_other_is_silent_and_says_what_is_lost() -> None:
    two = whole("a", "b")
    two.silent = {"main"}
    assert take_over(two, "recovery") == (
        "machines/a: what main wrote in the last 60 s and later is lost",
        "machines/b: what main wrote in the last 60 s and later is lost",
    )
    assert two.log == [
        "recovery: mirror image promote --force machines/a",
        "recovery: mirror image promote --force machines/b",
    ]
    assert take_over(two, "recovery") == ()
    assert len(two.log) == 2


def test_it_is_refused_while_the_other_site_is_written() -> None:
    two = whole("a")
    with pytest.raises(GateNotMet, match="main answers and is written: machines/a"):
        take_over(two, "recovery")
    assert two.log == []


def test_forced_it_makes_two_histories_and_resync_throws_the_old_one_away() -> None:
    two = whole("a")
    assert len(take_over(two, "recovery", force=True)) == 1
    assert primaries(two) == ["main", "recovery"]
    with pytest.raises(GateNotMet, match="main can't be switched to"):
        switchover(two.pair, "main", print)
    pair = two.pair
    states = pair.states()
    resync(pair, states, "main", stale(states, NOW, "main"), print)
    assert two.log[1:] == ["main: mirror image demote machines/a", "main: mirror image resync machines/a"]
    assert primaries(two) == ["recovery"]
    assert stale(two.pair.states(), NOW, "main") == ()


def test_what_a_machine_still_writes_is_not_thrown_away() -> None:
    two = whole("a")
    take_over(two, "recovery", force=True)
    two.find("main", "a")["clients"] = ["10.8.0.2"]
    two.log.clear()
    pair = two.pair
    states = pair.states()
    with pytest.raises(GateNotMet, match="what main has can't be thrown away") as error:
        resync(pair, states, "main", stale(states, NOW, "main"), print)
    assert (error.value.details, two.log) == ("machines/a is open at main, by 10.8.0.2: stop its machine", [])


def test_a_resync_that_would_throw_the_only_history_away_is_refused() -> None:
    two = whole("a")
    two.find("recovery", "a").update(state="error", said="split-brain")
    with pytest.raises(GateNotMet, match="recovery has not taken over machines/a"):
        stale(two.pair.states(), NOW, "main")
    assert len(stale(two.pair.states(), NOW, "recovery")) == 1


def test_a_site_that_does_not_answer_takes_nothing_over() -> None:
    two = whole("a")
    two.silent = {"recovery"}
    with pytest.raises(ToolError, match="site recovery does not answer"):
        take_over(two, "recovery")


def test_one_volume_that_refuses_does_not_keep_the_others() -> None:
    two = whole("a", "b", "c")
    two.silent, two.stubborn = {"main"}, {"b"}
    with pytest.raises(ToolError, match="1 volumes at recovery refused to promote; the others are done"):
        take_over(two, "recovery")
    assert [two.find("recovery", name)["primary"] for name in "abc"] == [True, False, True]


def test_changing_sides_stops_the_one_before_it_starts_the_other() -> None:
    two = whole("a", "b")
    assert len(switchover(two.pair, "recovery", print)) == 2
    assert [line.split()[3] for line in two.log] == ["demote", "demote", "promote", "promote"]
    assert primaries(two) == ["recovery", "recovery"]
    assert switchover(two.pair, "recovery", print) == ()


def test_cut_off_after_the_stop_it_goes_on_or_back() -> None:
    two = whole("a")
    two.link = False
    with pytest.raises(ToolError, match=f"did not come over to recovery in {PATIENCE:.0f} s; nothing is lost"):
        switchover(two.pair, "recovery", print)
    assert primaries(two) == []
    two.link = True
    assert len(switchover(two.pair, "recovery", print)) == 1
    two.find("recovery", "a").update(volume("a", primary=False))
    assert take_over(two, "main") == ()
    assert two.log[-1] == "main: mirror image promote machines/a"
    assert primaries(two) == ["main"]


@pytest.mark.parametrize(
    ("site", "change", "line"),
    [
        ("main", {"clients": ["10.8.0.2"]}, "machines/a is open at main, by 10.8.0.2: stop its machine"),
        ("recovery", {"state": "error", "said": "x"}, "machines/a does not follow at recovery: error, x"),
        ("recovery", {"mirrored": False}, "machines/a has no copy at recovery"),
    ],
)
def test_what_is_not_ready_is_refused_before_anything_is_touched(
    site: str, change: dict[str, object], line: str
) -> None:
    two = whole("a", "b")
    two.find(site, "a").update(change)
    with pytest.raises(GateNotMet) as refused:
        switchover(two.pair, "recovery", print)
    assert refused.value.details == line
    assert two.log == []


def test_the_other_sites_copier_is_no_client() -> None:
    two = whole("a")
    two.find("main", "a")["clients"] = ["10.9.0.2"]
    assert len(switchover(two.pair, "recovery", print)) == 1
