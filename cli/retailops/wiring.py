"""Which world stands behind the ports: the lab, production or the simulated one. The only module that knows every driver."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from retailops import assets
from retailops.errors import RetailopsError
from retailops.model import load_chain
from retailops.model.chain import FleetFile
from retailops.ports import Choice, Clock, CloudPorts, Ports


def build_ports(root: Path, simulate: bool) -> Ports:
    """The world of the fleet repository `root`; in production a stand-in is an error before anything is touched."""
    chain = load_chain(root)
    if simulate:
        return _simulated(root, chain)
    if chain.environment == "production":
        _refuse_stand_ins(chain)
    return _lab(root, chain)


def survey_here() -> tuple[Choice, ...]:
    """What this computer has for each need."""
    from retailops.drivers.survey import survey

    return survey(_artifacts())


@cache
def _stand_ins() -> tuple[str, ...]:
    return tuple(f"{c.chosen} for {c.production}" for c in survey_here() if c.stands_in and c.need != "hosts")


def _artifacts() -> Path:
    from retailops.lab import artifacts

    return artifacts()


def _cluster() -> Path:
    """What runs a cluster: an official K3s release wherever one lies that has the pinned digest, else what was built here."""
    from retailops.edge.official import choose, places_of
    from retailops.edge.pins import read_pins

    pins = read_pins(assets.path("k3s", "versions.yaml"), "official")
    return choose(_artifacts(), pins, places_of(os.environ.get("PATH", ""), assets.cache()))


def _lab(root: Path, chain: FleetFile) -> Ports:
    """Real hosts on this computer; from here on this process acts inside the lab's network."""
    from retailops import lab
    from retailops.drivers import signing
    from retailops.drivers.ansible import AnsibleConfigurator
    from retailops.drivers.clock import SystemClock
    from retailops.drivers.pulumi import choose
    from retailops.drivers.ssh import SshProber
    from retailops.drivers.verifier import TestinfraVerifier
    from retailops.drivers.web import UrllibWeb
    from retailops.edge.members import Members

    here = lab.Lab.of_fleet(root)
    lab.enter(here)
    state = root / chain.state.path
    configurator, prober = AnsibleConfigurator(assets.path("playbooks")), SshProber()
    members = Members(configurator, prober, _cluster())
    cloud = CloudPorts(
        lab.LabMachines(here.id), members, lab.LabRecords(here.id), lab.images(), _front(members.artifacts)
    )
    return Ports(
        world="lab",
        sites=here.sites,
        prober=prober,
        configurator=configurator,
        stacks=choose(cloud=cloud),
        web=UrllibWeb(),
        cloud=cloud,
        ground=lab.LabGround(here.id),
        faults=lab.LabFaults(here.id),
        lines=here.lines,
        verifier=TestinfraVerifier(),
        artifacts=members.artifacts,
        find_stand_ins=_stand_ins,
        signatures=signing.of_lab(root, chain.chain.id, state),
        **_own(root, state, SystemClock()),
    )


def _front(artifacts: Path) -> str | None:
    from retailops.edge.artifacts import TILL, read_artifacts

    return read_artifacts(artifacts).pinned.get(TILL) if (artifacts / "build.json").is_file() else None


def _simulated(root: Path, chain: FleetFile) -> Ports:
    """The simulated world; its runs and evidence are kept apart from the real ones."""
    from retailops import twin
    from retailops.drivers import signing

    state = root / chain.state.path / "simulated"
    world = twin.simulated(root, state / "world")
    return Ports(
        world=twin.NAME,
        sites=world.sites,
        prober=world.prober,
        configurator=world.configurator,
        stacks=world.stacks,
        lines=world.lines,
        verifier=world.verifier,
        web=world.web,
        artifacts=world.artifacts,
        find_stand_ins=lambda: twin.STANDS_IN,
        signatures=signing.of_simulation(root, chain.chain.id, root / chain.state.path, chain.environment == "lab"),
        **_own(root, state, world.clock),
    )


def _own(root: Path, state: Path, clock: Clock) -> dict[str, Any]:
    """The tool's own ports, the same in every world: they have to survive a kill."""
    from retailops.drivers.dbos import DbosDurable
    from retailops.drivers.evidence import SqliteEvidence
    from retailops.drivers.journal import SqliteJournal
    from retailops.drivers.locks import FileLocks
    from retailops.drivers.revisions import SqlitePauses, SqliteRevisions
    from retailops.drivers.rollouts import SqliteRollouts
    from retailops.drivers.secrets import FileSecrets

    locks = FileLocks(state / "locks", clock)
    return {
        "clock": clock,
        "evidence": SqliteEvidence(state / "evidence.sqlite"),
        "durable": DbosDurable(state / "dbos.sqlite"),
        "journal": SqliteJournal(state / "journal.sqlite", locks.held),
        "locks": locks,
        "secrets": FileSecrets(root),
        "revisions": SqliteRevisions(state / "revisions.sqlite"),
        "pauses": SqlitePauses(state / "revisions.sqlite"),
        "rollouts": SqliteRollouts(state / "revisions.sqlite"),
    }


def _refuse_stand_ins(chain: FleetFile) -> None:
    """Production names every engine and keeps its state shared; says all that is against it at once."""
    against = [
        f"{choice.need}: {choice.chosen or 'nothing'} is all there is here; production needs {choice.production}"
        for choice in survey_here()
        if choice.need != "hosts" and (choice.stands_in or not choice.chosen)
    ]
    unnamed = [name for name in type(chain.engines).model_fields if getattr(chain.engines, name) is None]
    if unnamed:
        against.append(f"fleet.yaml names no engine with version and digest for: {', '.join(unnamed)}")
    if chain.state.database is None:
        against.append("fleet.yaml names no state.database: production state is shared, in PostgreSQL")
    if chain.state.bucket is None:
        against.append("fleet.yaml names no state.bucket: the stacks' state is shared, in an S3-compatible bucket")
    against.append("this release acts on labs only: production over an inventory of real hosts is not built yet")
    raise RetailopsError(
        "this fleet is in production, and this machine can't act on it; nothing was touched",
        details="\n".join(against),
        resolution="Act from a machine that has the engines (retailops doctor), or rehearse with --simulate.",
    )
