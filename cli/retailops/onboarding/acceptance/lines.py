"""Cutting a store's lines for a trial, and never leaving one cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from retailops.ports import Json
from retailops.run.stage import Context
from retailops.wan.paths import measure_routing


def heal(context: Context, _params: Mapping[str, Any]) -> Json:
    """Every line that is cut is up again, and the centre answers the store."""
    return {"healed": list(settle(context))}


def settle(context: Context) -> tuple[str, ...]:
    """Heals what is cut, and then waits until the preferred line leads to the centre again; the names of what was cut."""
    healed = heal_all(context)
    if healed and context.design.planes.wan != "absent":
        measure_routing(context)
    return healed


def heal_all(context: Context) -> tuple[str, ...]:
    """The names of the lines that had to be healed."""
    store, lines = context.design.id, context.ports.lines
    cut = tuple(name for name, state in lines.state(store).items() if state != "up")
    for name in cut:
        lines.heal(store, name)
        context.on_line(f"line {name} of {store} is up again")
    return cut


@contextmanager
def cut(context: Context, names: Sequence[str]) -> Iterator[None]:
    """`names` are cut inside, and every line is up after it, also after an error."""
    store = context.design.id
    try:
        for name in names:
            context.ports.lines.cut(store, name)
        context.on_line(f"cut: {', '.join(names)}")
        yield
    finally:
        settle(context)
