"""The documentation names what exists: links, commands, both languages, and the generated reference."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from retailops.cli import main

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
WRITTEN = [page for page in PAGES if page.parent.name != "reference"]


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


def named_commands(page: Path) -> Iterator[list[str]]:
    """The words after `retailops` in code, up to the first that is not a lower-case word."""
    text = page.read_text()
    code = "\n".join(re.findall(r"```.*?\n(.*?)```", text, re.S) + re.findall(r"`([^`\n]+)`", text))
    for words in re.findall(r"(?:^|\s|\$ )retailops((?: [a-z][a-z-]*)+)", code):
        yield words.split()


def exists(words: list[str]) -> bool:
    command: click.Command | None = main
    for word in words:
        if not isinstance(command, click.Group):
            return True
        command = command.get_command(click.Context(command), word)
        if command is None:
            return False
    return True


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_in_the_text_exist(page: Path) -> None:
    assert [" ".join(words) for words in named_commands(page) if not exists(words)] == []


def test_runbooks_are_in_both_languages() -> None:
    names = {path.name for path in (ROOT / "docs" / "runbooks").glob("*.md")}
    stems = {name.split(".")[0] for name in names if name != "README.md"}
    assert {f"{stem}.{language}.md" for stem in stems for language in ("zh", "en")} <= names


def test_the_reference_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from commands(child, (*path, name))


def test_every_command_has_help_with_an_example() -> None:
    bare = [
        " ".join(path)
        for path, command in commands(main)
        if not isinstance(command, click.Group) and "Example" not in (command.help or "")
    ]
    assert bare == []


def test_every_name_in_a_group_is_its_commands_name() -> None:
    assert [path for path, command in commands(main) if path and command.name != path[-1]] == []


def test_what_the_engine_is_said_to_do_is_tested() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs/explanation/engine-features.md").read_text())
    missing = [f"{file}::{name}" for file, name in named if f"def {name}(" not in (ROOT / file).read_text()]
    assert named
    assert missing == []
