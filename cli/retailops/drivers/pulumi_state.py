"""What is written down of a stack, for both engines: they keep it in the same form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retailops.errors import UsageError
from retailops.ports import StackItem, StackLock, StackRecord, StackRequest, StackUpdate

if TYPE_CHECKING:
    from retailops.engine.state.backend import Backend


class StateDesk:
    """Implements `ports.KeepsState`."""

    def record(self, request: StackRequest) -> StackRecord:
        from retailops.engine.state import inspecting

        backend, project, stack = place = _place(request)
        state, digest = inspecting.state_of(*place)
        notes = [f"{item.urn}: {mark}" for item in state.resources.values() for mark in inspecting.marks(item)]
        return StackRecord(
            project=project,
            stack=stack,
            where=backend.objects.where(backend.checkpoint(project, stack)),
            writer=state.version,
            digest=digest,
            resources=len(state.resources),
            pending=inspecting.pending(state),
            notes=tuple(note for note in notes if "deletion" in note or "not ready" in note),
            locks=tuple(StackLock(**vars(item)) for item in inspecting.holders(*place)),
            cut_off=inspecting.is_cut_off(*place),
        )

    def items(self, request: StackRequest) -> tuple[StackItem, ...]:
        from retailops.engine.state import inspecting

        state, _ = inspecting.state_of(*_place(request))
        return tuple(StackItem(item.urn, item.id, tuple(inspecting.marks(item))) for item in state.resources.values())

    def history(self, request: StackRequest) -> tuple[StackUpdate, ...]:
        from retailops.engine.state import inspecting

        return tuple(
            StackUpdate(
                str(entry.get("kind")),
                str(entry.get("result")),
                int(entry.get("startTime") or 0),
                int(entry.get("endTime") or 0),
                str(entry.get("message") or ""),
                dict(entry.get("resourceChanges") or {}),
            )
            for entry in inspecting.updates(*_place(request))
        )

    def unlock(self, request: StackRequest, locks: tuple[StackLock, ...]) -> None:
        from retailops.engine.state import editing

        editing.unlock(*_place(request), [item.id for item in locks])

    def forgettable(self, request: StackRequest, name: str, *, dependents: bool) -> tuple[str, ...]:
        from retailops.engine.state import editing

        return editing.forgettable(*_place(request), name, dependents=dependents)

    def forget(self, request: StackRequest, urns: tuple[str, ...]) -> None:
        from retailops.engine.state import editing

        editing.forget(*_place(request), urns)

    def unprotect(self, request: StackRequest, name: str) -> tuple[str, ...]:
        from retailops.engine.state import editing

        return editing.unprotect(*_place(request), name)


def _place(request: StackRequest) -> tuple[Backend, str, str]:
    from retailops.drivers.pulumi_program import readable
    from retailops.engine.project import load_project
    from retailops.engine.state.backend import Backend

    if not readable(request.state):
        raise UsageError(
            f"{request.state.partition('?')[0]} can't be looked into from here",
            resolution="Use the official CLI's `pulumi state`.",
        )
    return Backend(request.state), load_project(request.program).name, request.stack
