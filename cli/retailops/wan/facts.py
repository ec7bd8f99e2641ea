"""What is on the boxes now, read through ports; nothing is decided here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from retailops.ports import Prober, Reading
from retailops.run.stage import Context
from retailops.wan.wanted import KEYS, Box, boxes


@dataclass(frozen=True)
class BoxFacts:
    """One box: `files` path -> SHA-256 or None, `keys` interface -> public key, `inactive` units.

    `unsettled` are files of a play that was cut off, `astray` joined files that are not what their fragments say.
    """

    files: Mapping[str, str | None] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    inactive: tuple[str, ...] = ()
    unsettled: tuple[str, ...] = ()
    astray: tuple[str, ...] = ()


@dataclass(frozen=True)
class WanFacts:
    """Host -> what is there."""

    boxes: Mapping[str, BoxFacts]

    @property
    def keys(self) -> dict[str, dict[str, str]]:
        """Host -> interface -> public key."""
        return {host: dict(facts.keys) for host, facts in self.boxes.items()}


class AnyKeys(defaultdict[str, Mapping[str, str]]):
    """Stands for keys that are not known, where only the paths of rendered files matter."""

    def __missing__(self, _host: str) -> Mapping[str, str]:
        return defaultdict(lambda: "unknown")


def read_wan(context: Context) -> WanFacts:
    """Asks hubs and gateway at once. Raises `Unreachable` or `ToolError`."""
    wanted = boxes(context.design, context.site, AnyKeys())
    with ThreadPoolExecutor(max(1, len(wanted))) as pool:
        facts = pool.map(lambda box: _read(context.ports.prober, box), wanted)
        return WanFacts({box.host.name: each for box, each in zip(wanted, facts, strict=True)})


def _read(prober: Prober, box: Box) -> BoxFacts:
    keys = {interface: f"{KEYS}/{interface}.pub" for interface in box.interfaces}
    args = {"files": sorted(box.files), "texts": list(keys.values()), "units": list(box.units), "joined": box.joined}
    answer = prober.read(box.host, Reading("node_state", args))
    return facts_of(keys, answer)


def facts_of(keys: Mapping[str, str], answer: Mapping[str, Any]) -> BoxFacts:
    """The probe's answer as facts."""
    return BoxFacts(
        files=answer["files"],
        keys={name: answer["texts"][path].strip() for name, path in keys.items() if answer["texts"][path]},
        inactive=tuple(unit for unit, state in answer["units"].items() if state["active"] != "active"),
        unsettled=tuple(answer["unsettled"]),
        astray=tuple(answer.get("astray", ())),
    )
