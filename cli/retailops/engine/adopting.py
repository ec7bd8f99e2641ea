"""Adopting what exists: reading it, and the program lines that describe it."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from retailops.engine import urns
from retailops.engine.flights import WORKERS
from retailops.engine.lacking import Lacking
from retailops.engine.passes import ProgramFailed
from retailops.engine.program_lines import Described, stand_ins, variables, written
from retailops.engine.provider_set import ProviderSet
from retailops.engine.providers.port import Inventory
from retailops.engine.registration import Registration
from retailops.engine.running import Run
from retailops.engine.session import Session
from retailops.engine.state.checkpoint import Resource, State
from retailops.engine.targeting import Targets
from retailops.errors import RetailopsError, Unreachable, UsageError


@dataclass(frozen=True)
class Wish:
    """Something that is there (`id`) and shall be the resource `name`; `parent` and `provider` are URNs or names of other wishes.

    A `component` has no id: it is made as an empty parent of others.
    """

    type: str
    name: str
    id: str = ""
    parent: str = ""
    provider: str = ""
    component: bool = False


@dataclass(frozen=True)
class Wishes:
    """`names` are a person's variables for URNs that the lines refer to."""

    things: tuple[Wish, ...]
    protect: bool = True
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Adoption:
    """`lines` describe all that was wished for; `program` imports the `new` ones, whose URNs come after what they need."""

    lines: str
    program: str
    new: tuple[str, ...]
    already: tuple[str, ...]
    digest: str = ""


@dataclass(frozen=True)
class Adopter:
    """Reads what is there for one stack."""

    run: Run
    state: State
    providers: ProviderSet
    wishes: Wishes

    @cached_property
    def _live(self) -> Mapping[str, Resource]:
        return self.state.live()

    def look(self) -> Adoption:
        """Raises with everything that is wrong, or not there; nothing is changed."""
        asked = self._placed(self.wishes.things)
        already = {urn for urn in asked if urn in self._live}
        with ThreadPoolExecutor(WORKERS) as pool:
            found = list(pool.map(lambda pair: self._one(*pair), asked.items()))
        faults = [item for item in found if isinstance(item, str)]
        if faults:
            raise RetailopsError(
                f"{len(faults)} of {len(asked)} resources can't be imported",
                details="\n".join(faults),
                resolution="Nothing was imported. Correct or leave out what is listed, and run it again.",
            )
        items = _ordered([item for item in found if not isinstance(item, str)])
        referred = dict.fromkeys(urn for item in items for urn in (item.parent, item.provider) if urn)
        outside = [urn for urn in referred if urn not in asked]
        names = variables([*self._chain(outside), *(item.urn for item in items)], self.wishes.names)
        return Adoption(
            lines=written(items, names),
            program=stand_ins(outside, self._live, names) + written(items, names, set(asked) - already),
            new=tuple(item.urn for item in items if item.urn not in already),
            already=tuple(sorted(already)),
        )

    def _chain(self, wanted: Iterable[str]) -> list[str]:
        """These URNs of the state and all that they stand under."""
        found: dict[str, None] = {}
        for urn in wanted:
            above: str = urn
            while above:
                found[above] = None
                above = self._live[above].parent
        return list(found)

    def _placed(self, wishes: Sequence[Wish]) -> dict[str, Wish]:
        """Each wish under its URN, parents and providers as URNs."""
        named = {wish.name: wish for wish in wishes}
        placed: dict[str, Wish] = {}
        for wish in wishes:
            odd = wish.type.startswith("pulumi:") or "*" in wish.type + wish.name or "::" in wish.name
            if odd or wish.type.count(":") != 2 or not wish.name:
                raise UsageError(
                    f"{wish.type} {wish.name}: this can't be a resource's type and name",
                    resolution="A type has three parts, like kubernetes:core/v1:ConfigMap.",
                )
            urn = self._urn(wish, named, ())
            if urn in placed:
                raise UsageError(f"{urns.short(urn)} is named twice", resolution="Give one of the two another name.")
            parent, provider = self._reference(wish.parent, named, ()), self._reference(wish.provider, {}, ())
            placed[urn] = replace(wish, parent=parent, provider=provider)
        for (kind, identifier), count in Counter((wish.type, wish.id) for wish in wishes if wish.id).items():
            if count > 1:
                raise UsageError(f"{kind} {identifier} is named twice", resolution="One thing is one resource.")
        return placed

    def _urn(self, wish: Wish, named: Mapping[str, Wish], path: tuple[str, ...]) -> str:
        if wish.name in path:
            raise UsageError(f"{wish.name} is its own parent")
        parent = self._reference(wish.parent, named, (*path, wish.name))
        return urns.make(self.run.stack, self.run.project, parent, wish.type, wish.name)

    def _reference(self, text: str, named: Mapping[str, Wish], path: tuple[str, ...]) -> str:
        if not text:
            return ""
        if text in named:
            return self._urn(named[text], named, path)
        if text not in self._live:
            raise UsageError(
                f"{text} is neither in the stack nor among what is imported",
                resolution="`retailops cloud state list` shows the stack's URNs.",
            )
        return text

    def _one(self, urn: str, wish: Wish) -> Described | str:
        """What is there under its URN, or why it can't be imported."""
        held = self._live.get(urn)
        described = Described(urn, wish.id, {}, wish.parent, wish.provider, wish.component, self.wishes.protect)
        if wish.component:
            return described
        if not wish.id:
            return f"{urns.short(urn)}: it has no id"
        if held:
            if wish.id not in (held.id, held.import_id):
                return f"{urns.short(urn)} is in the stack already, as {held.id}"
            return replace(described, inputs=held.inputs, protect=held.protect)
        other = [item.urn for item in self._live.values() if (item.type, item.id) == (wish.type, wish.id)]
        if other:
            return f"{wish.id} is in the stack already, as {other[0]}"
        try:
            found = self._read(urn, wish)
        except (Lacking, UsageError, Unreachable):
            raise
        except RetailopsError as error:
            return f"{urns.short(urn)}: {error.message}"
        return replace(described, inputs=found.inputs) if found else f"{urns.short(urn)}: there is no {wish.id}"

    def _read(self, urn: str, wish: Wish) -> Resource | None:
        asked = Registration(type=wish.type, name=wish.name, parent=wish.parent, custom=True, provider=wish.provider)
        if lacking := self.providers.lacks(asked):
            raise Lacking(lacking)
        bare = Resource(urn, wish.type, True, wish.id)
        if wish.provider:
            held = self._live[wish.provider]
            reference = urns.provider_reference(held.urn, held.id)
            return self.providers.of(Resource(urn, wish.type, True, wish.id, provider=reference), self.state).read(bare)
        default = self.providers.default(asked, self.run, {})
        return self.providers.configured(default.urn).read(bare)


