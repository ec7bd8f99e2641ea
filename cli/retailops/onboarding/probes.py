"""Probes that a fleet repository adds to a gate: `probes/*.yaml`, each one HTTP question, one command, or one person's word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le
from pydantic import Field, model_validator

from retailops.model import StoreDesign
from retailops.model.values import FreeText, Id, Integer, Part, Text
from retailops.onboarding.gates import Check, Gate
from retailops.plan import Action, Noop, digest
from retailops.ports import Json, Reading, Site
from retailops.run.stage import Context, Found, Handler, Proven, Stage

KIND = "probe.plugin"


class Http(Part):
    """`url` may name `{store}`, `{domain}` and `{edge}`, the node's address; met by `status` and, where given, a body with `contains`."""

    url: Annotated[str, Field(pattern=r"^https?://[^\s]+$", max_length=500)]
    status: Annotated[Integer, Ge(100), Le(599)] = 200
    contains: FreeText | None = None


class Command(Part):
    """One program with its arguments, run as they are, without a shell; met by exit code `code`."""

    argv: Annotated[tuple[str, ...], Field(min_length=1, max_length=50)]
    code: Annotated[Integer, Ge(0), Le(255)] = 0
    timeout: Annotated[Integer, Ge(1), Le(120)] = 20


class Person(Part):
    """What somebody has to look at and answer for by name."""

    question: Text


class Probe(Part):
    """`source` is the box or device that it is tried from (`gw1`, `edge1`, `pos1`); exactly one of http, command and person."""

    api_version: Literal["retailops/v1"]
    kind: Literal["Probe"]
    id: Id
    gate: Literal["G6", "G7", "G8", "G10"]
    name: Text
    owner: FreeText
    source: Id = Field(default="pos1", alias="from")
    days: Annotated[Integer, Ge(1), Le(365)] = 14
    http: Http | None = None
    command: Command | None = None
    person: Person | None = None

    @model_validator(mode="after")
    def _one(self) -> Probe:
        if sum(each is not None for each in (self.http, self.command, self.person)) != 1:
            raise ValueError("has exactly one of http, command and person")
        return self

    @property
    def evidence_kind(self) -> str:
        """The probe's own content belongs to its name, so that a changed probe has to be tried again."""
        return f"{self.id}@{digest(self.model_dump(mode='json'))[:8]}"

    @property
    def check(self) -> Check:
        return Check(self.evidence_kind, self.name.en, self.name.zh, self.owner)


def with_checks(gates: Sequence[Gate], probes: Sequence[Probe]) -> tuple[Gate, ...]:
    """The gates, each with the checks that probes add to it."""
    return tuple(
        replace(gate, checks=(*gate.checks, *(probe.check for probe in probes if probe.gate == gate.id)))
        for gate in gates
    )


def with_probes(stage: Stage[Any], probes: Sequence[Probe]) -> Stage[Any]:
    """The stage, which also tries the probes of its gate once its own work is done."""
    mine = [probe for probe in probes if probe.gate == stage.gate]
    if not mine:
        return stage

    def decide(design: StoreDesign, site: Site, facts: Any, known: Proven) -> Iterator[Action | Noop]:
        yield from stage.decide(design, site, facts, known)
        yield from (_item(probe, design, known) for probe in mine)

    handlers: Mapping[str, Handler] = {**stage.handlers, KIND: perform}
    return replace(stage, decide=decide, handlers=handlers)


def _item(probe: Probe, design: StoreDesign, known: Proven) -> Action | Noop:
    seen = known.get((probe.gate, probe.evidence_kind))
    if seen is not None:
        return Noop("probe", KIND, probe.id, f"shown on {seen.at:%Y-%m-%d %H:%M} UTC")
    if probe.person is not None:
        return Noop(
            "probe", KIND, probe.id, f"waits for a person: retailops store gates {design.id} --attest {probe.id}"
        )
    return Action("probe", KIND, probe.id, f"not shown yet: {probe.name.en}", {"probe": probe.model_dump(mode="json")})


def perform(context: Context, params: Mapping[str, Any]) -> Json:
    """Tries one probe from where it says."""
    probe = Probe.model_validate(params["probe"])
    name = f"{context.design.id}-{probe.source}"
    host = next((host for host in context.site.hosts if host.name == name), None)
    if host is None:
        return _found(probe, False, {"error": f"there is no {name} to try from"})
    reading = _reading(probe, context.design)
    answer = context.ports.prober.read(host, reading)
    return _found(probe, _met(probe, answer), {"from": name, **answer})


def _reading(probe: Probe, design: StoreDesign) -> Reading:
    if probe.command is not None:
        args = {"argv": list(probe.command.argv), "timeout": probe.command.timeout}
        return Reading("command", args, timeout=probe.command.timeout + 10)
    assert probe.http is not None
    url = probe.http.url
    node = next((box.address for box in design.boxes if box.cluster == "server"), "")
    for word, value in (("{store}", design.id), ("{domain}", design.domain), ("{edge}", str(node))):
        url = url.replace(word, value)
    return Reading("web", {"url": url, "timeout": 5})


def _met(probe: Probe, answer: Mapping[str, Json]) -> bool:
    if probe.command is not None:
        return bool(answer["code"] == probe.command.code)
    assert probe.http is not None
    wanted = probe.http.contains
    return bool(answer["status"] == probe.http.status) and (wanted is None or wanted in str(answer.get("body")))


def _found(probe: Probe, ok: bool, payload: Mapping[str, Json]) -> Json:
    found = Found(probe.gate, probe.evidence_kind, ok, payload, timedelta(days=probe.days))
    return {"evidence": [found.to_json()]}
