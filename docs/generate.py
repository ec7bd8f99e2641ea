"""Writes docs/reference from the code: commands, configuration, roles, errors, probes, policies, components. `--check` says what is out of date.

python docs/generate.py [--check]
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import json
import pkgutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import yaml

from retailops import errors
from retailops.cli import main as root

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
NOTE = "<!-- Written by docs/generate.py; edit the code, not this page. -->"


def commands() -> Iterator[str]:
    """Every command's own help, as a person sees it at 100 columns."""
    yield "# Commands"
    yield from _walk(root, click.Context(root, info_name="retailops", terminal_width=100, max_content_width=100))


def _walk(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"## `{context.command_path}`"
    yield "```text\n" + command.get_help(context).rstrip() + "\n```"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                yield from _walk(child, click.Context(child, info_name=name, parent=context))


def configuration() -> Iterator[str]:
    """Each kind of file of a fleet repository, from its JSON Schema."""
    from retailops.model.schema import KINDS, schema

    yield "# Files of a fleet repository\n\nEditors take the same from `retailops schema KIND`."
    for kind in KINDS:
        document = schema(kind)
        yield f"## `kind: {kind}`"
        yield _fields(document)
        for name, part in sorted(document.get("$defs", {}).items()):
            if part.get("properties"):
                yield f"### {name}\n\n{_fields(part)}"


def _fields(part: dict[str, Any]) -> str:
    required = set(part.get("required", ()))
    rows = ["| field | type | needed | meaning |", "|---|---|---|---|"]
    for name, field in part.get("properties", {}).items():
        text = " ".join(str(field.get("description", "")).split()).replace("|", "\\|")
        needed = "yes" if name in required else _default(field)
        rows.append(f"| `{name}` | {_type(field)} | {needed} | {text} |")
    return "\n".join(rows)


def _default(field: dict[str, Any]) -> str:
    return f"`{json.dumps(field['default'], ensure_ascii=False)}`" if field.get("default") is not None else "no"


def _type(field: dict[str, Any]) -> str:
    if "$ref" in field:
        name = field["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in field:
            return " or ".join(_type(part) for part in field[choice])
    if field.get("type") == "array":
        return f"list of {_type(field.get('items', {}))}"
    if field.get("type") == "object" and isinstance(field.get("additionalProperties"), dict):
        return f"map of {_type(field['additionalProperties'])}"
    return str(field.get("type", "any"))


def roles() -> Iterator[str]:
    """Each role's argument specification."""
    yield "# Ansible roles\n\nEach is called by a thin playbook in `playbooks/`; all data arrives under the key `retailops`."
    for spec in sorted((ROOT / "playbooks" / "roles").glob("*/meta/argument_specs.yml")):
        main = yaml.safe_load(spec.read_text())["argument_specs"]["main"]
        yield f"## {spec.parts[-3]}\n\n{main['short_description']}"
        yield "\n\n".join(main.get("description", ())) or "—"
        rows = ["| option | type | default | meaning |", "|---|---|---|---|"]
        for name, option in main.get("options", {}).items():
            meaning = option.get("description", "")
            text = " ".join(meaning if isinstance(meaning, list) else [meaning])
            default = f"`{json.dumps(option['default'])}`" if "default" in option else "—"
            rows.append(f"| `{name}` | {option.get('type', 'str')} | {default} | {' '.join(text.split())} |")
        yield "\n".join(rows)


def failures() -> Iterator[str]:
    """Exit codes and the errors behind them."""
    yield "# Errors and exit codes"
    rows = ["| code | error | meaning |", "|---|---|---|", "| 0 | | Done. |"]
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.RetailopsError)]
    for kind in sorted(kinds, key=lambda kind: (kind.exit_code, kind.__name__)):
        rows.append(f"| {kind.exit_code} | `{kind.__name__}` | {' '.join((kind.__doc__ or '').split())} |")
    yield "\n".join(rows)
    yield (
        "An error says what is wrong and where, a tool's own last words follow, then `What to do:`. Code 2 is also Click's own\n"
        "for a wrong command line. Only a bug of ours shows a traceback, and that goes to a file whose name is printed."
    )


