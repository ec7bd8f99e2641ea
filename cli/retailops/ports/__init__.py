"""The ports: what the tool asks of the world, and every value that crosses.

Implemented for real by `drivers/` and `lab/`, in memory by `twin/`; one contract test holds both to the same behaviour.
Every value is frozen and made of JSON types, bytes or other values of this file, so that a step's result can be stored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from retailops.ports.adoption import Adopted, Adoption, Adopts, Existing
from retailops.ports.ground import ControllerMood, Faults, Ground
from retailops.ports.history import History
from retailops.ports.machines import CloudMachine, CloudPorts, Clusters, ImageArchive, Machines, Web
from retailops.ports.policies import PolicyFinding, PolicyRefused, PolicyWaiver
from retailops.ports.records import (
    Clock,
    Durable,
    Event,
    Evidence,
    EvidenceStore,
    Execute,
    Journal,
    Lock,
    Locks,
    RunKey,
    Step,
)
from retailops.ports.revisions import Pause, Pauses, Revision, Revisions, Status
from retailops.ports.rollouts import Progress, Release, ReleasedRing, Rollout, Rollouts, RolloutStatus
from retailops.ports.sites import (
    Direction,
    Host,
    Interface,
    Lines,
    Prober,
    Reading,
    Role,
    Site,
    Sites,
    Verdict,
    Verifier,
)
from retailops.ports.stack_state import KeepsState, StackItem, StackLock, StackRecord, StackUpdate
from retailops.ports.tools import (
    Configurator,
    MovesState,
    OpensSecrets,
    Play,
    PlayResult,
    RenderedFile,
    StackRequest,
    StackResult,
    Stacks,
    StackStep,
    StackTargets,
)
from retailops.ports.trust import Choice, Secrets, Signature, Signatures
from retailops.ports.values import Json, OnLine

__all__ = [
    "Adopted",
    "Adoption",
    "Adopts",
    "Choice",
    "Clock",
    "CloudMachine",
    "CloudPorts",
    "Clusters",
    "Configurator",
    "ControllerMood",
    "Direction",
    "Durable",
    "Event",
    "Evidence",
    "EvidenceStore",
    "Execute",
    "Existing",
    "Faults",
    "Ground",
    "History",
    "Host",
    "ImageArchive",
    "Interface",
    "Journal",
    "Json",
    "KeepsState",
    "Lines",
    "Lock",
    "Locks",
    "Machines",
    "MovesState",
    "OnLine",
    "OpensSecrets",
    "Pause",
    "Pauses",
    "Play",
    "PlayResult",
    "PolicyFinding",
    "PolicyRefused",
    "PolicyWaiver",
    "Ports",
    "Prober",
    "Progress",
    "Reading",
    "Release",
    "ReleasedRing",
    "RenderedFile",
    "Revision",
    "Revisions",
    "Role",
    "Rollout",
    "RolloutStatus",
    "Rollouts",
    "RunKey",
    "Secrets",
    "Signature",
    "Signatures",
    "Site",
    "Sites",
    "StackItem",
    "StackLock",
    "StackRecord",
    "StackRequest",
    "StackResult",
    "StackStep",
    "StackTargets",
    "StackUpdate",
    "Stacks",
    "Status",
    "Step",
    "Verdict",
    "Verifier",
    "Web",
]


@dataclass(frozen=True)
class Ports:
    """Everything a stage may touch, chosen once by the wiring. `world` is `lab`, `production` or `SIMULATED`.

    `find_stand_ins` looks around on this computer, which only what reports them pays for.
    """

    world: str
    sites: Sites
    prober: Prober
    configurator: Configurator
    stacks: Stacks
    lines: Lines
    clock: Clock
    evidence: EvidenceStore
    durable: Durable
    journal: Journal
    locks: Locks
    secrets: Secrets
    artifacts: Path
    find_stand_ins: Callable[[], tuple[str, ...]] = tuple
    signatures: Signatures | None = None
    verifier: Verifier | None = None
    revisions: Revisions | None = None
    pauses: Pauses | None = None
    rollouts: Rollouts | None = None
    web: Web | None = None
    cloud: CloudPorts | None = None
    ground: Ground | None = None
    faults: Faults | None = None

    @property
    def stands_in(self) -> tuple[str, ...]:
        """What stands in for something else in this world, in words for people."""
        return self.find_stand_ins()
