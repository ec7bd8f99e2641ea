"""What one run of a drill showed, and how it is judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from retailops.ports import Json


@dataclass(frozen=True)
class Figure:
    """Something measured, and the limits that it is held to; a yes or no is 1 or 0."""

    name: str
    value: float
    unit: str = ""
    most: float | None = None
    least: float | None = None

    @property
    def wrong(self) -> str:
        """In words, where a limit was passed."""
        if self.most is not None and self.value > self.most:
            return f"{self.name}: {self.value:g}{self.unit}; {self.most:g}{self.unit} are allowed"
        if self.least is not None and self.value < self.least:
            return f"{self.name}: {self.value:g}{self.unit}; {self.least:g}{self.unit} are wanted"
        return ""


@dataclass(frozen=True)
class Ran:
    """One run. `broke` and `mended` are seconds from the first write, `healthy` those from the fault's end until all was whole.

    `flow` is what probe `volume_writer` answers; `limit` the longest wait allowed, in seconds, None where a drill stops writes on purpose;
    `found` what the drill's own judgement objects to.
    """

    drill: str
    what: str
    victim: str
    rack: str
    broke: float
    mended: float
    healthy: float
    limit: float | None
    version: str
    flow: Json
    figures: tuple[Figure, ...] = ()
    found: tuple[str, ...] = ()

    @property
    def wrong(self) -> tuple[str, ...]:
        """What the drill was not to show; empty when it held."""
        return (*self.found, *(figure.wrong for figure in self.figures if figure.wrong))

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "wrong": list(self.wrong)}


def nothing_lost(ran: Ran) -> Iterator[str]:
    """Writes may stop; what was acknowledged is there and reads as it was written."""
    for key, text in (("lost", "acknowledged writes are lost"), ("wrong", "read otherwise")):
        if ran.flow[key]:
            yield f"{ran.flow[key]} {text}"


def writes_went_on(ran: Ran) -> Iterator[str]:
    """No write failed or waited longer than allowed, and nothing is lost."""
    if ran.limit is not None and ran.flow["worst"] > ran.limit:
        yield f"a write waited {ran.flow['worst']:.1f} s; {ran.limit:g} are allowed"
    if ran.flow["failed"]:
        yield f"{ran.flow['failed']} writes failed"
    yield from nothing_lost(ran)
