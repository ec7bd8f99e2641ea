"""Which site is written: taking over after a disaster, changing sides on purpose, and making a left-behind copy anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address

from retailops.errors import GateNotMet, ToolError
from retailops.hci.mirror.copies import Mirrored, States, other, volumes
from retailops.hci.mirror.pair import ENTITY, Pair
from retailops.ports import OnLine

PATIENCE, EVERY = 300.0, 2.0
RESYNC_PATIENCE = 6 * 3600.0
ROLLBACK = 600.0
"""Seconds that a promotion may take: what had come half way is taken back first."""

_RBD = """
umask 077; ring=$(mktemp /run/retailops-XXXXXX) || exit 1; trap 'rm -f "$ring"' EXIT
monitor=$1 entity=$2; shift 2
ceph -n mon. --keyring "/var/lib/ceph/mon/ceph-$monitor/keyring" --connect-timeout 20 auth get "$entity" >"$ring" 2>/dev/null || exit 1
rbd -n "$entity" --keyring "$ring" "$@"
"""


@dataclass(frozen=True)
class Promotion:
    """`site` takes over `todo`; `lost` says in words what that costs, nothing where both sites agree."""

    site: str
    todo: tuple[Mirrored, ...]
    forced: bool
    lost: tuple[str, ...]


def promotion(states: States, now: float, site: str, force: bool) -> Promotion:
    """What `promote` would do. Raises `ToolError` where the site is silent, `GateNotMet` where the other one still is written."""
    there, found = other(site), volumes(states, now)
    _answers(states, site)
    todo = tuple(
        each for each in found if site in each.here and each.here[site]["mirrored"] and site not in each.primary
    )
    written = tuple(each.id for each in todo if there in each.primary)
    if written and not force:
        raise GateNotMet(
            f"{there} answers and is written: {', '.join(written)}",
            resolution=(
                f"retailops hci mirror switchover {site} changes sides and loses nothing; --force makes two histories, "
                f"of which {there}'s is thrown away later."
            ),
        )
    forced = bool(written) or not states[there]
    return Promotion(site, todo, forced, tuple(_cost(each, there) for each in todo) if forced else ())


def _cost(volume: Mirrored, there: str) -> str:
    if volume.behind is None:
        return f"{volume.id}: nobody knows how old the copy is"
    return f"{volume.id}: what {there} wrote in the last {volume.behind:.0f} s and later is lost"


def promote(pair: Pair, states: States, wanted: Promotion, on_line: OnLine) -> None:
    """Each volume that can be is written here from now on; raises `ToolError` with those that could not. It may run twice."""
    words = ("mirror", "image", "promote", *(["--force"] if wanted.forced else []))
    _each(pair, states, wanted.site, wanted.todo, words, "can be written", on_line)


def switchover(pair: Pair, site: str, on_line: OnLine) -> tuple[Mirrored, ...]:
    """Changes sides and loses nothing: the other site stops, its last snapshot comes over, this one starts. What was cut off goes on.

    Raises `GateNotMet` before anything is touched, `ToolError` where the last snapshot doesn't come over in time: then nothing is
    lost, and no site is written.
    """
    states, there = pair.states(), other(site)
    for name in (site, there):
        _answers(states, name)
    found = volumes(states, _now(pair))
    _refuse_unready(pair, found, site)
    _each(
        pair, states, there, [v for v in found if there in v.primary], ("mirror", "image", "demote"), "rests", on_line
    )
    todo = [each for each in found if site not in each.primary and each.here[site]["mirrored"]]
    for volume in todo:
        _until(pair, partial(_promoted, pair, states, site, volume), volume, site)
        on_line(f"{volume.id} can be written at {site}")
    return tuple(todo)


def _refuse_unready(pair: Pair, found: Iterable[Mirrored], site: str) -> None:
    """Each has a copy here that follows, and nobody has it open there."""
    there, lines = other(site), []
    for volume in found:
        copy, source = volume.here.get(site), volume.here.get(there)
        if source is None:
            continue
        if volume.split:
            lines.append(f"{volume.id} was written at both sites: retailops hci mirror resync {site} first")
        elif copy is None or not copy["mirrored"]:
            lines.append(f"{volume.id} has no copy at {site}")
        elif there in volume.primary and copy["state"] != "replaying":
            lines.append(f"{volume.id} does not follow at {site}: {copy['state']}, {copy['said']}")
        lines += _users(pair, volume, there)
    if lines:
        raise GateNotMet(f"{site} can't be switched to", details="\n".join(lines), resolution="Nothing was touched.")


def _users(pair: Pair, volume: Mirrored, site: str) -> list[str]:
    """A line where that site's own hosts have the volume open there."""
    network = pair.sites[site].hci.prefixes["storage"]
    users = [client for client in volume.here[site].get("clients", ()) if ip_address(client) in network]
    return [f"{volume.id} is open at {site}, by {', '.join(users)}: stop its machine"] if users else []


