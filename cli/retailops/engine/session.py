"""A stack opened for one call: what is asked for, what was found, and what came of it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from retailops.engine.deployment import EVERYTHING
from retailops.engine.project import Project
from retailops.engine.providers.port import OnLine
from retailops.engine.state.checkpoint import State
from retailops.engine.state.crypto import Crypter
from retailops.engine.state.store import Store
from retailops.engine.steps import Step
from retailops.engine.targeting import Targets
from retailops.engine.values import MASK


@dataclass(frozen=True)
class Request:
    """One stack and what it is run with; `secrets` are plain here and nowhere else.

    `refresh` reads every resource again first, as `pulumi up --refresh` does; a preview keeps that to itself. With `skip_preview`
    an `up` runs the program and its policies first all the same, but asks no provider what it would say.
    """

    program: Path
    stack: str
    state: str
    passphrase_file: Path
    config: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    kubeconfig: Path | None = None
    patience: float = 600.0
    refresh: bool = False
    skip_preview: bool = False
    targets: Targets = EVERYTHING


@dataclass(frozen=True)
class Outcome:
    """`outputs` masked; `digest` is the SHA-256 of the state file after the call, "" while there is none."""

    steps: tuple[Step, ...]
    outputs: Mapping[str, Any]
    digest: str


@dataclass
class Session:
    """A stack opened for one call."""

    request: Request
    project: Project
    store: Store
    state: State
    crypter: Crypter
    digest: str
    config: Mapping[str, str]
    secret_keys: list[str]
    passphrase: str = field(repr=False)

    @property
    def known_secrets(self) -> tuple[str, ...]:
        """Secret texts long enough to be looked for in everything that is kept or shown, and their Base64; longest first."""
        texts = {text for key in self.secret_keys if len(text := self.config[key]) >= 6}
        encoded = {base64.b64encode(text.encode()).decode() for text in texts}
        return tuple(sorted(texts | encoded, key=len, reverse=True))

    def quiet(self, on_line: OnLine) -> OnLine:
        """Lines without any known secret."""
        known = self.known_secrets

        def line(text: str) -> None:
            for secret in known:
                text = text.replace(secret, MASK)
            on_line(text)

        return line
