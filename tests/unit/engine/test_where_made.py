"""The short way to a resource's line in the program says what the SDK's long way says."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks, resource, settings

from retailops.engine import child


class Nothing(mocks.Mocks):  # type: ignore[misc]
    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return args.name, dict(args.inputs)

    def call(self, _args: mocks.MockCallArgs) -> dict[str, Any]:
        return {}


class Group(pulumi.ComponentResource):  # type: ignore[misc]
    def __init__(self, name: str) -> None:
        super().__init__("test:index:Group", name)
        Thing(f"{name}-thing", pulumi.ResourceOptions(parent=self))


class Thing(pulumi.CustomResource):  # type: ignore[misc]
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("test:index:Thing", name, {}, opts)


def test_both_ways_lead_to_the_same_line(monkeypatch: pytest.MonkeyPatch) -> None:
    long_way, seen = resource._get_stack_trace, []

    def both() -> Any:
        seen.append((long_way(), child.where_made()))
        return seen[-1][0]

    monkeypatch.setattr(resource, "_get_stack_trace", both)
    mocks.set_mocks(Nothing(), preview=False)

    @pulumi.runtime.test  # type: ignore[misc]
    def body() -> None:
        Group("a")
        Thing("b")
        bare = pulumi.CustomResource  # not a class of the program's
        bare("test:index:Bare", "c", {})

    try:
        body()
    finally:
        settings.reset_options()
    assert len(seen) == 5  # the stack is one of them
    for long, short in seen:
        assert [frame.pc for frame in short.frames] == [frame.pc for frame in long.frames[:1]]
    assert seen[1][1].frames[0].pc.uri.endswith("/test_where_made.py")
