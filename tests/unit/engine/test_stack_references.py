"""Outputs that pass from stack to stack."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_bench import Bench, ops

from retailops.engine.session import Outcome
from retailops.errors import RetailopsError

CENTRE = """
pulumi.export("address", "10.0.0.1")
pulumi.export("token", pulumi.Output.secret("hush-hush"))
"""
STORE = """
centre = pulumi.StackReference("organization/proj/centre")
Thing("a", {"address": centre.require_output("address"), "token": centre.get_output("token")})
pulumi.export("token", centre.get_output("token"))
"""


def centre(bench: Bench, source: str) -> Outcome:
    bench.write(source)
    return bench.engine().up(replace(bench.request, stack="centre"), bench.lines.append)


def test_outputs_arrive_and_secrets_stay_secret(bench: Bench) -> None:
    centre(bench, CENTRE)
    made = bench.up(STORE)
    assert ops(made) == {"create": ["a"]}
    assert made.outputs == {"token": "[secret]"}
    assert bench.world.things["a"]["token"] != ""
    assert "hush-hush" not in bench.state_file.read_text()
    assert ops(bench.up()) == {}


def test_a_changed_output_reaches_the_other_stack(bench: Bench) -> None:
    centre(bench, CENTRE)
    bench.up(STORE)
    centre(bench, CENTRE.replace("10.0.0.1", "10.0.0.2"))
    assert ops(bench.up(STORE)) == {"update": ["a"]}
    assert bench.world.things["a"]["address"] == "10.0.0.2"


def test_a_bare_name_is_a_stack_of_the_same_project(bench: Bench) -> None:
    centre(bench, CENTRE)
    bench.up(STORE.replace("organization/proj/centre", "centre"))
    assert bench.world.things["a"]["address"] == "10.0.0.1"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("organization/proj/nowhere", "the stack organization/proj/nowhere is not there"),
        ("acme/proj/centre", "'acme/proj/centre' is not a stack's name here"),
        ("organization/../etc", "'organization/../etc' is not a stack's name here"),
    ],
)
def test_a_stack_that_is_not_there_is_named(bench: Bench, name: str, said: str) -> None:
    with pytest.raises(RetailopsError) as caught:
        bench.up(STORE.replace("organization/proj/centre", name))
    assert caught.value.message == said
    assert not bench.state_file.exists()


def test_destroy_leaves_the_other_stack_alone(bench: Bench) -> None:
    centre(bench, CENTRE)
    bench.up(STORE)
    other = bench.state_file.with_name("centre.json")
    before = other.read_bytes()
    bench.engine().destroy(bench.request, bench.lines.append)
    assert other.read_bytes() == before
    assert bench.world.things == {}
