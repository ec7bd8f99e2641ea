"""The provider of package `pulumi`: outputs of other stacks in the same backend."""

# ruff: noqa: ARG002

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from retailops.engine import urns
from retailops.engine.providers.port import Diff, Drift
from retailops.engine.state.backend import Backend
from retailops.engine.state.checkpoint import Resource, salt_of, state_from_json
from retailops.engine.state.crypto import Crypter
from retailops.engine.urns import NAME
from retailops.engine.values import any_node, is_secret, plain
from retailops.errors import RetailopsError

KIND = "pulumi:pulumi:StackReference"


@dataclass(frozen=True)
class StackReferences:
    """`project` is the one that a bare stack name means; secrets are opened with the same passphrase and stay secrets."""

    backend: Backend
    project: str
    passphrase: str

    def lacks(self, kind: str) -> str | None:
        return None if kind == KIND else f"the type {kind}"

    def read(self, resource: Resource) -> Resource | None:
        name = str(plain(resource.inputs.get("name")) or resource.id)
        outputs = self._outputs(name)
        hidden = sorted(key for key, value in outputs.items() if any_node(value, is_secret))
        return replace(resource, outputs={"name": name, "outputs": outputs, "secretOutputNames": hidden})

    def refresh(self, resource: Resource) -> Drift | None:
        return Drift(self.read(resource) or resource, ())

    def check(self, resource: Resource, old: Resource | None) -> Resource:
        raise RetailopsError(f"{urns.short(resource.urn)}: a stack can be referred to, and nothing else")

    def diff(self, old: Resource, new: Resource) -> Diff:
        return Diff()

    def successor(self, old: Resource, new: Resource) -> Resource:
        return new

    def rehearse(self, old: Resource | None, new: Resource) -> Resource:
        return new

    def seed(self, resource: Resource) -> Resource:
        return resource

    def create(self, seeded: Resource, timeout: float) -> Resource:
        return self.check(seeded, None)

    def update(self, old: Resource, new: Resource, timeout: float) -> Resource:
        return self.check(new, old)

    def delete(self, resource: Resource, timeout: float) -> None:
        """Other stacks are only read."""

    def recover(self, seeded: Resource) -> Resource | None:
        return None

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
        return None

    def _outputs(self, name: str) -> dict[str, Any]:
        project, stack = self._place(name)
        document = self.backend.load(project, stack).document
        if document is None:
            raise RetailopsError(
                f"the stack {name} is not there",
                resolution=f"Bring up stack {stack} of project {project} with the same state first, or mend the name.",
            )
        salt = salt_of(document)
        state = state_from_json(document, Crypter(self.passphrase, salt) if salt else None)
        root = next((item for item in state.resources.values() if item.type == urns.STACK_TYPE), None)
        outputs = dict(root.outputs) if root else {}
        if not salt and any_node(outputs, is_secret):
            raise RetailopsError(
                f"the stack {name} has secret outputs that no passphrase opens",
                resolution="Use the official Pulumi CLI for a stack that refers to it.",
            )
        return outputs

    def _place(self, name: str) -> tuple[str, str]:
        parts = name.split("/")
        if (
            not all(NAME.fullmatch(part) for part in parts)
            or len(parts) not in (1, 3)
            or parts[:-2] not in ([], ["organization"])
        ):
            raise RetailopsError(
                f"{name!r} is not a stack's name here", resolution="Write organization/PROJECT/STACK, or STACK alone."
            )
        return (self.project, parts[0]) if len(parts) == 1 else (parts[1], parts[2])
