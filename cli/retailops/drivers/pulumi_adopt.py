"""Adopting what exists: by the built-in engine, or by the official CLI's own import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from retailops.drivers.pulumi_program import engine_request
from retailops.errors import UsageError
from retailops.ports import Adopted, Adoption, Existing, OnLine, StackRequest


def adopt(engine: Any, request: StackRequest, asked: Adoption, on_line: OnLine, keep: Callable[[str], None]) -> Adopted:
    """By the built-in `engine`; the caller puts its name in."""
    from retailops.engine.adopting import Wish, Wishes

    wishes = Wishes(tuple(Wish(**asdict(thing)) for thing in asked.things), asked.protect, asked.names)
    done = engine.adopt(engine_request(request), wishes, on_line, keep)
    return Adopted(done.lines, done.new, done.already, "", done.digest)


def inventory(engine: Any, request: StackRequest, namespace: str, on_line: OnLine) -> tuple[Existing, ...]:
    found = engine.inventory(engine_request(request), "kubernetes", namespace, on_line)
    return tuple(Existing(wish.type, wish.name, wish.id) for wish in found)


def import_officially(stack: Any, asked: Adoption, on_line: OnLine) -> str:
    """`pulumi import` over an opened Automation API stack; the program lines that it writes."""
    urns = {name: urn for urn, name in asked.names.items()}
    given: list[Any] = []
    for thing in asked.things:
        words: dict[str, Any] = {key: value for key, value in asdict(thing).items() if value}
        for key in ("parent", "provider"):
            if (urn := words.get(key, "")).startswith("urn:"):
                words[key] = asked.names.get(urn) or _named(urn, urns)
        given.append(words)
    result = stack.import_resources(
        resources=given,
        name_table=urns,
        protect=asked.protect,
        generate_code=True,
        on_output=on_line,
        show_secrets=False,
    )
    return str(result.generated_code)


def _named(urn: str, urns: dict[str, str]) -> str:
    name = urn.rpartition("::")[2]
    if urns.setdefault(name, urn) != urn:
        raise UsageError(f"{name} names two resources", resolution="Give both a name in the import file's nameTable.")
    return name