def stale(states: States, now: float, site: str) -> tuple[Mirrored, ...]:
    """The volumes whose copy at this site has a history of its own; raises `GateNotMet` where the other site isn't the one to keep."""
    there, found = other(site), volumes(states, now)
    for name in (site, there):
        _answers(states, name)
    todo = tuple(each for each in found if each.split)
    if orphans := [each.id for each in todo if there not in each.primary]:
        raise GateNotMet(
            f"{there} has not taken over {', '.join(orphans)}, so what {site} has is not thrown away",
            resolution=f"retailops hci mirror promote {there}, or resync {there} if {site} is the one to keep.",
        )
    return todo


def resync(pair: Pair, states: States, site: str, todo: tuple[Mirrored, ...], on_line: OnLine) -> None:
    """Throws away what this site has of each, and waits until all is there anew from the other. It may run twice.

    Raises `GateNotMet` before anything is touched where a machine still writes one here.
    """
    mine = [each for each in todo if site in each.primary]
    if lines := [line for volume in mine for line in _users(pair, volume, site)]:
        raise GateNotMet(
            f"what {site} has can't be thrown away", details="\n".join(lines), resolution="Nothing was touched."
        )
    _each(pair, states, site, mine, ("mirror", "image", "demote"), "rests", on_line)
    _each(pair, states, site, todo, ("mirror", "image", "resync"), "is made anew", on_line)
    for volume in todo:
        _until(pair, partial(_follows, pair, volume, site), volume, site, RESYNC_PATIENCE)
        on_line(f"{volume.id} is whole at {site}")


def _promoted(pair: Pair, states: States, site: str, volume: Mirrored) -> bool:
    """Refused until the last snapshot of the other site is whole here."""
    return not _rbd(pair, states, site, volume, "mirror", "image", "promote")


def _follows(pair: Pair, volume: Mirrored, site: str) -> bool:
    found = {each.id: each for each in volumes(pair.states(), _now(pair))}.get(volume.id)
    copy = found.here.get(site) if found else None
    return bool(copy and copy["mirrored"] and copy["state"] == "replaying" and copy["point"])


def _each(
    pair: Pair, states: States, site: str, todo: Iterable[Mirrored], words: tuple[str, ...], now: str, on_line: OnLine
) -> None:
    """One that is refused doesn't keep the others."""
    refused = []
    for volume in todo:
        if said := _rbd(pair, states, site, volume, *words):
            refused.append(f"{volume.id}: {said}")
        else:
            on_line(f"{volume.id} {now} at {site}")
    if refused:
        raise ToolError(
            f"{len(refused)} volumes at {site} refused to {words[2]}; the others are done",
            details="\n".join(refused),
            resolution="retailops hci mirror status shows each; the same command goes on.",
        )


def _rbd(pair: Pair, states: States, site: str, volume: Mirrored, *words: str) -> str:
    """Empty when it was done, else what it said; the key is in a file of the host while it runs, and nowhere else."""
    standing, monitor = pair.sites[site], str(states[site]["monitor"])
    argv = ["sh", "-c", _RBD, "sh", monitor, ENTITY, *words, volume.id]
    done = standing.ran(monitor, argv, ROLLBACK)
    return "" if not done["code"] else (str(done["stderr"]).strip()[-400:] or f"it ended with {done['code']}")


def _until(pair: Pair, true: Callable[[], bool], volume: Mirrored, site: str, patience: float = PATIENCE) -> None:
    clock = pair.sites[site].ports.clock
    end = clock.monotonic() + patience
    while not true():
        if clock.monotonic() > end:
            raise ToolError(
                f"{volume.id} did not come over to {site} in {patience:.0f} s; nothing is lost",
                resolution=(
                    f"retailops hci mirror status says why; the same command goes on, and "
                    f"retailops hci mirror promote {other(site)} goes back."
                ),
            )
        clock.sleep(EVERY)


def _answers(states: States, site: str) -> None:
    if not states[site]:
        raise ToolError(
            f"site {site} does not answer, or its mirror is not set up",
            resolution=f"retailops hci status --site {site}; retailops hci mirror up sets it up.",
        )


def _now(pair: Pair) -> float:
    return next(iter(pair.sites.values())).ports.clock.now().timestamp()
