"""Tools that change the world: Ansible and Pulumi."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from retailops.ports.policies import PolicyFinding, PolicyWaiver
from retailops.ports.sites import Host
from retailops.ports.values import Json, OnLine


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


class Configurator(Protocol):
    """Ansible. Raises `Unreachable` or `ToolError` with the failing host, task and the tool's last words."""

    def play(self, play: Play, on_line: OnLine) -> PlayResult: ...


@dataclass(frozen=True)
class StackTargets:
    """The resources that a call may touch, all where `names` is empty; `dependents` adds what needs them.

    Both `names` and `replace` (those replaced even without a change) hold URNs, `type::name` or names, with `*` and `**`.
    """

    names: tuple[str, ...] = ()
    dependents: bool = False
    replace: tuple[str, ...] = ()


@dataclass(frozen=True)
class StackRequest:
    """One Pulumi stack: the folder with its `Pulumi.yaml`, plain config (`project:key` -> text) and where its secrets are.

    `state` is the backend folder or URL, `passphrase_file` opens the stack's secrets, `kubeconfig` is what the default
    kubernetes provider gets; its content is a secret. With `refresh` every resource is read again first, so that what is gone
    or was changed by others counts as a change. With `skip_preview` an `up` asks no provider what it would say beforehand; policies
    are asked all the same. A policy's demand that one of `waivers` covers does not stop.
    `secrets_provider` names a KMS or Vault that takes the passphrase's place, as Pulumi writes it.
    """

    program: Path
    stack: str
    config: Mapping[str, str]
    state: str
    passphrase_file: Path
    kubeconfig: Path | None = None
    secret_config: Mapping[str, Path] = field(default_factory=dict)
    refresh: bool = False
    skip_preview: bool = False
    waivers: tuple[PolicyWaiver, ...] = ()
    targets: StackTargets = StackTargets()
    policies: bool = False
    patience: float = 600.0
    secrets_provider: str = ""


@dataclass(frozen=True)
class StackStep:
    """What happens, or would happen, to one resource; `diff` names changed property paths, secrets masked."""

    op: Literal["same", "create", "update", "replace", "delete", "read", "refresh", "import"]
    urn: str
    diff: tuple[str, ...] = ()


@dataclass(frozen=True)
class StackResult:
    """`outputs` has secrets masked; `engine` names engine and version; `digest` is the state's revision after the call.

    `findings` are what policies objected to without stopping it.
    """

    steps: tuple[StackStep, ...]
    outputs: Mapping[str, Json]
    engine: str
    digest: str
    findings: tuple[PolicyFinding, ...] = ()

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


@runtime_checkable
class MovesState(Protocol):
    """An engine that can look into the places of stacks' state: folders and `s3://` URLs."""

    def stacks_in(self, state: str) -> list[str]:
        """`PROJECT/STACK` of every stack there."""
        ...

    def move(self, name: str, source: str, target: str) -> None:
        """Moves the state and history of one stack; raises `RetailopsError`, having removed nothing."""
        ...


@runtime_checkable
class OpensSecrets(Protocol):
    """An engine that can say what opens a stack's secrets, by its state."""

    def opener(self, request: StackRequest) -> Mapping[str, str]:
        """`encryptionsalt`, or `secretsprovider` and `encryptedkey`, as a settings file has them; empty where nothing is kept yet."""
        ...
