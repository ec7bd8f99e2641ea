"""Runs a program's code under Pulumi's own mocks: what it registers, and what its outputs come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime import mocks, settings

from retailops_stacks.policies import Registered


@dataclass
class Recorder(mocks.Mocks):  # type: ignore[misc]
    """Every resource in the order in which it came; `state(registered)` gives outputs beside the inputs, `answers` those of invokes."""

    state: Callable[[Registered], Mapping[str, Any]] = lambda _item: {}
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    resources: list[Registered] = field(default_factory=list)

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        made = Registered(args.typ, args.name, dict(args.inputs))
        self.resources.append(made)
        return f"{args.name}-id", {**args.inputs, **self.state(made)}

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:
        if args.token not in self.answers:
            raise AssertionError(f"the program asks {args.token}")
        return dict(self.answers[args.token])


def run(
    program: Callable[[], Mapping[str, Any]],
    state: Callable[[Registered], Mapping[str, Any]] = lambda _item: {},
    answers: Mapping[str, Mapping[str, Any]] | None = None,
) -> tuple[list[Registered], dict[str, Any]]:
    """What `program` registers (components left out) and its outputs once they are known."""
    recorder, known = Recorder(state, answers or {}), {}
    mocks.set_mocks(recorder, preview=False)

    @pulumi.runtime.test  # type: ignore[misc]
    def body() -> pulumi.Output[Any]:
        return pulumi.Output.all(**program()).apply(known.update)

    try:
        body()
    finally:
        settings.reset_options()
    return [item for item in recorder.resources if not item.kind.startswith("retailops:")], known


def getter(config: Mapping[str, str], namespace: str) -> Callable[[str], str | None]:
    """As `pulumi.Config(namespace).get` reads `config`."""
    return lambda key: config.get(f"{namespace}:{key}")
