"""Templates become bytes here; a name that a template uses and nobody gave is an error, never an empty text."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from retailops.ports import RenderedFile


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("retailops.render"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )


def render(template: str, **values: Any) -> bytes:
    """The template of `render/templates/` with these values; raises `jinja2.UndefinedError` for a missing one."""
    return _environment().get_template(template).render(**values).encode()


def rendered(template: str, mode: str = "0644", owner: str = "root", **values: Any) -> RenderedFile:
    """`render` as a file for a host."""
    return RenderedFile(render(template, **values), mode, owner)
