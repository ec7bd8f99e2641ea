"""Property values as they travel and are kept: JSON, with dicts that carry a signature key for secrets and references."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

Json = Any
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWNS = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
MASK = "[secret]"


def secret(value: Json) -> Json:
    return value if is_secret(value) else {SIGNATURE: SECRET, "value": value}


def is_secret(value: Json) -> bool:
    return isinstance(value, dict) and value.get(SIGNATURE) == SECRET


def is_reference(value: Json) -> bool:
    return isinstance(value, dict) and value.get(SIGNATURE) == REFERENCE


def rewrite(value: Json, change: Callable[[Json], Json]) -> Json:
    """The value with `change` applied to every node, outermost first; a changed node is not entered."""
    changed = change(value)
    if changed is not value:
        return changed
    if isinstance(value, dict):
        return {key: rewrite(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [rewrite(item, change) for item in value]
    return value


def plain(value: Json) -> Json:
    """Without secret wrappers, references as their ids: what a provider sends to its API."""

    def unwrap(node: Json) -> Json:
        if is_secret(node):
            return plain(node.get("value"))
        if is_reference(node):
            return plain(node.get("id") or node.get("urn"))
        return node

    return rewrite(value, unwrap)


def masked(value: Json) -> Json:
    """For people and logs: secrets and unknowns named, never shown."""

    def mask(node: Json) -> Json:
        if is_secret(node):
            return MASK
        return "[unknown]" if isinstance(node, str) and node in UNKNOWNS else node

    return rewrite(value, mask)


def seal(value: Json, known: Collection[str]) -> Json:
    """Wraps every string that holds one of the `known` secret texts and is not wrapped already."""
    if not known:
        return value

    def wrap(node: Json) -> Json:
        if is_secret(node):
            return dict(node)
        if isinstance(node, str) and any(text in node for text in known):
            return secret(node)
        return node

    return rewrite(value, wrap)


def any_node(value: Json, test: Callable[[Json], bool]) -> bool:
    if test(value):
        return True
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(any_node(item, test) for item in items)


def has_unknown(value: Json) -> bool:
    return any_node(value, lambda node: isinstance(node, str) and node in UNKNOWNS)


def has_secret(value: Json) -> bool:
    return any_node(value, is_secret)


def annotate(outputs: Json, inputs: Json) -> Json:
    """Outputs with the secret wrappers that the same places have in the inputs."""
    if is_secret(outputs):
        return outputs
    if is_secret(inputs):
        return secret(outputs)
    if isinstance(outputs, dict) and isinstance(inputs, dict):
        return {key: annotate(item, inputs[key]) if key in inputs else item for key, item in outputs.items()}
    if isinstance(outputs, list) and isinstance(inputs, list):
        paired = [annotate(item, other) for item, other in zip(outputs, inputs, strict=False)]
        return paired + outputs[len(paired) :]
    return outputs


def from_struct(struct: Any) -> dict[str, Json]:
    """A protobuf `Struct` as JSON; whole doubles become ints, as Pulumi writes them."""
    return {key: from_value(item) for key, item in struct.fields.items()}


def from_value(value: Any) -> Json:
    kind = value.WhichOneof("kind")
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    if kind == "struct_value":
        return from_struct(value.struct_value)
    if kind == "list_value":
        return [from_value(item) for item in value.list_value.values]
    return getattr(value, kind) if kind not in (None, "null_value") else None


def to_struct(values: Mapping[str, Json]) -> Any:
    from google.protobuf import struct_pb2

    struct = struct_pb2.Struct()
    struct.update(dict(values))
    return struct
