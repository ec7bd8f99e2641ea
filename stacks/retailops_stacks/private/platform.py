"""The central platform: priorities first, then the services in the catalogue's order, the teams, and machines if asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import pulumi
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.scheduling import v1 as scheduling

from retailops_stacks.labels import Ownership
from retailops_stacks.machines.pool import MachinePool, MachinePoolArgs
from retailops_stacks.private.catalogue import CATALOGUE, Facts
from retailops_stacks.private.service import CentralService, ServiceArgs, Storage, Surroundings
from retailops_stacks.private.team import Team, TeamArgs
from retailops_stacks.settings import Settings

PRIORITIES = {True: ("retailops-critical", 1_000_000), False: ("retailops-standard", 100_000)}
Secret = Callable[[str], pulumi.Output[str] | None]


@dataclass(frozen=True)
class PlatformArgs:
    """One private cloud as its stack configuration gives it (`retailops.render.stack_config_private` writes that)."""

    around: Surroundings
    services: tuple[ServiceArgs, ...]
    teams: tuple[TeamArgs, ...]
    machines: MachinePoolArgs | None


class Platform(pulumi.ComponentResource):  # type: ignore[misc]
    """`outputs` are what the program exports: where each service is, and which wait for what."""

    outputs: dict[str, Any]

    def __init__(self, name: str, read: Settings, secret: Secret) -> None:
        super().__init__("retailops:private:Platform", name, {}, None)
        below = pulumi.ResourceOptions(parent=self)
        args = platform_args(read, _priorities(_ownership(read), below))
        machines = MachinePool(args.machines, below) if args.machines else None
        services = {
            item.id: CentralService(item, args.around, secret(f"{item.id}Password"), below) for item in args.services
        }
        teams = [Team(item, args.around.ownership, below) for item in args.teams]
        self.outputs = {
            "services": {key: item.address for key, item in services.items() if item.address and not item.waiting},
            "waiting": {key: item.waiting for key, item in services.items() if item.waiting},
            "teams": [team.name for team in teams],
            "events": services["events"].address if "events" in services else "",
            "machines": machines.names if machines else [],
            "priced": {"machine": args.machines.machine, "size": args.machines.size} if args.machines else {},
        }
        self.register_outputs(self.outputs)


def _ownership(read: Settings) -> Ownership:
    return Ownership(read.text("cloud"), 1, read.text("owner"), read.text("costCentre"))


def _priorities(ownership: Ownership, below: pulumi.ResourceOptions) -> dict[bool, pulumi.Output[str]]:
    return {
        critical: scheduling.PriorityClass(
            name,
            metadata=meta.ObjectMetaArgs(name=name, labels=ownership.labels("operations")),
            value=value,
            description="What stores wait for" if critical else "Central services",
            opts=below,
        ).metadata.name
        for critical, (name, value) in PRIORITIES.items()
    }


def platform_args(read: Settings, priorities: dict[bool, pulumi.Output[str]]) -> PlatformArgs:
    """From the configuration values of namespace `private`; raises `pulumi.RunError` naming a missing or odd one."""
    storage = read.text("storage")
    if storage not in ("claim", "host"):
        raise read.fault("storage", f"is {storage!r}; there are claim and host")
    services = read.each("services", ServiceArgs)
    if unknown := [item.id for item in services if item.id not in CATALOGUE]:
        raise read.fault("services", f"names {', '.join(unknown)}; there are {', '.join(CATALOGUE)}")
    return PlatformArgs(
        around=Surroundings(
            ownership=_ownership(read),
            facts=Facts(read.text("cloud"), read.document("hubs", dict)),
            storage=cast(Storage, storage),
            storage_class=read.get("storageClass") or "",
            callers=read.networks("callers"),
            priorities=priorities,
        ),
        services=tuple(sorted(services, key=lambda item: list(CATALOGUE).index(item.id))),
        teams=read.each("teams", TeamArgs),
        machines=read.one("machines", MachinePoolArgs),
    )


def private_platform(config: pulumi.Config) -> Platform:
    """The platform that the configuration describes."""
    read = Settings("private", config.get)
    return Platform(read.text("cloud"), read, config.get_secret)
