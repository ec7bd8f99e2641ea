"""The request for a store's edge stack: which program, which configuration, and where its state and its secrets are."""

from __future__ import annotations

from pathlib import Path

from retailops import assets
from retailops.edge.artifacts import TILL, Artifacts
from retailops.model import StoreDesign, load_chain
from retailops.model.chain import State
from retailops.model.own_secret import drawn
from retailops.ports import Secrets, StackRequest
from retailops.render.policy_waivers import policy_waivers
from retailops.render.stack_config import TILL_IMAGE, edge_secrets, edge_stack_config

PROJECT = "edge"


def request(
    design: StoreDesign, root: Path, resolve: Secrets, artifacts: Artifacts, kubeconfig: Path | None
) -> StackRequest:
    """One stack a store, named after it; the state is where fleet.yaml says, beside it in a lab."""
    state = load_chain(root).state
    folder = root / state.path
    passphrase = passphrase_file(folder, state, resolve)
    config = edge_stack_config(design, image=artifacts.images.get(TILL, TILL_IMAGE))
    return StackRequest(
        program=assets.path("stacks", PROJECT),
        stack=design.id,
        config=config,
        state=state.bucket or str(folder / "stacks"),
        passphrase_file=passphrase,
        secrets_provider=state.secrets_provider or "",
        kubeconfig=kubeconfig,
        secret_config={key: resolve.file(reference) for key, reference in edge_secrets(config).items()},
        refresh=True,
        waivers=policy_waivers(root),
    )


def passphrase_file(folder: Path, state: State, resolve: Secrets) -> Path:
    """What opens the secrets of the fleet's stacks: the one that fleet.yaml names, else the lab's own in the state's `folder`."""
    return resolve.file(state.passphrase) if state.passphrase else drawn(folder / "keys" / "stacks")