def probes() -> Iterator[str]:
    """The read-only programs that run on hosts."""
    yield "# Probes\n\nSmall programs of the standard library that answer one question on a host and change nothing there."
    for path in sorted((ROOT / "cli" / "retailops" / "probes").glob("*.py")):
        if path.stem != "__init__":
            text = ast.get_docstring(ast.parse(path.read_text())) or ""
            yield f"## {path.stem}\n\n{text}"


def policies() -> Iterator[str]:
    """Each policy over what programs register."""
    from retailops_stacks.policies import POLICIES, fleet_settings

    yield (
        "# Policies\n\nThey look at everything that a program of ours registers, in tests, in a preview and before every `up`;\n"
        "at somebody else's program with `--policies`. `mandatory` stops, `advisory` is only shown. A waiver is an entry of the fleet\n"
        "repository's `waivers.yaml`."
    )
    rows = ["| policy | level | can be waived | why |", "|---|---|---|---|"]
    for policy in POLICIES:
        rows.append(f"| `{policy.name}` | {policy.level} | {'yes' if policy.waivable else 'never'} | {policy.why} |")
    yield "\n".join(rows)
    yield f"## What they know of the fleet\n\n{inspect.getdoc(fleet_settings)}"
    yield "| key | what it is |\n|---|---|\n" + "\n".join(
        f"| `{key}` | {text} |" for key, text in fleet_settings.KEYS.items()
    )
    for policy in POLICIES:
        module = inspect.getmodule(policy.check or policy.survey)
        yield f"## {policy.name}\n\n{inspect.getdoc(module)}"


def components() -> Iterator[str]:
    """Each component of our programs and what it takes."""
    import pulumi

    import retailops_stacks

    yield "# Components\n\nThe Pulumi components of `retailops_stacks`; a program of `stacks/` puts them together."
    names = sorted(item.name for item in pkgutil.walk_packages(retailops_stacks.__path__, "retailops_stacks."))
    for module in map(importlib.import_module, names):
        own = [kind for _, kind in inspect.getmembers(module, inspect.isclass) if kind.__module__ == module.__name__]
        for kind in own:
            if issubclass(kind, pulumi.ComponentResource):
                yield f"## {kind.__name__}\n\n`{module.__name__}`\n\n{inspect.getdoc(kind)}"
        for kind in own:
            if dataclasses.is_dataclass(kind) and kind.__name__.endswith("Args"):
                yield f"### {kind.__name__}\n\n{inspect.getdoc(kind)}\n\n{_arguments(kind)}"


def _arguments(kind: Any) -> str:
    rows = ["| field | type | default |", "|---|---|---|"]
    for field in dataclasses.fields(kind):
        if field.default is not dataclasses.MISSING:
            default = f"`{field.default!r}`"
        else:
            default = "needed" if field.default_factory is dataclasses.MISSING else f"`{field.default_factory()!r}`"
        rows.append(f"| `{field.name}` | `{field.type}` | {default} |".replace(" | None", " or None"))
    return "\n".join(rows)


PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "cli.md": commands,
    "configuration.md": configuration,
    "roles.md": roles,
    "errors.md": failures,
    "probes.md": probes,
    "policies.md": policies,
    "components.md": components,
}


def main(arguments: list[str]) -> int:
    stale = []
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        text = NOTE + "\n" + "\n\n".join(page()).rstrip() + "\n"
        path = REFERENCE / name
        if path.exists() and path.read_text() == text:
            continue
        stale.append(name)
        if "--check" not in arguments:
            path.write_text(text)
    if stale and "--check" in arguments:
        print(f"out of date: {', '.join(stale)}; run: make docs", file=sys.stderr)
        return 1
    print(f"docs/reference: {len(PAGES)} pages, " + (f"wrote {', '.join(stale)}" if stale else "all up to date"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
