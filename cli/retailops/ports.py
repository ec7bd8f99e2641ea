"""The ports: what the tool asks of the world, and every value that crosses.

Implemented for real by `drivers/` and `lab/`, in memory by `twin/`; one contract test holds both to the same behaviour.
Every value is frozen and made of JSON types, bytes or other values of this file, so that a step's result can be stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

Json = Any
"""None, bool, int, float, str, list and dict with str keys, nested."""

Role = Literal["gateway", "server", "agent", "hub", "centre", "device"]
Direction = Literal["both", "in", "out"]


@dataclass(frozen=True)
class Host:
    """A machine that can be reached now: `name` is unique in the fleet (`s0001-gw1`, `hub1`).

    `address` is where the controller finds it (SSH), or the namespace's name for `transport="netns"` (lab devices only).
    `zone` is set for devices: the zone whose network they are plugged into.
    """

    name: str
    role: Role
    address: str
    store: str | None = None
    zone: str | None = None
    transport: Literal["ssh", "netns"] = "ssh"
    user: str = "root"
    port: int = 22
    identity: Path | None = None
    known_hosts: Path | None = None


@dataclass(frozen=True)
class Interface:
    """How a network of the design is plugged into a host: `network` is `uplink:<id>`, `zone:<zone>`, `centre`, `management` or `crosslink`."""

    network: str
    device: str


@dataclass(frozen=True)
class Site:
    """What is known of a store's machines and the hubs it calls, from the lab or from an inventory; never computed from the design.

    `interfaces` maps a host's name to its plugs; `endpoints` maps `(hub, uplink id)` as `"hub1/a"` to `address:port`-less
    addresses at which the hub answers on that uplink's provider.
    """

    store: str
    hosts: tuple[Host, ...]
    interfaces: Mapping[str, tuple[Interface, ...]]
    endpoints: Mapping[str, str]
    stands_in: tuple[str, ...] = ()


class Sites(Protocol):
    """Where a store's machines are. Raises `RetailopsError` where the store has none yet."""

    def site(self, store: str) -> Site: ...


@dataclass(frozen=True)
class Reading:
    """One question to a host, answered by a small read-only program of `retailops/probes/<name>.py` that runs there.

    The program gets `args` as one JSON object on its command line's only argument and prints one JSON object.
    """

    name: str
    args: Mapping[str, Json] = field(default_factory=dict)
    timeout: float = 30.0


class Prober(Protocol):
    """Asks hosts. Raises `Unreachable` if the host does not answer, `ToolError` if the program failed there."""

    def read(self, host: Host, reading: Reading) -> dict[str, Json]: ...

    def reboot(self, host: Host) -> None:
        """Ask for an orderly reboot and return at once."""


@dataclass(frozen=True)
class RenderedFile:
    """A file for a host, computed here; `content` holds no secret."""

    content: bytes
    mode: str = "0644"
    owner: str = "root"


@dataclass(frozen=True)
class Play:
    """One converge: playbook `playbooks/<playbook>.yml` over `groups` (inventory group -> hosts).

    `files` maps host name -> absolute path on the host -> file; they reach the node byte for byte, never templated.
    `variables` maps host name -> the mapping that roles see as `retailops`; every string in it is marked unsafe.
    """

    playbook: str
    groups: Mapping[str, tuple[Host, ...]]
    files: Mapping[str, Mapping[str, RenderedFile]] = field(default_factory=dict)
    variables: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    check: bool = False


@dataclass(frozen=True)
class PlayResult:
    """`changed`: host -> names of the tasks that changed it; `facts`: host -> what roles handed back under `retailops_result`."""

    changed: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, Mapping[str, Json]]
    seconds: float


OnLine = Callable[[str], None]
"""Takes one line of progress, plain text without secrets."""


class Configurator(Protocol):
    """Ansible. Raises `Unreachable` or `ToolError` with the failing host, task and the tool's last words."""

    def play(self, play: Play, on_line: OnLine) -> PlayResult: ...


@dataclass(frozen=True)
class StackRequest:
    """One Pulumi stack: the folder with its `Pulumi.yaml`, plain config (`project:key` -> text) and where its secrets are.

    `state` is the backend folder or URL, `passphrase_file` opens the stack's secrets, `kubeconfig` is what the default
    kubernetes provider gets; its content is a secret. With `refresh` every resource is read again first, so that what is gone
    or was changed by others counts as a change.
    """

    program: Path
    stack: str
    config: Mapping[str, str]
    state: str
    passphrase_file: Path
    kubeconfig: Path | None = None
    secret_config: Mapping[str, Path] = field(default_factory=dict)
    refresh: bool = False


@dataclass(frozen=True)
class StackStep:
    """What happens, or would happen, to one resource; `diff` names changed property paths, secrets masked."""

    op: Literal["same", "create", "update", "replace", "delete", "read", "refresh"]
    urn: str
    diff: tuple[str, ...] = ()


@dataclass(frozen=True)
class StackResult:
    """`outputs` has secrets masked; `engine` names engine and version; `digest` is the state's revision after the call."""

    steps: tuple[StackStep, ...]
    outputs: Mapping[str, Json]
    engine: str
    digest: str

    @property
    def changes(self) -> int:
        """How many resources are, or would be, touched."""
        return sum(step.op not in ("same", "read") for step in self.steps)


class Stacks(Protocol):
    """A Pulumi engine. Raises `ToolError`, `Locked` for a held stack, `RetailopsError` for a wrong passphrase."""

    engine: str

    def preview(self, request: StackRequest, on_line: OnLine) -> StackResult: ...

    def up(self, request: StackRequest, on_line: OnLine) -> StackResult: ...

    def refresh(self, request: StackRequest, on_line: OnLine) -> StackResult: ...

    def destroy(self, request: StackRequest, on_line: OnLine) -> StackResult: ...

    def outputs(self, request: StackRequest) -> Mapping[str, Json]: ...