@contextmanager
def importing_program(session: Session, found: Adoption) -> Iterator[Session]:
    """The same stack with a program that does nothing but import; everything else of the stack is left alone."""
    with tempfile.TemporaryDirectory(prefix="retailops-import-") as name:
        folder = Path(name)
        (folder / "__main__.py").write_text(found.program, encoding="utf-8")
        project = replace(session.project, folder=folder, main=folder / "__main__.py")
        request = replace(session.request, targets=Targets(found.new, exact=True), refresh=False)
        try:
            yield replace(session, project=project, request=request)
        except ProgramFailed as error:
            raise RetailopsError(
                "what is there can't be described by a program of the installed SDK",
                details=error.details,
                resolution="Nothing was imported. Leave out what is named, or import it in the program by `import_`.",
            ) from error


def listed(run: Run, state: State, providers: ProviderSet, package: str, place: str) -> tuple[Wish, ...]:
    """What a provider finds in a place, without what the stack has already."""
    default = providers.default(Registration(type=f"{package}:index:Any", name="", parent="", custom=True), run, {})
    provider = providers.configured(default.urn)
    if not isinstance(provider, Inventory):
        raise UsageError(f"the provider {package} can't list what is there", resolution="Name each with --resource.")
    held = {(item.type, item.id) for item in state.live().values()}
    found = [pair for pair in provider.inventory(place) if pair not in held]
    return tuple(Wish(kind, identifier.rpartition("/")[2], identifier) for kind, identifier in found)


def _ordered(items: Iterable[Described]) -> list[Described]:
    """Parents and providers before what refers to them, otherwise as given."""
    left = list(items)
    done: list[Described] = []
    while left:
        waiting = {item.urn for item in left}
        ready = [item for item in left if not {item.parent, item.provider} & waiting]
        done += ready
        left = [item for item in left if item not in ready]
    return done
