"""The request for a cloud's stack: which program, which configuration, and where its secrets are."""

from __future__ import annotations

from pathlib import Path

from retailops.cloud.catalog import wanted
from retailops.cloud.scaling import standing
from retailops.errors import FleetError
from retailops.model.chain import FleetFile
from retailops.model.clouds import Cloud
from retailops.ports import Secrets, StackRequest
from retailops.render.policy_waivers import policy_waivers
from retailops.render.stack_config_private import private_secrets


def cloud_of(chain: FleetFile, name: str) -> Cloud | None:
    """The cloud of that id; None where there is none."""
    return next((cloud for cloud in chain.clouds if cloud.id == name), None)


def request(
    root: Path, chain: FleetFile, cloud: Cloud, resolve: Secrets, passphrase: Path, kubeconfig: Path | None
) -> StackRequest:
    """One stack a cloud, named after it, its state beside the stores' ones; as large as a promotion that is under way asks for.

    Raises `FleetError` where the cloud has no stack, or is private and nobody says which cluster is meant.
    """
    if cloud.kind == "private" and kubeconfig is None:
        raise FleetError(
            f"the stack of {cloud.id} needs its cluster",
            resolution="Name it: --kubeconfig FILE (any conformant cluster).",
        )
    stack, bursts = wanted(root, cloud.kind, cloud.id), root / chain.state.path / "bursts"
    scaled = {f"{cloud.kind}:{key}": value for key, value in standing(bursts, cloud.id).items()}
    return StackRequest(
        program=stack.program,
        stack=stack.stack,
        config={**stack.config, **scaled},
        state=chain.state.bucket or str(root / chain.state.path / "stacks"),
        passphrase_file=passphrase,
        kubeconfig=kubeconfig,
        secret_config={key: resolve.file(reference) for key, reference in private_secrets(cloud).items()},
        refresh=True,
        waivers=policy_waivers(root),
    )
