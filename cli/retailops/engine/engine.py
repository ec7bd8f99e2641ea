"""The engine's four verbs over one stack: preview, up, refresh, destroy; and reading its outputs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from retailops.engine import urns
from retailops.engine.adopting import Adopter, Adoption, Wish, Wishes, importing_program, listed
from retailops.engine.deletion import delete
from retailops.engine.deployment import Deployment
from retailops.engine.host_pool import HostPool
from retailops.engine.journalled import Changes
from retailops.engine.passes import Pass
from retailops.engine.program import ProgramHost, python_for
from retailops.engine.project import load_project, load_settings, resolve
from retailops.engine.provider_set import ProviderSet
from retailops.engine.providers.port import Factory, OnLine
from retailops.engine.refreshing import refresh
from retailops.engine.running import Run
from retailops.engine.session import Outcome, Request, Session
from retailops.engine.stack_references import StackReferences
from retailops.engine.state import locking
from retailops.engine.state.backend import Backend
from retailops.engine.state.checkpoint import Resource, State
from retailops.engine.state.crypto import passphrase_only, read_passphrase
from retailops.engine.state.journal import Journal
from retailops.engine.state.store import VERSION_MARK, Store
from retailops.engine.values import masked


@dataclass(frozen=True)
class Rehearsed:
    """What a preview saw: all that was registered, URN -> URI and line that asked for it, and the configuration without secrets."""

    resources: tuple[Resource, ...]
    sources: Mapping[str, tuple[str, int]]
    config: Mapping[str, str]


Approve = Callable[[Rehearsed], None]
"""Looks at everything that a program registers, before anything is changed; raises to stop it."""


class Engine:
    """`version` is ours; `factories` maps a package to its provider; programs run in hosts of `pool`, which stay warm."""

    def __init__(self, version: str, factories: Mapping[str, Factory], pool: HostPool | None = None) -> None:
        self.version, self._factories = version, factories
        self._pool = pool or HostPool()

    def preview(self, request: Request, on_line: OnLine, approve: Approve | None = None) -> Outcome:
        """What `up` would do. Neither locks nor writes."""
        self._warm(request)
        session = self._open(request, reading=True)
        providers = self._providers(session, on_line)
        self._recover(session, Changes(session.state, None), providers, on_line)
        self._look_again(session, None, providers, on_line)
        with self._host(session, on_line) as host:
            deployment = self._rehearse(session, providers, host, on_line, approve)
        return Outcome(tuple(deployment.steps), _outputs(deployment.changes.state), session.digest)

    def up(self, request: Request, on_line: OnLine, approve: Approve | None = None) -> Outcome:
        """Brings the stack to what its program registers, after a preview of the same program has passed."""
        self._warm(request)
        with self._locked(request, "up") as session:
            providers = self._providers(session, on_line)
            with self._journalled(session, "update") as (journal, record):
                self._recover(session, Changes(session.state, journal), providers, on_line)
                self._look_again(session, journal, providers, on_line)
                with self._host(session, on_line) as host:
                    mute = self._providers(session, on_line, asking=False) if request.skip_preview else providers
                    deployment = self._rehearse(session, mute, host, on_line, approve)
                    if _equal(deployment.changes.state, session.state):
                        return Outcome(tuple(deployment.steps), _outputs(session.state), session.digest)
                    deployment = self._deployment(session, journal, self._providers(session, on_line), on_line)
                    record(deployment)
                    self._pass(session, on_line).run(deployment, host)
            return Outcome(tuple(deployment.steps), _outputs(session.state), session.digest)

    def refresh(self, request: Request, on_line: OnLine) -> Outcome:
        """Takes the world as it is into the state; the next preview shows what drifted."""
        with self._locked(request, "refresh") as session:
            providers = self._providers(session, on_line)
            with self._journalled(session, "refresh") as (journal, record):
                self._recover(session, Changes(session.state, journal), providers, on_line)
                deployment = self._deployment(session, journal, providers, on_line)
                record(deployment)
                self._aim(session, deployment)
                refresh(deployment)
            return Outcome(tuple(deployment.steps), _outputs(session.state), session.digest)

    def destroy(self, request: Request, on_line: OnLine) -> Outcome:
        """Deletes everything that the stack has made, dependents first; the program does not run."""
        with self._locked(request, "destroy") as session:
            providers = self._providers(session, on_line)
            with self._journalled(session, "destroy") as (journal, record):
                self._recover(session, Changes(session.state, journal), providers, on_line)
                deployment = self._deployment(session, journal, providers, on_line)
                record(deployment)
                held = session.state.resources
                self._aim(session, deployment)
                delete(deployment, deployment.aim.doomed(held, held.values()))
                deployment.flights.raise_first()
            return Outcome(tuple(deployment.steps), _outputs(session.state), session.digest)

    def adopt(self, request: Request, wishes: Wishes, on_line: OnLine, keep: Callable[[str], None]) -> Adoption:
        """Takes what exists into the state, all or nothing of it, and gives the program lines that describe it.

        The lines are run first, as imports, so that they are known to say what is there. `keep` gets them before
        the state has anything, so that nobody is left with resources that no program has.
        """
        self._warm(request)
        with self._locked(request, "import") as session:
            providers = self._providers(session, on_line)
            with self._journalled(session, "resource-import") as (journal, record):
                self._recover(session, Changes(session.state, journal), providers, on_line)
                run = Run(session.project.name, request.stack, True, session.known_secrets)
                found = Adopter(run, session.state, providers, wishes).look()
                if not found.new:
                    keep(found.lines)
                    return replace(found, digest=session.digest)
                with importing_program(session, found) as other, self._host(session, on_line) as host:
                    self._rehearse(other, providers, host, on_line, None)
                    keep(found.lines)
                    deployment = self._deployment(other, journal, self._providers(session, on_line), on_line)
                    record(deployment)
                    self._pass(other, on_line).run(deployment, host)
            return replace(found, digest=session.digest)

    def inventory(self, request: Request, package: str, place: str, on_line: OnLine) -> tuple[Wish, ...]:
        """What a provider finds in a place of its own, like a namespace, that somebody has made."""
        session = self._open(request, reading=True)
        run = Run(session.project.name, request.stack, True, session.known_secrets)
        return listed(run, session.state, self._providers(session, on_line), package, place)

    def outputs(self, request: Request) -> Mapping[str, Any]:
        """The stack's outputs with secrets masked; reads only the state."""
        return _outputs(self._open(request, reading=True).state)

    def _open(self, request: Request, *, reading: bool) -> Session:
        project = load_project(request.program)
        settings = load_settings(project, request.stack)
        passphrase_only(settings.provider, request.stack)
        store = Store(Backend(request.state), project.name, request.stack, f"v{self.version}{VERSION_MARK}")
        passphrase = read_passphrase(request.passphrase_file)
        state, crypter, digest = store.open(passphrase, settings.salt, reading=reading)
        config, keys = resolve(project, settings, request.config, request.secrets, crypter)
        return Session(request, project, store, state, crypter, digest, config, keys, passphrase)

    @contextmanager
    def _locked(self, request: Request, doing: str) -> Iterator[Session]:
        store = self._open(request, reading=True).store
        with locking.hold(store.backend, store.project, store.stack, doing):
            yield self._open(request, reading=False)

    @contextmanager
    def _journalled(self, session: Session, kind: str) -> Iterator[tuple[Journal, Callable[[Deployment], None]]]:
        """Folds the journal into the checkpoint whatever happens; if even that fails, journal and lock stay."""
        clean = not session.state.pending
        journal = session.store.begin(session.state, session.crypter)
        deployments: list[Deployment] = []
        update = {"kind": kind, "startTime": int(time.time()), "message": "", "environment": {}, "config": {}}
        result = "failed"
        try:
            yield journal, deployments.append
            result = "succeeded"
        finally:
            for deployment in deployments:
                deployment.flights.settle()
                session.state.pending += [("updating", item) for item in deployment.unsettled.values()]
            counts = Counter(step.op for deployment in deployments for step in deployment.steps)
            update |= {"result": result, "version": 0, "resourceChanges": dict(counts), "unchanged": clean}
            try:
                session.digest = session.store.finish(journal, session.crypter, update)
            except BaseException as error:
                error.keep_lock = True  # type: ignore[attr-defined]
                raise

    def _recover(self, session: Session, changes: Changes, providers: ProviderSet, on_line: OnLine) -> None:
        """Settles what an earlier call left unfinished, by looking at the world."""
        for kind, resource in session.state.pending:
            on_line(f"the last update was cut off while {kind} {urns.short(resource.urn)}")
            if kind == "creating":
                found = changes.recover(providers.of(resource, session.state), resource)
                on_line(f"  it is {'there and was taken over' if found else 'not there'}")
            elif kind == "deleting" and providers.of(resource, session.state).read(resource) is None:
                changes.drop(resource.key)
        session.state.pending = [item for item in session.state.pending if item[0] == "updating"]

    def _look_again(self, session: Session, journal: Journal | None, providers: ProviderSet, on_line: OnLine) -> None:
        if session.request.refresh:
            run = Run(session.project.name, session.request.stack, True, session.known_secrets, session.quiet(on_line))
            changes = Changes(session.state, journal, session.known_secrets)
            refresh(Deployment(run, changes, providers, session.request.targets))

    def _providers(self, session: Session, on_line: OnLine, *, asking: bool = True) -> ProviderSet:
        references = StackReferences(session.store.backend, session.project.name, session.passphrase)
        factories = {**self._factories, "pulumi": lambda _settings: references}
        quiet, folder = session.quiet(on_line), session.project.folder
        return ProviderSet(factories, session.config, session.request.kubeconfig, quiet, folder, asking)

    def _warm(self, request: Request) -> None:
        """A host starts while the state is read and its key derived."""
        project = load_project(request.program)
        self._pool.warm(python_for(project.root, project.options))

    def _host(self, session: Session, on_line: OnLine) -> AbstractContextManager[ProgramHost]:
        python = python_for(session.project.root, session.project.options)
        return self._pool.host(python, session.quiet(on_line))

    def _rehearse(
        self, session: Session, providers: ProviderSet, host: ProgramHost, on_line: OnLine, approve: Approve | None
    ) -> Deployment:
        copy = replace(session.state, resources=dict(session.state.resources), pending=list(session.state.pending))
        deployment = self._deployment(session, None, providers, on_line, copy)
        self._pass(session, on_line).run(deployment, host)
        self._aim(session, deployment)
        if approve:
            shown = {key: text for key, text in session.config.items() if key not in session.secret_keys}
            approve(Rehearsed(tuple(deployment.registered), dict(deployment.sources), shown))
        return deployment

    def _aim(self, session: Session, deployment: Deployment) -> None:
        """Refuses targets that are not there, before anything is changed."""
        held = (item.urn for item in session.state.resources.values())
        deployment.aim.settle(session.request.stack, {*deployment.flights.seen, *held})

    def _deployment(
        self,
        session: Session,
        journal: Journal | None,
        providers: ProviderSet,
        on_line: OnLine,
        state: State | None = None,
    ) -> Deployment:
        run = Run(
            session.project.name, session.request.stack, journal is None, session.known_secrets, session.quiet(on_line)
        )
        changes = Changes(state or session.state, journal, session.known_secrets)
        deployment = Deployment(run, changes, providers, session.request.targets)
        if journal is not None:
            session.state.pending.clear()
        return deployment

    def _pass(self, session: Session, on_line: OnLine) -> Pass:
        return Pass(session.project, session.config, session.secret_keys, session.request.patience, on_line)


def _equal(left: State, right: State) -> bool:
    """Whether a rehearsal has found nothing to change, not even in what only the state holds."""
    if left.resources.keys() != right.resources.keys() or left.pending or right.pending:
        return False
    return all(left.resources[key].same_as(item) for key, item in right.resources.items())


def _outputs(state: State) -> dict[str, Any]:
    for item in state.resources.values():
        if item.type == urns.STACK_TYPE:
            return dict(masked(dict(item.outputs)))
    return {}
