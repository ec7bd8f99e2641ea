"""Taking what is already there into the state, without touching it."""

from __future__ import annotations

from dataclasses import replace

from retailops.engine import urns
from retailops.engine.differences import matches, parse
from retailops.engine.providers.port import Provider
from retailops.engine.registration import Registration
from retailops.engine.state.checkpoint import Resource, now
from retailops.engine.values import has_unknown
from retailops.errors import RetailopsError


def wants_import(asked: Registration, old: Resource | None) -> bool:
    """Whether the object that the program names is not this resource's already."""
    return bool(asked.import_id) and (old is None or asked.import_id not in (old.id, old.import_id))


def imported(asked: Registration, provider: Provider, new: Resource) -> Resource:
    """The resource as the world has it; raises if it isn't there or isn't what the program says.

    A preview that does not know all inputs yet believes the program.
    """
    named = replace(new, id=asked.import_id, import_id=asked.import_id)
    if has_unknown(dict(new.inputs)):
        return replace(named, outputs=new.inputs)
    found = provider.refresh(named)
    if found is None:
        raise RetailopsError(f"{urns.short(new.urn)}: there is no {asked.import_id} to import")
    ignored = [parse(text) for text in asked.ignore_changes]
    different = [item for item in found.changes if not any(matches(item.path, path) for path in ignored)]
    if different:
        raise RetailopsError(
            f"{urns.short(new.urn)}: {asked.import_id} is not what the program says",
            details="\n".join(sorted(item.text for item in different)),
            resolution="Write into the program what is there (to the right of the arrow), or name the path in ignore_changes.",
        )
    return replace(found.resource, import_id=asked.import_id, created=now(), modified=now())
