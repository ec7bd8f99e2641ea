"""Performing what was decided, through ports; each may run twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retailops.ports import Json, Play
from retailops.run.stage import Context
from retailops.wan.wanted import boxes, host_of


def make_keys(context: Context, params: Mapping[str, Any]) -> Json:
    """The nodes make their keys; what comes back is public."""
    interfaces: Mapping[str, list[str]] = params["interfaces"]
    hosts = tuple(host_of(context.site, name) for name in interfaces)
    variables = {name: {"interfaces": wanted} for name, wanted in interfaces.items()}
    result = context.ports.configurator.play(
        Play("enroll", {"tunnel_ends": hosts}, variables=variables), context.on_line
    )
    return {
        "changed": {host: list(tasks) for host, tasks in result.changed.items()},
        "seconds": round(result.seconds, 2),
    }


def converge(context: Context, params: Mapping[str, Any]) -> Json:
    """One box is brought to its files, by its role; the keys are those of the plan."""
    wanted = boxes(context.design, context.site, params["keys"])
    box = next(each for each in wanted if each.host.name == params["host"])
    play = Play(
        playbook="wan",
        groups={box.group: (box.host,)},
        files={box.host.name: box.files},
        variables={box.host.name: box.variables},
    )
    result = context.ports.configurator.play(play, context.on_line)
    return {"changed": list(result.changed.get(box.host.name, ())), "seconds": round(result.seconds, 2)}
