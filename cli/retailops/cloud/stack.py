"""The request for a cloud's stack: which program, which configuration, and where its secrets are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from retailops.cloud import centre
from retailops.cloud.catalog import of_cloud
from retailops.cloud.promotion.scaling import standing
from retailops.cloud.stand_ins import stood_in
from retailops.errors import FleetError, RetailopsError, Unreachable
from retailops.model.chain import FleetFile
from retailops.model.clouds import WITH_PASSWORD, Cloud
from retailops.model.own_secret import drawn
from retailops.ports import CloudPorts, Secrets, StackRequest
from retailops.render.policy_waivers import policy_waivers
from retailops.render.stack_config_private import private_secrets


def cloud_of(chain: FleetFile, name: str) -> Cloud | None:
    """The cloud of that id; None where there is none."""
    return next((cloud for cloud in chain.clouds if cloud.id == name), None)


def request(
    root: Path,
    chain: FleetFile,
    cloud: Cloud,
    resolve: Secrets,
    passphrase: Path,
    kubeconfig: Path | None,
    lab: CloudPorts | None = None,
) -> StackRequest:
    """One stack a cloud, named after it, its state beside the stores' ones; as large as a promotion that is under way asks for.

    In a lab the private cloud is the centre's own cluster, unless `kubeconfig` names another; its services have the images that
    were made here, and passwords of the lab's own. Raises `FleetError` where the cloud has no stack, or is private and nobody says
    which cluster is meant.
    """
    state = root / chain.state.path
    if cloud.kind == "private" and kubeconfig is None:
        kubeconfig = centre.found(lab, state) if lab else None
        if kubeconfig is None:
            raise FleetError(
                f"the stack of {cloud.id} needs its cluster",
                resolution="Name it: --kubeconfig FILE (any conformant cluster); in a lab: retailops lab centre.",
            )
    stack = of_cloud(chain, stood_in(cloud, lab) if lab else cloud)
    if stack is None:
        raise FleetError(f"cloud {cloud.id} describes nothing for a stack to make", resolution="retailops schema fleet")
    scaled = {f"{cloud.kind}:{key}": value for key, value in standing(state / "bursts", cloud.id).items()}
    return StackRequest(
        program=stack.program,
        stack=stack.stack,
        config={**stack.config, **scaled},
        state=chain.state.bucket or str(state / "stacks"),
        passphrase_file=passphrase,
        secrets_provider=chain.state.secrets_provider or "",
        kubeconfig=kubeconfig,
        secret_config={
            **(_own_passwords(cloud, lab, state / "keys") if lab else {}),
            **{key: resolve.file(reference) for key, reference in private_secrets(cloud).items()},
        },
        refresh=True,
        waivers=policy_waivers(root),
    )


@dataclass(frozen=True)
class AtHand:
    """Secrets as a pipeline has them: without one of them the cloud is out of reach, and nothing is broken."""

    secrets: Secrets
    cloud: str

    def file(self, reference: str) -> Path:
        try:
            return self.secrets.file(reference)
        except RetailopsError as error:
            raise Unreachable(f"{self.cloud}: {error.message}", resolution=error.resolution) from error


def request_of_pipeline(
    root: Path,
    chain: FleetFile,
    cloud: Cloud,
    at_hand: AtHand,
    passphrase: Path,
    kubeconfigs: Mapping[str, Path],
    lab: CloudPorts | None = None,
) -> StackRequest:
    """The same for a pipeline; raises `Unreachable` where the cloud's cluster or a secret of it is not at hand.

    A private cloud's cluster is that of `kubeconfigs`, else of its `credentials`, else the lab's own.
    """
    opened = at_hand.file(cloud.credentials) if cloud.credentials else None
    cluster = kubeconfigs.get(cloud.id)
    if cloud.kind == "private":
        cluster = cluster or opened or (centre.found(lab, root / chain.state.path) if lab else None)
        if cluster is None or not cluster.is_file():
            what = f"{cluster} is not there" if cluster else "nobody says which its cluster is"
            raise Unreachable(f"{cloud.id}: {what}", resolution=f"--kubeconfig {cloud.id}=FILE")
    return request(root, chain, cloud, at_hand, passphrase, cluster, lab)


def _own_passwords(cloud: Cloud, lab: CloudPorts, keys: Path) -> dict[str, Path]:
    """Of services that the lab has an image for, and that need one and name none."""
    waiting = (each.id for each in cloud.services if each.id in WITH_PASSWORD and not each.password)
    return {f"private:{service}Password": drawn(keys / service) for service in waiting if service in lab.images}