class Lines(Protocol):
    """Cuts a store's internet line beyond the store's own equipment, so that no interface there goes down."""

    def cut(self, store: str, uplink: str, direction: Direction = "both") -> None: ...

    def heal(self, store: str, uplink: str) -> None: ...

    def state(self, store: str) -> Mapping[str, str]:
        """Uplink id -> `up` or the direction that is cut."""


class Clock(Protocol):
    """UTC now, a monotonic reading in seconds, and waiting."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True)
class Evidence:
    """One fact that a gate can stand on; appended once, chained by hash per store.

    `digest` is the design digest it holds for; `kind` is the check's name within its gate (`nodes_ready`); `form` says how it was had.
    `previous` and `hash` are filled by the store of evidence; `hash` covers all other fields in canonical JSON.
    """

    store: str
    stage: str
    attempt: int
    gate: str
    kind: str
    form: Literal["probe", "artifact", "attestation", "ticket"]
    ok: bool
    by: str
    at: datetime
    expires: datetime | None
    digest: str
    payload: Mapping[str, Json]
    world: str
    previous: str = ""
    hash: str = ""


class EvidenceStore(Protocol):
    """Append-only. A second append with the same (store, stage, attempt, gate, kind) returns the first and adds nothing."""

    def append(self, evidence: Evidence) -> Evidence: ...

    def of(self, store: str) -> tuple[Evidence, ...]:
        """In order of appending; raises `RetailopsError` when the chain is broken, naming the first bad link."""


@dataclass(frozen=True)
class RunKey:
    """One automated stretch. `plan` is the plan digest, whose file holds the actions."""

    store: str
    stage: str
    attempt: int
    plan: str

    @property
    def id(self) -> str:
        return f"{self.store}/{self.stage}/{self.attempt}"


@dataclass(frozen=True)
class Step:
    """One durable step of a run: `name` is unique within it; `params` is what the step's handler gets."""

    name: str
    params: Mapping[str, Json]


Execute = Callable[[Step], Json]
"""Performs a step, which may run twice; its JSON result is stored before the next step begins."""


class Durable(Protocol):
    """Runs steps in order, each result on disk before the next; the same key again goes on where it was, or returns what is stored.

    Raises what `execute` raised (the run is then failed and a new attempt is a new key).
    """

    def run(self, key: RunKey, steps: Sequence[Step], execute: Execute) -> list[Json]: ...


@dataclass(frozen=True)
class Event:
    """One line of a run's history. `what`: run_started, step_started, step_done, step_failed, run_done, run_failed, run_cancelled, line."""

    run: str
    at: datetime
    what: str
    step: str
    text: str


class Journal(Protocol):
    """What happened, for people: appended by the runner, read without launching anything."""

    def add(self, event: Event) -> None: ...

    def runs(self) -> tuple[Mapping[str, Json], ...]:
        """Newest first: `{run, store, stage, attempt, plan, status, started, ended, step}`.

        The status is running, done, failed, cancelled or interrupted.
        """

    def events(self, run: str) -> tuple[Event, ...]: ...


class Lock(Protocol):
    """A held lock; released by `release`, or by the holder's death."""

    def release(self) -> None: ...


class Locks(Protocol):
    """`take` never waits: raises `Locked` with who holds it, since when and doing what."""

    def take(self, name: str, doing: str) -> Lock: ...


class Secrets(Protocol):
    """Resolves a reference (`file:…`, `env:…`, `sops:…`, `vault:…`) into a 0600 file that lives as long as the process."""

    def file(self, reference: str) -> Path: ...


@dataclass(frozen=True)
class Choice:
    """One need of the tool and what serves it here; `chosen` is empty where nothing does, and `remedy` then says how to get it."""

    need: str
    chosen: str
    version: str
    why: str
    stands_in: bool = False
    production: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Signature:
    """Who signed: the principal as the trust file names it, and the key's fingerprint (`SHA256:…`)."""

    signer: str
    fingerprint: str


class Signatures(Protocol):
    """Signs bytes and says who signed, for one namespace; `identity` is whom we sign as."""

    @property
    def identity(self) -> str: ...

    def prepare(self, namespace: str) -> tuple[str, ...]:
        """Makes sure that we can sign; returns a line for each thing that it had to do."""

    def sign(self, content: bytes, namespace: str) -> bytes:
        """The armoured signature; the same again for the same content."""

    def verify(self, content: bytes, armour: bytes, namespace: str) -> Signature:
        """Raises `GateNotMet` unless a trusted signer signed exactly this, for this namespace."""


@dataclass(frozen=True)
class Verdict:
    """What the hosts' own tests said: `failed` names each test with its last words."""

    passed: int
    failed: Mapping[str, str]
    seconds: float

    def to_json(self) -> dict[str, Json]:
        return {"passed": self.passed, "failed": dict(self.failed), "seconds": round(self.seconds, 2)}


class Verifier(Protocol):
    """Runs `playbooks/verify/test_*.py` (testinfra) against hosts. Raises `ToolError` where they can't run at all."""

    def verify(self, hosts: Sequence[Host], on_line: OnLine) -> Verdict: ...


@dataclass(frozen=True)
class Ports:
    """Everything a stage may touch, chosen once by the wiring. `world` is `lab`, `production` or `SIMULATED`."""

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
    stands_in: tuple[str, ...] = ()
    signatures: Signatures | None = None
    verifier: Verifier | None = None
