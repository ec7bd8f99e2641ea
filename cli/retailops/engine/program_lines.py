"""Python lines of a program that describes resources as they are. Free text goes into them as literals only."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from retailops.engine import urns
from retailops.engine.providers import kube_program
from retailops.engine.state.checkpoint import Resource
from retailops.engine.values import any_node, has_secret, plain

_WIDTH = 110
_INDENT = "    "


@dataclass(frozen=True)
class Described:
    """A resource to be written down. `parent` and `provider` are URNs."""

    urn: str
    id: str
    inputs: Mapping[str, Any]
    parent: str = ""
    provider: str = ""
    component: bool = False
    protect: bool = True


def written(items: Collection[Described], names: Mapping[str, str], importing: Collection[str] = ()) -> str:
    """The lines; `names` are variables by URN. Those of the URNs in `importing` get the option `import_`."""
    body: list[str] = []
    for item in items:
        body += ["", *_statement(item, names, item.urn in importing)]
    modules = [kube_program.IMPORT] if any(" = k8s." in line for line in body) else []
    return "\n".join(["import pulumi", *modules, *body]) + "\n"


def stand_ins(wanted: Collection[str], held: Mapping[str, Resource], names: Mapping[str, str]) -> str:
    """Lines that name resources of the state, so that others can refer to them; they say nothing of their inputs."""
    lines = ["import pulumi"]
    done: set[str] = set()

    def add(urn: str) -> None:
        item = held[urn]
        if urn in done or item.type == urns.STACK_TYPE:
            return
        done.add(urn)
        if item.parent:
            add(item.parent)
        kind, name = literal(item.type), literal(urns.name_of(urn))
        options = f"pulumi.ResourceOptions(parent={names[item.parent]})" if item.parent in done else "None"
        if item.type.startswith(urns.PROVIDER_PREFIX):
            made = f"pulumi.ProviderResource({literal(item.type.removeprefix(urns.PROVIDER_PREFIX))}, {name}, {{}}, {options})"
        else:
            made = f"pulumi.{'CustomResource' if item.custom else 'ComponentResource'}({kind}, {name}, {{}}, {options})"
        lines.append(f"{names[urn]} = {made}")

    for urn in wanted:
        add(urn)
    return "\n".join(lines) + "\n"


def variables(all_urns: Collection[str], given: Mapping[str, str]) -> dict[str, str]:
    """A variable for each URN: the `given` one, else from its name, with its type where two would be the same."""
    found: dict[str, str] = {}
    for urn in all_urns:
        short = _identifier(urns.name_of(urn))
        long = f"{short}_{_identifier(urns.type_of(urn).rpartition(':')[2])}".lower()
        numbered = (f"{long}_{number}" for number in range(2, len(all_urns) + 2))
        taken = {"pulumi", "k8s", *found.values(), *given.values()}
        found[urn] = given.get(urn) or next(name for name in (short, long, *numbered) if name not in taken)
    return found


def _identifier(text: str) -> str:
    name = re.sub(r"[^A-Za-z0-9_]", "_", text)
    return f"_{name}" if not name or name[0].isdigit() or keyword.iskeyword(name) else name


def _statement(item: Described, names: Mapping[str, str], importing: bool) -> Iterator[str]:
    token = urns.type_of(item.urn)
    hidden = sorted(key for key, value in item.inputs.items() if has_secret(value))
    shown = {key: plain(value) for key, value in item.inputs.items() if key not in hidden}
    options: dict[str, str] = {key: names[urn] for key in ("parent", "provider") if (urn := getattr(item, key))}
    if item.component:
        arguments = [literal(token), literal(urns.name_of(item.urn)), "{}"]
        call = "pulumi.ComponentResource"
    else:
        call, arguments = _call(token, item.urn, shown)
        options |= {"protect": "True"} if item.protect else {}
        options |= {"import_": literal(item.id)} if importing else {}
        options |= {"ignore_changes": literal(hidden)} if hidden else {}
    if hidden:
        yield f"# {', '.join(map(_quoted, hidden))}: not written here, because it is secret; it stays as it is there until"
        yield "# a value comes from `pulumi.Config().require_secret` and `ignore_changes` goes."
    if options:
        listed = ", ".join(f"{key}={value}" for key, value in options.items())
        arguments.append(f"opts=pulumi.ResourceOptions({listed})")
    yield f"{names[item.urn]} = {call}("
    yield from (f"{_INDENT}{argument}," for argument in arguments)
    yield ")"


def _call(token: str, urn: str, inputs: Mapping[str, Any]) -> tuple[str, list[str]]:
    name = literal(urns.name_of(urn))
    known = kube_program.call(token, inputs) if token.startswith("kubernetes:") else None
    if known is None:
        return "pulumi.CustomResource", [literal(token), name, literal(dict(inputs), _INDENT)]
    keywords = [f"{key}={literal(value, _INDENT, len(key) + 1)}" for key, value in sorted(known[1].items())]
    return known[0], [name, *keywords]


def literal(value: Any, indent: str = "", before: int = 0) -> str:
    """A Python literal, keys sorted, on one line where it fits; nothing in it can end the literal or hide from a reader."""
    short = _short(value)
    if len(indent) + before + len(short) < _WIDTH and not any_node(value, _has_lines):
        return short
    inner = indent + _INDENT
    if isinstance(value, dict) and value:
        lines = [f"{_quoted(key)}: {literal(item, inner, len(key) + 4)}," for key, item in sorted(value.items())]
        return "\n".join(["{", *(inner + line for line in lines), indent + "}"])
    if isinstance(value, list) and value:
        return "\n".join(["[", *(f"{inner}{literal(item, inner)}," for item in value), indent + "]"])
    if _has_lines(value):
        return "\n".join(["(", *(inner + _quoted(line) for line in value.splitlines(keepends=True)), indent + ")"])
    return short


def _has_lines(value: Any) -> bool:
    return isinstance(value, str) and "\n" in value[:-1]


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(key)}: {_short(item)}" for key, item in sorted(value.items())) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_short, value)) + "]"
    return _quoted(value) if isinstance(value, str) else repr(value)


def _quoted(text: str) -> str:
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}
    return '"' + "".join(escapes.get(c) or (c if c.isprintable() else ascii(c)[1:-1]) for c in str(text)) + '"'
