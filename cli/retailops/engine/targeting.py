"""Which of a stack's resources a run may touch: targets as a person names them, and what depends on them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from retailops.engine import urns
from retailops.engine.state.checkpoint import Resource
from retailops.errors import RetailopsError, UsageError


@dataclass(frozen=True)
class Targets:
    """`names` and `replace` are URNs, `type::name` or names; `*` stands for anything but a colon, `**` for anything.

    Without `names` everything is meant. With `dependents` also what needs a target, however far.
    `exact` leaves alone even the providers that the program registers.
    """

    names: tuple[str, ...] = ()
    dependents: bool = False
    replace: tuple[str, ...] = ()
    exact: bool = False


def named(pattern: str, urn: str) -> bool:
    parts = (
        ".*" if part == "**" else "[^:]*" if part == "*" else re.escape(part) for part in re.split(r"(\*+)", pattern)
    )
    wanted = re.compile("".join(parts), re.DOTALL)
    forms = (urn, f"{urns.type_of(urn)}::{urns.name_of(urn)}", urns.name_of(urn))
    return any(wanted.fullmatch(form) for form in forms)


def implied(kind: str) -> bool:
    """The stack itself and providers come along unasked."""
    return kind == urns.STACK_TYPE or kind.startswith(urns.PROVIDER_PREFIX)


class Aim:
    """The targets of one run as it goes: what was `meant` so far, and what is new and was `skipped`."""

    def __init__(self, targets: Targets) -> None:
        self.targets = targets
        self.meant: set[str] = set()
        self.skipped: set[str] = set()

    def means(self, resource: Resource) -> bool:
        """Whether a resource that the program registers may be touched; raises if it needs one that is new and may not."""
        along = implied(resource.type) and not self.targets.exact
        if not self.targets.names or along or resource.type == urns.STACK_TYPE:
            return True
        if not self.names(resource.urn) and not (self.targets.dependents and resource.needs() & self.meant):
            return False
        if missing := sorted(resource.needs() & self.skipped):
            raise RetailopsError(
                f"{urns.short(resource.urn)} needs {urns.short(missing[0])}, which is new and no target",
                details=missing[0],
                resolution="Name it with --target, too.",
            )
        self.meant.add(resource.urn)
        return True

    def keeps_outputs(self, urn: str) -> bool:
        return bool(self.targets.names) and urn not in self.meant

    def names(self, urn: str) -> bool:
        return any(named(pattern, urn) for pattern in self.targets.names)

    def replaces(self, urn: str) -> bool:
        return any(named(pattern, urn) for pattern in self.targets.replace)

    def chosen(self, held: Mapping[str, Resource]) -> dict[str, Resource]:
        """What of resources by key is meant; with `dependents` also what of them needs it."""
        if not self.targets.names:
            return dict(held)
        found = {key: item for key, item in held.items() if self.names(item.urn) or item.urn in self.meant}
        while self.targets.dependents:
            needed = {item.urn for item in found.values()}
            more = {key: item for key, item in held.items() if key not in found and item.needs() & needed}
            if not more:
                break
            found |= more
        return found

    def doomed(self, unwanted: Mapping[str, Resource], everything: Iterable[Resource]) -> dict[str, Resource]:
        """What of the `unwanted` may go; raises if something that stays needs one of them."""
        gone = self.chosen(unwanted)
        lost = {item.urn for item in gone.values() if not item.delete}
        for item in everything if self.targets.names else ():
            if item.key not in gone and (needed := sorted(item.needs() & lost)):
                raise RetailopsError(
                    f"{urns.short(item.urn)} needs {urns.short(needed[0])}, which would be deleted",
                    details=item.urn,
                    resolution="Name it with --target, too, or add --target-dependents.",
                )
        return gone

    def settle(self, stack: str, known: Collection[str]) -> None:
        """Raises for a target that names nothing of the program or the state, or is short and names more than one."""
        for pattern in (*self.targets.names, *self.targets.replace):
            found = sorted(urn for urn in known if named(pattern, urn))
            if not found:
                near = get_close_matches(pattern, {urns.name_of(urn) for urn in known}, 1)
                raise UsageError(
                    f"stack {stack} has no {pattern}, neither in its program nor in its state",
                    resolution=f"Did you mean {near[0]}?"
                    if near
                    else "`retailops cloud state list` shows their names.",
                )
            if len(found) > 1 and "*" not in pattern:
                raise UsageError(
                    f"{pattern} names {len(found)} resources of stack {stack}",
                    details="\n".join(found),
                    resolution="Name one of them by its URN.",
                )
