"""What the private cloud's stack says of itself reaches the public one's, by a real stack reference, and nobody else's."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from stack_desk import POOL, Desk
from test_private import config as private

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "cloud"))
from fake_cloud import FakeCloud

from retailops import assets
from retailops.cloud.catalog import of_cloud, stacks_of
from retailops.cloud.changes.inputs import Inputs
from retailops.drivers.pulumi import BuiltinStacks
from retailops.errors import RetailopsError
from retailops.model import Fleet, load_fleet
from retailops.model.sample.write import write_sample
from retailops.ports import StackResult
from retailops.render.stack_config_public import public_config


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    root = tmp_path / "chain"
    write_sample(root, 2)
    path = root / "fleet.yaml"
    path.write_text(path.read_text().replace("    provider: alibaba\n", "    provider: lab\n    centre: private\n"))
    return load_fleet(root)


def region(desk: Desk, fleet: Fleet) -> StackResult:
    """The public stack, of which the lab's provider has machines in memory."""
    cloud = next(each for each in fleet.clouds if each.kind == "public")
    request = replace(
        desk.request,
        program=assets.path("stacks", "public"),
        stack=cloud.id,
        config=public_config(fleet.file, cloud),
        secret_config={},
    )
    return BuiltinStacks("0.0.1", POOL, FakeCloud().ports).up(request, desk.lines.append)


def centre(desk: Desk, fleet: Fleet, images: bool) -> None:
    desk.program, desk.stack = assets.path("stacks", "private"), "private"
    for name in ("backup", "database"):
        (desk.folder / name).write_text("canary-word")
        desk.secret_config[f"private:{name}Password"] = desk.folder / name
    desk.config = private(fleet.file, images)
    desk.up()


def test_addresses_of_the_centre_reach_the_region_and_change_with_it(desk: Desk, fleet: Fleet) -> None:
    centre(desk, fleet, images=False)
    first = region(desk, fleet)
    assert first.outputs["centre"] == {"events": "events.events.svc.cluster.local", "services": {}}
    centre(desk, fleet, images=True)
    again = region(desk, fleet)
    assert isinstance(again.outputs["centre"], dict)
    assert "database" in str(again.outputs["centre"]["services"])
    assert again.changes == 0


def test_a_region_whose_centre_is_not_up_says_what_to_do_and_makes_nothing(desk: Desk, fleet: Fleet) -> None:
    with pytest.raises(RetailopsError) as caught:
        region(desk, fleet)
    said = f"{caught.value.message} {caught.value.details} {caught.value.resolution}"
    assert "the stack organization/private/private is not there" in said
    assert "Bring up stack private of project private" in said


def test_no_store_reads_another_stack(fleet: Fleet) -> None:
    stacks = list(stacks_of(fleet))
    assert [stack.name for stack in stacks if stack.reads] == ["public/public"]
    assert [stack.name for stack in stacks][:2] == ["private/private", "public/public"]
    edge = assets.path("stacks", "retailops_stacks", "edge")
    assert not [path.name for path in edge.glob("*.py") if "StackReference" in path.read_text()]


def test_what_the_centre_will_be_counts_for_the_region_that_reads_it(fleet: Fleet) -> None:
    public = next(each for each in fleet.clouds if each.kind == "public")
    services = fleet.clouds[0].model_copy(update={"teams": ()})
    other = fleet.file.model_copy(update={"clouds": (services, *fleet.clouds[1:])})
    inputs = Inputs(fleet.root)
    before, after = of_cloud(fleet.file, public), of_cloud(other, public)
    assert before
    assert after
    assert inputs.of(before) != inputs.of(after)
    alone = public.model_copy(update={"centre": None})
    left, right = of_cloud(fleet.file, alone), of_cloud(other, alone)
    assert left
    assert right
    assert inputs.of(left) == inputs.of(right)
