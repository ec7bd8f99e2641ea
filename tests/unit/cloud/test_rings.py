"""Which ring each stack is in."""

from __future__ import annotations

import pytest

from retailops.cloud.rollouts.rings import partition, position
from retailops.cloud.rollouts.windows import ANY_TIME, Place, of_store, places
from retailops.model import load_fleet
from retailops.model.rollout import RINGS, Ring
from retailops.model.sample.write import write_sample

STORES = [f"edge/hz{n:04d}" for n in range(1, 2001)]


def where(names: list[str]) -> dict[str, Place]:
    return {name: Place("UTC", ANY_TIME, *([] if name[:5] != "edge/" else ["east", "compact"])) for name in names}


def rings_of(names: list[str], rings: tuple[Ring, ...] = RINGS, others: tuple[str, ...] = ()) -> dict[str, str]:
    found = partition(rings, names, others, where([*names, *others]))
    return {name: ring.name for ring in found for name in ring.stacks}


def sizes(names: list[str], rings: tuple[Ring, ...] = RINGS) -> dict[str, int]:
    return {ring.name: len(ring.stacks) for ring in partition(rings, names, (), where(names))}


@pytest.mark.parametrize("count", [1, 2, 3, 11, 300, 2000])
def test_every_stack_is_in_exactly_one_ring(count: int) -> None:
    found = [name for ring in partition(RINGS, STORES[:count], (), where(STORES)) for name in ring.stacks]
    assert sorted(found) == sorted(STORES[:count])


def test_the_default_rings_of_two_thousand() -> None:
    found = sizes(STORES)
    assert list(found) == ["canary", "first", "some", "rest"]
    assert found["canary"] == 1
    assert 10 <= found["first"] <= 30
    assert 160 <= found["some"] <= 240


def test_a_small_rollout_has_a_store_in_each_ring() -> None:
    assert sizes(STORES[:4]) == {"canary": 1, "first": 1, "some": 1, "rest": 1}
    assert sizes(STORES[:2]) == {"canary": 1, "first": 1}


def test_the_order_of_the_plan_changes_nothing() -> None:
    assert partition(RINGS, STORES, (), where(STORES)) == partition(RINGS, STORES[::-1], (), where(STORES))


def test_stores_that_are_added_move_no_other_by_share() -> None:
    shares = (Ring(name="first", share=5), Ring(name="some", share=20), Ring(name="rest"))
    before, after = rings_of(STORES[:1000], shares), rings_of(STORES, shares)
    assert {name: after[name] for name in before} == before


def test_only_a_new_canary_takes_the_place_of_the_old_one() -> None:
    before, after = rings_of(STORES[:1000]), rings_of(STORES)
    moved = [name for name in before if before[name] != after[name]]
    assert len(moved) <= 1


def test_selectors() -> None:
    known = where(STORES[:10])
    known["edge/hz0003"] = Place("UTC", ANY_TIME, "north", "kiosk")
    known["edge/hz0004"] = Place("UTC", ANY_TIME, "north", "compact")
    rings = (
        Ring(name="pilots", stores=("hz0002", "hz0999")),
        Ring(name="kiosks", formats=("kiosk",)),
        Ring(name="north", regions=("north",)),
        Ring(name="rest"),
    )
    found = {ring.name: ring.stacks for ring in partition(rings, STORES[:10], (), known)}
    assert [found["pilots"], found["kiosks"], found["north"]] == [("edge/hz0002",), ("edge/hz0003",), ("edge/hz0004",)]
    assert len(found["rest"]) == 7


def test_what_has_nothing_to_show_goes_last_and_clouds_go_first() -> None:
    names = ["private/hq", "edge/hz0001", "edge/hz0002"]
    found = partition(RINGS, names, ("edge/hz0009",), where([*names, "edge/hz0009"]))
    assert [ring.name for ring in found] == ["centre", "canary", "first", "rest"]
    assert (found[0].stacks, found[-1].stacks) == (("private/hq",), ("edge/hz0009",))


def test_a_position_is_a_function_of_the_name() -> None:
    assert round(position("edge/hz0001"), 6) == 73.222976
    assert 45 < sum(map(position, STORES)) / len(STORES) < 55


def test_places_of_the_sample(tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("rings") / "chain"
    write_sample(root, 4)
    fleet = load_fleet(root)
    found = places(fleet)
    assert found["edge/hz0001"].windows == ((1 * 1440 + 120, 1 * 1440 + 300), (3 * 1440 + 120, 3 * 1440 + 300))
    assert found["public/public"] == Place("Asia/Shanghai", ANY_TIME)
    closed = fleet.stores["hz0001"].model_copy(update={"maintenance": (), "hours": ("daily 07:00-23:00",)})
    assert of_store(closed).windows[-1] == (6 * 1440 + 1380, 7 * 1440 + 420)
