"""The certificate as one HTML page: no script, no outside resource, the same bytes for the same document."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from retailops.render.flow_plot import duration, plot
from retailops.render.measured import facts
from retailops.render.rosette import rosette
from retailops.render.topology import draw

FOLDER = Path(__file__).with_name("certificate")
_MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]
PLACES = ("pos", "office", "edge", "iot", "guest", "gateway", "centre", "internet")
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def page(document: Mapping[str, Any]) -> bytes:
    """The page of a certificate's JSON document, which it carries; the signature is to follow it as the last element."""
    texts = _texts()
    zone = ZoneInfo(document["store"]["timezone"])
    html = (
        _environment()
        .get_template("page.html.j2")
        .render(
            document=document,
            texts=texts,
            data=embedded(document),
            drawing=draw(document, texts),
            plots=[(flow, plot(flow)) for flow in document["flows"]],
            matrix=_matrix(document.get("matrix")),
            rosette=rosette(document["design"], 100),
            local=lambda stamp: f"{_time(stamp).astimezone(zone):%Y-%m-%d %H:%M}",
            day=lambda stamp: long_day(_time(stamp).astimezone(zone)),
            facts=lambda measured: facts(measured, texts),
            open_gates=_open(document["gates"]),
            states=_states(document["gates"]),
        )
    )
    return html.encode()


def embedded(document: Mapping[str, Any]) -> Markup:
    """JSON that can stand in a script element: whatever a name holds, no element begins or ends in it."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return Markup("".join(_ESCAPES.get(char, char) for char in text))


def long_day(at: datetime) -> dict[str, str]:
    """A date as people write it."""
    return {"zh": f"{at.year}年{at.month}月{at.day}日", "en": f"{at.day} {_MONTHS[at.month - 1]} {at.year}"}


def _matrix(matrix: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Rows of cells in the order in which places first come, `None` where nothing was tried; what is open is said in words too."""
    if matrix is None:
        return None
    cells = {(cell["from"], cell["to"]): cell for cell in matrix["cells"]}
    known = [*PLACES, *(name for pair in cells for name in pair)]
    sources, targets = (_ordered(known, [pair[side] for pair in cells]) for side in (0, 1))
    return {
        "targets": targets,
        "rows": [(source, [cells.get((source, target)) for target in targets]) for source in sources],
        "open": [(source, target, cell["open"]) for (source, target), cell in cells.items() if cell["open"]],
        "untried": matrix["untried"],
    }


def _ordered(known: Sequence[str], names: Sequence[str]) -> list[str]:
    return [name for name in dict.fromkeys(known) if name in names]


def _open(gates: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], list[Mapping[str, Any]]]]:
    found = [(gate, [check for check in gate["checks"] if check["standing"] != "required"]) for gate in gates]
    return [(gate, checks) for gate, checks in found if checks]


def _states(gates: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, str]]:
    return {"DRAFT": {"zh": "草稿", "en": "Draft"}, **{gate["state"]: gate["title"] for gate in gates}}


def _time(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp.replace("Z", "+00:00"))


def _day_of(text: str) -> dict[str, str]:
    return long_day(datetime.fromisoformat(text))


@cache
def _texts() -> Mapping[str, Any]:
    texts: Mapping[str, Any] = yaml.safe_load((FOLDER / "texts.yaml").read_text())
    return texts


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["duration"] = duration
    environment.filters["long_date"] = _day_of
    environment.filters["grouped"] = lambda digest: " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))
    return environment
