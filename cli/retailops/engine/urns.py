"""Uniform resource names, as Pulumi builds them."""

from __future__ import annotations

import re

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_PREFIX = "pulumi:providers:"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
"""What a project's or a stack's name may be: it becomes a part of paths."""


def make(stack: str, project: str, parent: str, kind: str, name: str) -> str:
    """The URN of a resource: its type is qualified by its parent's, unless the parent is the stack itself."""
    qualifier = qualified_type(parent) if parent else ""
    qualified = kind if qualifier in ("", STACK_TYPE) else f"{qualifier}${kind}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def qualified_type(urn: str) -> str:
    return urn.split("::", 3)[2]


def type_of(urn: str) -> str:
    return qualified_type(urn).rsplit("$", 1)[-1]


def name_of(urn: str) -> str:
    return urn.split("::", 3)[3]


def short(urn: str) -> str:
    """How a person names it: `core/v1:Namespace till`."""
    kind = type_of(urn)
    return f"{kind.split(':', 1)[-1] if not kind.startswith('pulumi:') else kind} {name_of(urn)}"


def provider_reference(urn: str, identifier: str) -> str:
    return f"{urn}::{identifier}"


def split_reference(reference: str) -> tuple[str, str]:
    """A provider reference `urn::id` -> (urn, id)."""
    urn, _, identifier = reference.rpartition("::")
    return urn, identifier
