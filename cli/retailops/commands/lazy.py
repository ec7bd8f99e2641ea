"""A Click group whose commands' modules are imported when they are used, not when their names are listed."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

Places = Mapping[str, tuple[str, str]]
"""Command name -> (`module:attribute`, one line of help)."""


class LazyGroup(click.Group):
    """`places` says where each command is; the group's own help is written from their one-liners."""

    def __init__(self, *args: Any, places: Places, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = places

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return [*self.places, *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.places:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = self.places[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, line) for name, (_, line) in self.places.items()]
        rows += [(name, command.get_short_help_str(90)) for name, command in self.commands.items()]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if not name.startswith("-") and name not in self.list_commands(ctx):
            self._refuse(ctx, name)
        return super().resolve_command(ctx, args)

    def _refuse(self, ctx: click.Context, name: str) -> None:
        from difflib import get_close_matches

        near = get_close_matches(name, self.list_commands(ctx), 1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        ctx.fail(f"No such command {name!r}.{hint}")
