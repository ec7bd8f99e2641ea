"""Deleting a pool with everything in it: two people sign one request, and the cluster's own protection is lifted for that moment only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from retailops.errors import GateNotMet, UsageError
from retailops.hci.changes.moving import command
from retailops.hci.standing import Standing
from retailops.ports import Json, OnLine, Signature
from retailops.render.hci import cluster_id

NAMESPACE = "retailops-pool-deletion@v1"
RECORD = "retailops/deleting"
VALID = timedelta(hours=48)
WHAT = "delete this pool and everything in it"
GROWN = 1 << 20
"""Bytes that a pool may hold more than when its deletion was asked for."""


@dataclass(frozen=True)
class Request:
    """What two people sign; `cluster` and `number` are never given twice, so that it fits this pool alone. Times are ISO, UTC."""

    what: str
    cluster: str
    pool: str
    number: int
    stored: int
    reason: str
    at: str
    until: str

    def content(self) -> bytes:
        """The bytes that are signed."""
        return (json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n").encode()


def read(content: bytes) -> Request:
    """Raises `UsageError` for anything but the bytes that `Request.content` gives."""
    try:
        found = Request(**json.loads(content))
        datetime.fromisoformat(found.until)
        right = found.content() == content
    except (ValueError, TypeError):
        right = False
    if not right:
        raise UsageError(
            "this is no request of ours to delete a pool", resolution="retailops hci pool request makes one."
        )
    return found


def request(standing: Standing, pool: str, reason: str) -> Request:
    """A request for a pool that is there; raises `UsageError` for one that isn't."""
    found = _pool(standing.answer(), pool)
    if found is None:
        raise UsageError(f"the cluster has no pool {pool}", resolution="retailops hci status shows its pools.")
    now = standing.ports.clock.now()
    times = (now.isoformat(timespec="seconds"), (now + VALID).isoformat(timespec="seconds"))
    return Request(WHAT, str(cluster_id(standing.chain)), pool, found["number"], found["stored"], reason, *times)


def refusals(
    asked: Request, standing: Standing, state: Mapping[str, Json], signed: Sequence[Signature]
) -> Iterator[str]:
    """What forbids the deletion, a line each."""
    if len({each.signer for each in signed}) < 2 or len({each.fingerprint for each in signed}) < 2:
        who = ", ".join(sorted({each.signer for each in signed})) or "nobody"
        yield f"it needs two people with a key each, and is signed by {who}"
    if asked.what != WHAT:
        yield f"it asks for something else: {asked.what}"
    if asked.cluster != str(cluster_id(standing.chain)):
        yield "it was made for another cluster"
    if standing.ports.clock.now() > datetime.fromisoformat(asked.until):
        yield f"it was valid until {asked.until}"
    if asked.pool in [pool.id for pool in standing.hci.pools]:
        yield f"fleet.yaml still describes the pool {asked.pool}, and hci up would make it again"
    found = _pool(state, asked.pool)
    if found is None or found["number"] != asked.number:
        yield f"the pool {asked.pool} that it names is not there any more"
    elif found["stored"] > asked.stored + GROWN:
        yield f"the pool holds {found['stored'] - asked.stored:,} bytes more than when it was asked for: somebody uses it"


def delete(standing: Standing, asked: Request, signed: Sequence[Signature], on_line: OnLine) -> None:
    """Raises `GateNotMet` with all that forbids it. Killed in the middle, `guard` puts the protection back."""
    if lines := list(refusals(asked, standing, standing.answer(), signed)):
        raise GateNotMet(f"the pool {asked.pool} is not deleted", details="\n".join(lines))
    command(standing, "config-key", "set", RECORD, asked.pool)
    try:
        command(standing, "osd", "pool", "set", asked.pool, "nodelete", "false")
        command(standing, "tell", "mon.*", "config", "set", "mon_allow_pool_delete", "true")
        command(standing, "osd", "pool", "delete", asked.pool, asked.pool, "--yes-i-really-really-mean-it")
    finally:
        guard(standing)
    on_line(f"the pool {asked.pool} is gone; {' and '.join(each.signer for each in signed)} signed for it")


def guard(standing: Standing) -> str:
    """Ends the moment in which a pool may be deleted, and takes a deleted one's key with it; its name, "" where no pool is in question."""
    state = standing.state()
    pool = str(state.get("deleting", ""))
    if pool:
        command(standing, "tell", "mon.*", "config", "set", "mon_allow_pool_delete", "false")
        if _pool(state, pool):
            command(standing, "osd", "pool", "set", pool, "nodelete", "true")
        else:
            command(standing, "auth", "rm", f"client.{pool}")
        command(standing, "config-key", "rm", RECORD)
    return pool


def _pool(state: Mapping[str, Json], name: str) -> Mapping[str, Json] | None:
    found: Mapping[str, Json] | None = state["pools"].get(name)
    return found
