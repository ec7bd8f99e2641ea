"""Changes to the world, each on disk before it begins and after it ended."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from retailops.engine.providers.port import Container, Incomplete, Provider, Uncertain
from retailops.engine.state.checkpoint import Resource, State, now
from retailops.engine.state.journal import Journal
from retailops.engine.values import annotate, seal, secret
from retailops.errors import RetailopsError

TIMEOUT = 600.0


class Changes:
    """Performs steps with a provider. Without a journal (a preview) it only keeps the state in memory."""

    def __init__(self, state: State, journal: Journal | None, known_secrets: Collection[str] = ()) -> None:
        self.state, self._journal, self._known = state, journal, known_secrets

    def find(self, urn: str) -> Resource | None:
        return self.state.resources.get(urn)

    def put(self, resource: Resource, *, moved: str = "", ends: int = 0) -> Resource:
        """Keeps a resource, its secrets marked; `moved` is the URN that it had before."""
        resource = self._marked(resource)
        if moved and moved != resource.urn:
            self._move(moved, resource.urn)
        before = self.find(resource.urn)
        if self._journal is None:
            self.state.resources[resource.key] = resource
        elif ends or before is None or not before.same_as(resource):
            self._journal.put(resource, ends)
        return resource

    def _move(self, old: str, new: str) -> None:
        """Whatever names the old URN names the new one, so that the state stays whole if the run ends here."""
        for item in list(self.state.resources.values()):
            if old in item.needs():
                self.put(item.following(old, new))
        self.drop(old)

    def condemn(self, urn: str) -> None:
        """The resource leaves its URN to a successor, and waits for its deletion."""
        if self._journal is not None:
            self._journal.condemn(urn)
        elif (old := self.state.resources.pop(urn, None)) is not None:
            old = replace(old, delete=True)
            self.state.resources[old.key] = old

    def drop(self, key: str, ends: int = 0) -> None:
        if self._journal is None:
            self.state.resources.pop(key, None)
        else:
            self._journal.drop(key, ends)

    def drop_inside(self, provider: Provider, outer: Resource) -> set[str]:
        """Forgets what went with a deleted resource because it lived in it, so that it is made again; gives the URNs."""
        if not isinstance(provider, Container):
            return set()
        gone = [item for item in list(self.state.resources.values()) if provider.contains(outer, item)]
        for item in gone:
            self.drop(item.key)
        return {item.urn for item in gone}

    def create(self, provider: Provider, new: Resource) -> Resource:
        assert self._journal is not None
        seeded = self._marked(provider.seed(new))
        number = self._journal.begin("creating", seeded)
        try:
            made = provider.create(seeded, new.custom_timeouts.get("create", TIMEOUT))
        except Incomplete as error:
            self.put(replace(error.resource, created=now(), modified=now()), ends=number)
            raise
        except Uncertain:
            raise
        except RetailopsError:
            self._journal.end(number)
            raise
        return self.put(replace(made, created=now(), modified=now(), init_errors=()), ends=number)

    def update(self, provider: Provider, old: Resource, new: Resource) -> Resource:
        assert self._journal is not None
        wanted = self._marked(replace(new, id=old.id, outputs=old.outputs))
        number = self._journal.begin("updating", wanted)
        try:
            made = provider.update(old, wanted, new.custom_timeouts.get("update", TIMEOUT))
        except Incomplete as error:
            self.put(replace(error.resource, created=old.created, modified=now()), moved=old.urn, ends=number)
            raise
        except Uncertain:
            raise
        except RetailopsError:
            self._journal.end(number)
            raise
        kept = replace(made, created=old.created, modified=now(), init_errors=())
        return self.put(kept, moved=old.urn, ends=number)

    def replace(self, provider: Provider, old: Resource, new: Resource, *, delete_first: bool) -> Resource:
        assert self._journal is not None
        if delete_first:
            self.delete(old, provider)
            self.drop_inside(provider, old)
        else:
            self._journal.condemn(old.urn)
        return self.create(provider, new)

    def delete(self, resource: Resource, provider: Provider | None) -> None:
        """Without a provider the resource only leaves the state."""
        if self._journal is None or provider is None:
            self.drop(resource.key)
            return
        number = self._journal.begin("deleting", resource)
        try:
            provider.delete(resource, resource.custom_timeouts.get("delete", TIMEOUT))
        except Uncertain:
            raise
        except RetailopsError:
            self._journal.end(number)
            raise
        self.drop(resource.key, ends=number)

    def recover(self, provider: Provider, seeded: Resource) -> Resource | None:
        """Settles a create that was cut off: takes our object into the state if it is there."""
        found = provider.recover(seeded)
        current = self.find(seeded.urn)
        if found is None or (current is not None and current.id == found.id):
            return found
        if current is not None:
            self.condemn(current.urn)
        return self.put(found)

    def _marked(self, resource: Resource) -> Resource:
        """Outputs with the secrets that their inputs have, and those that the program names."""
        outputs = annotate(dict(resource.outputs), dict(resource.inputs))
        for key in resource.additional_secret_outputs:
            if key in outputs:
                outputs[key] = secret(outputs[key])
        return replace(resource, inputs=seal(resource.inputs, self._known), outputs=seal(outputs, self._known))
