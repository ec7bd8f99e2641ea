"""One run of a program against a state: every registration becomes a step, in the order that the program's dependencies give."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from retailops.engine import urns
from retailops.engine.aliases import old_urns
from retailops.engine.flights import Flights
from retailops.engine.importing import imported, wants_import
from retailops.engine.journalled import Changes
from retailops.engine.lacking import Lacking
from retailops.engine.provider_set import ProviderSet
from retailops.engine.providers.port import Builder
from retailops.engine.registration import Registration, wanted
from retailops.engine.running import Run
from retailops.engine.state.checkpoint import Resource
from retailops.engine.steps import Decision, Step, decide, ignoring
from retailops.engine.targeting import Aim, Targets
from retailops.engine.values import UNKNOWN, plain, seal
from retailops.errors import RetailopsError

EVERYTHING = Targets()


class Deployment:
    """Thread-safe: gRPC calls `register` and its siblings from many threads at once."""

    def __init__(self, run: Run, changes: Changes, providers: ProviderSet, targets: Targets = EVERYTHING) -> None:
        self.run, self.changes, self.providers = run, changes, providers
        self.aim = Aim(targets)
        self.steps: list[Step] = []
        self.lacking: list[str] = []
        self.registered: list[Resource] = []
        self.sources: dict[str, tuple[str, int]] = {}
        self._olds = dict(changes.state.live())
        self._condemned: dict[str, list[Resource]] = {}
        for item in changes.state.resources.values():
            if item.delete:
                self._condemned.setdefault(item.urn, []).append(item)
        self._replaced: set[str] = set()
        self._uprooted: set[str] = set()
        self._aliases: dict[str, tuple[str, ...]] = {}
        self.unsettled = {item.urn: item for kind, item in changes.state.pending if kind == "updating"}
        self._lock = threading.RLock()
        self.flights = Flights(run.hide, run.on_line)

    def stop(self) -> None:
        """Nothing new is begun from now on, and what is under way is not waited for longer than it must."""
        self.providers.stopped.set()
        self.flights.stop()

    def register(self, asked: Registration) -> Resource:
        """Brings one resource to where the program wants it; raises what went wrong, and remembers it."""
        if not asked.remote:
            return self._register(asked)
        with self.flights.many():
            return self._construct(asked, self._register(asked))

    def _register(self, asked: Registration) -> Resource:
        with self.flights.one():
            urn = urns.make(self.run.stack, self.run.project, asked.parent, asked.type, asked.name)
            self.flights.reserve(urn)
            if lacking := self._lacks(asked):
                return self._name_lacking(asked, urn, lacking)
            new = self._wanted(asked, urn)
            old = self._old(asked, urn)
            if not self.aim.means(new):
                return self._passed_over(asked, old, new)
            if not asked.custom:
                return self._component(old, new)
            if asked.type.startswith(urns.PROVIDER_PREFIX):
                return self._provider(old, new)
            return self._custom(asked, old, new)

    def read(self, asked: Registration, identifier: str) -> Resource:
        """A resource that exists already and is only looked at."""
        with self.flights.one():
            urn = urns.make(self.run.stack, self.run.project, asked.parent, asked.type, asked.name)
            self.flights.reserve(urn)
            if lacking := self._lacks(asked):
                return self._name_lacking(asked, urn, lacking)
            new = replace(self._wanted(asked, urn), id=identifier, external=True)
            if identifier == UNKNOWN:
                return new
            provider, new = self._provided(asked, new)
            found = provider.read(new)
            if found is None:
                raise RetailopsError(f"{urns.short(urn)}: there is no {identifier}")
            old = self._old(asked, urn)
            if old and old.id != identifier:
                self._give_up(old)
            self.note(Decision("read"), urn)
            return self.changes.put(found)

    def _construct(self, asked: Registration, made: Resource) -> Resource:
        """The children of a remote component, which its provider knows, and its outputs."""
        if self._lacks(asked):
            return made
        provider, _ = self._provided(asked, None)
        assert isinstance(provider, Builder)
        self.outputs(made.urn, provider.construct(asked, made.urn, self.register))
        return self.changes.find(made.urn) or made

    def outputs(self, urn: str, values: Mapping[str, Any]) -> None:
        with self.flights.one():
            current = self.changes.find(urn)
            if current is not None and not self.aim.keeps_outputs(urn):
                self.changes.put(replace(current, outputs=seal(dict(values), self.run.known_secrets)))

    def invoke(self, token: str, provider: str, version: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        with self.flights.one():
            if token == "pulumi:pulumi:getResource":
                found = self.changes.find(str(arguments.get("urn")))
                if found is None:
                    raise RetailopsError(f"getResource: {arguments.get('urn')} is not in this stack")
                return {"urn": found.urn, "id": found.id or UNKNOWN, "state": dict(found.outputs)}
            asked = Registration(type=token, name=token, parent="", custom=True, provider=provider, version=version)
            known = None if self._lacks(asked) else self._provided(asked, None)[0].invoke(token, plain(arguments))
            if known is None:
                self.lacking.append(f"the function {token}")
                raise Lacking([f"the function {token}"])
            result: dict[str, Any] = known
            return result

    def _lacks(self, asked: Registration) -> list[str]:
        return [*asked.lacking, *self.providers.lacks(asked)]

    def _name_lacking(self, asked: Registration, urn: str, lacking: list[str]) -> Resource:
        """A preview goes on, so that it can name everything at once."""
        self.lacking += [f"{what} ({urns.short(urn)})" for what in lacking]
        if not self.run.dry_run:
            raise Lacking(self.lacking)
        return Resource(urn, asked.type, asked.custom, inputs=asked.inputs, outputs=asked.inputs)

    def _wanted(self, asked: Registration, urn: str) -> Resource:
        new = wanted(asked, urn, self.run.known_secrets)
        with self._lock:
            self.registered.append(new)
            self.sources[urn] = asked.source
        return new

    def _passed_over(self, asked: Registration, old: Resource | None, new: Resource) -> Resource:
        """What is no target stays as it is; what is new is not made, and the program sees it without outputs."""
        if old is None:
            self.aim.skipped.add(new.urn)
            if self.run.dry_run:
                self.run.on_line(f"left out, no target: {urns.short(new.urn)}")
            return replace(new, id=UNKNOWN if self.run.dry_run else "", outputs=new.inputs)
        self.note(Decision("same"), new.urn)
        held = self.changes.find(old.urn) or old
        if held.type.startswith(urns.PROVIDER_PREFIX):
            self.providers.configure(held)
        if held.urn == new.urn:
            return held
        return self.changes.put(replace(held, urn=new.urn, type=asked.type, parent=asked.parent), moved=held.urn)

    def _component(self, old: Resource | None, new: Resource) -> Resource:
        decision = Decision("create") if old is None else Decision("same" if old.inputs == new.inputs else "update")
        self.note(decision, new.urn)
        if old:
            new = replace(new, outputs=old.outputs, created=old.created, modified=old.modified, extra=old.extra)
        return self.changes.put(new, moved=old.urn if old else "")

    def _provider(self, old: Resource | None, new: Resource) -> Resource:
        fresh = UNKNOWN if self.run.dry_run else str(uuid.uuid4())
        new = replace(new, id=old.id if old else fresh, outputs=new.inputs, created=old.created if old else "")
        op = "create" if old is None else "same" if old.inputs == new.inputs else "update"
        self.note(Decision(op), new.urn)  # type: ignore[arg-type]
        self.providers.configure(new)
        return self.changes.put(new, moved=old.urn if old else "")

    def _provided(self, asked: Registration, new: Resource | None) -> tuple[Any, Any]:
        """The provider for a registration, and the resource with its reference; default providers are made on first use."""
        explicit = asked.provider or asked.providers.get(asked.type.split(":", 1)[0], "")
        if explicit and (asked.custom or asked.remote):
            urn, _ = urns.split_reference(explicit)
            return self.providers.configured(urn), new
        with self._lock:
            default = self.providers.default(asked, self.run, self._olds)
            self.flights.seen.add(default.urn)
            if self.changes.find(default.urn) != default:
                self.changes.put(default)
        reference = urns.provider_reference(default.urn, default.id)
        return self.providers.configured(default.urn), replace(new, provider=reference) if new else None

    def _custom(self, asked: Registration, old: Resource | None, new: Resource) -> Resource:
        provider, new = self._provided(asked, new)
        new = replace(provider.check(ignoring(new, old, asked.ignore_changes), old), extra=old.extra if old else {})
        if wants_import(asked, old):
            return self._import(asked, provider, old, new)
        decision = decide(
            old, new, asked, provider.diff, unsure=new.urn in self.unsettled, forced=self._forced(asked, new.urn)
        )
        if decision.op == "replace" and old and old.protect:
            raise self._protected(new.urn)
        self.note(decision, new.urn)
        if decision.op == "replace":
            self._replaced.add(new.urn)
        if decision.op in ("create", "replace") and not decision.delete_first:
            new = self._beside(provider, old if decision.op == "replace" else None, new)
        if self.run.dry_run and decision.op in ("create", "update", "replace"):
            return self.changes.put(self._rehearsed(decision, provider, old, new))
        made = self._perform(decision, provider, old, new)
        self.unsettled.pop(new.urn, None)
        return made

    def _beside(self, provider: Any, old: Resource | None, new: Resource) -> Resource:
        """The new resource as it can stand beside its predecessors until these are deleted."""
        for other in [*self._condemned.get(new.urn, ()), *([old] if old else [])]:
            new = provider.successor(other, new)
        if old and self.run.dry_run:
            self.changes.condemn(old.urn)
        return new

    def _forced(self, asked: Registration, urn: str) -> bool:
        """Whether a resource is replaced for another reason than its own inputs."""
        return self.aim.replaces(urn) or not self._replaced.isdisjoint(asked.replace_with)

    def _import(self, asked: Registration, provider: Any, old: Resource | None, new: Resource) -> Resource:
        found = imported(asked, provider, new)
        self._give_up(old)
        self.note(Decision("import"), new.urn)
        return self.changes.put(found)

    def _give_up(self, old: Resource | None) -> None:
        """Another object takes the resource's place: the old one waits for its deletion."""
        if old is None or old.external:
            return
        if old.protect:
            raise self._protected(old.urn)
        self.changes.condemn(old.urn)

    def _protected(self, urn: str) -> RetailopsError:
        return RetailopsError(
            f"{urns.short(urn)} is protected and would be replaced",
            resolution="Take the option `protect` away in the program and run `up` once, if that is what you want.",
        )

    def _rehearsed(self, decision: Decision, provider: Any, old: Resource | None, new: Resource) -> Resource:
        if decision.delete_first and old:
            self._uprooted |= self.changes.drop_inside(provider, old)
        if decision.delete_first or new.urn in self._uprooted:
            return replace(new, outputs=new.inputs)
        seen: Resource = provider.rehearse(old if decision.op == "update" else None, new)
        return seen

    def _perform(self, decision: Decision, provider: Any, old: Resource | None, new: Resource) -> Resource:
        if decision.op == "same":
            assert old is not None
            kept = replace(new, id=old.id, outputs=old.outputs, created=old.created, modified=old.modified)
            return self.changes.put(replace(kept, aliases=old.aliases, import_id=old.import_id), moved=old.urn)
        self.run.on_line(f"{decision.op} {urns.short(new.urn)}")
        if decision.op == "update":
            assert old is not None
            return self.changes.update(provider, old, new)
        if decision.op == "replace":
            assert old is not None
            return self.changes.replace(provider, old, new, delete_first=decision.delete_first)
        return self.changes.create(provider, new)

    def _old(self, asked: Registration, urn: str) -> Resource | None:
        """What the state has of a resource, under this name or one that it had before."""
        with self._lock:
            self._aliases[urn] = old_urns(urn, asked.parent, asked.aliases, self._aliases)
            for name in (urn, *self._aliases[urn]):
                if name in self._olds and (name == urn or name not in self.flights.seen):
                    self.flights.seen.add(name)
                    return self._olds[name] if self.changes.find(name) else None
        return None

    def note(self, decision: Decision, urn: str) -> None:
        with self._lock:
            self.steps.append(decision.step(urn))
