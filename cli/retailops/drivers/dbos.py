"""Durable runs on DBOS with one SQLite file; the only module that imports dbos, when a run begins.

A run that was killed is resumed as a new DBOS workflow `<run>~<n>` of the same process thread, which takes the results of the steps that are
on disk. DBOS' own recovery is not used: it hands a run to whichever process polls next, in a thread that Ctrl-C does not reach.
The caller holds the store's lock.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from retailops.drivers.sqlite import use_wal
from retailops.errors import Interrupted, RetailopsError
from retailops.ports import Execute, Json, RunKey, Step

NAME = "retailops"
VERSION = "1"
"""The shape of what we store; fixed by us, so that a release of retailops strands no run."""
WAIT_SECONDS = 30

Body = Callable[[], list[Json]]


class _Stopped(BaseException):
    """Carries `Interrupted` past DBOS, so that the run stays resumable and is not recorded as failed."""

    def __init__(self, cause: Interrupted) -> None:
        self.cause = cause


class DbosDurable:
    """Implements `ports.Durable`; launches DBOS at its first run. DBOS is one a process, so launching ends another one's."""

    _launched: ClassVar[DbosDurable | None] = None

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._bodies: dict[str, Body] = {}
        self._workflow: Callable[[str, str], list[Json]] | None = None

    def run(self, key: RunKey, steps: Sequence[Step], execute: Execute) -> list[Json]:
        try:
            return self._run(key, steps, execute)
        except Exception as error:
            if type(error).__module__.startswith("sqlalchemy."):
                raise _unusable(self._path, getattr(error, "orig", None) or error) from error
            raise

    def _run(self, key: RunKey, steps: Sequence[Step], execute: Execute) -> list[Json]:
        self._launch(key.store)
        earlier = self._earlier(key)
        for status in earlier:
            if status.status == "SUCCESS":
                return list(status.output)
            if status.status == "ERROR":
                raise RetailopsError(
                    f"the run {key.id} failed: {status.error}", resolution=f"retailops run retry {key.id}"
                )
        stored = self._stored([status.workflow_id for status in earlier])
        return self._begin(f"{key.id}~{len(earlier) + 1}", key, lambda: self._perform(steps, execute, stored))

    def close(self) -> None:
        """Stops DBOS; a later run launches it again."""
        with self._lock:
            if self._workflow is not None:
                from dbos import DBOS

                DBOS.destroy(destroy_registry=True)
                self._workflow = None
                DbosDurable._launched = None

    def _begin(self, workflow_id: str, key: RunKey, body: Body) -> list[Json]:
        from dbos import SetWorkflowID

        assert self._workflow is not None
        self._bodies[workflow_id] = body
        try:
            with SetWorkflowID(workflow_id):
                return self._workflow(workflow_id, key.plan)
        except _Stopped as stopped:
            raise stopped.cause from None
        finally:
            del self._bodies[workflow_id]

    def _perform(self, steps: Sequence[Step], execute: Execute, stored: dict[str, Json]) -> list[Json]:
        from dbos import DBOS

        results = []
        for step in steps:
            if step.name in stored:
                results.append(stored[step.name])
            else:
                results.append(DBOS.run_step({"name": step.name}, _once, execute, step))
        return results

    def _earlier(self, key: RunKey) -> list[Any]:
        """The workflows of this run so far, in order; those that were killed are marked so."""
        from dbos import DBOS

        found = [
            status
            for status in DBOS.list_workflows(workflow_id_prefix=f"{key.id}~", name=NAME)
            if status.workflow_id.rpartition("~")[0] == key.id
        ]
        found.sort(key=lambda status: int(status.workflow_id.rpartition("~")[2]))
        for status in found:
            if status.input["args"][1] != key.plan:
                raise RetailopsError(
                    f"the run {key.id} was begun with another plan", resolution="Plan the stage again as a new attempt."
                )
            if status.status == "PENDING":
                DBOS.cancel_workflow(status.workflow_id)
        return found

    def _stored(self, workflows: Sequence[str]) -> dict[str, Json]:
        from dbos import DBOS

        return {
            step["function_name"]: step["output"]
            for workflow in workflows
            for step in DBOS.list_workflow_steps(workflow)
            if step["error"] is None
        }

    def _launch(self, store: str) -> None:
        other = DbosDurable._launched
        if other is not None and other is not self:
            other.close()
        with self._lock:
            if self._workflow is None:
                DbosDurable._launched = self
                self._workflow = _launch(self._path, store, lambda workflow_id: self._bodies[workflow_id]())


def _once(execute: Execute, step: Step) -> Json:
    """What is handed on is what a resumed run would read from disk."""
    try:
        return json.loads(json.dumps(execute(step), allow_nan=False))
    except Interrupted as interrupted:
        raise _Stopped(interrupted) from None


def _launch(path: Path, store: str, perform: Callable[[str], list[Json]]) -> Callable[[str, str], list[Json]]:
    """Starts DBOS, quiet and without network, and returns its one workflow.

    The executor id begins with the store and is new for each process, so that DBOS finds nothing to recover by itself.
    """
    _prepare(path)
    from dbos import DBOS, DBOSConfig
    from dbos._serialization import DBOSPortableJSONSerializer

    config: DBOSConfig = {
        "name": NAME,
        "system_database_url": f"sqlite:///{path}",
        "system_database_engine": _engine(path),
        "executor_id": f"{store}/{os.getpid()}-{uuid.uuid4().hex[:8]}",
        "application_version": VERSION,
        "serializer": DBOSPortableJSONSerializer(),
        "log_level": "ERROR",
        "enable_otlp": False,
        "use_listen_notify": False,
    }
    DBOS(config=config)

    @DBOS.workflow(name=NAME)  # type: ignore[untyped-decorator, unused-ignore]
    def workflow(workflow_id: str, _plan: str) -> list[Json]:
        return perform(workflow_id)

    DBOS.launch()
    begin: Callable[[str, str], list[Json]] = workflow
    return begin


def _prepare(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=WAIT_SECONDS)
        try:
            use_wal(connection)
        finally:
            connection.close()
    except (OSError, sqlite3.DatabaseError) as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: BaseException) -> RetailopsError:
    return RetailopsError(
        f"{path} can't be used: {error}",
        resolution="See that its folder can be written and the disk has room, then repeat the command.",
    )


def _engine(path: Path) -> Any:
    """An SQLAlchemy engine whose every connection commits to the disk before it answers."""
    import sqlalchemy

    engine = sqlalchemy.create_engine(f"sqlite:///{path}")

    @sqlalchemy.event.listens_for(engine, "connect")
    def _settle(connection: Any, _record: Any) -> None:
        connection.isolation_level = "IMMEDIATE"
        connection.execute(f"PRAGMA busy_timeout = {WAIT_SECONDS * 1000}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")

    return engine
