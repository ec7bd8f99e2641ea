"""The public program: which provider, and one region's configuration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any, cast

import pulumi

from retailops_stacks.clouds.front import FrontArgs
from retailops_stacks.clouds.region import (
    Backend,
    BucketArgs,
    BudgetArgs,
    DatabaseArgs,
    PoolArgs,
    Region,
    RegionArgs,
)
from retailops_stacks.labels import Ownership
from retailops_stacks.settings import Settings

BACKENDS = {
    "alibaba": ("retailops_stacks.clouds.alibaba", "Alibaba"),
    "aws": ("retailops_stacks.clouds.aws", "Aws"),
    "lab": ("retailops_stacks.clouds.lab", "Lab"),
}
"""Provider -> its module, imported only when it is named, and its class."""


def backend(provider: str) -> Backend:
    """The back-end of a provider; raises `pulumi.RunError` naming what is missing."""
    if provider not in BACKENDS:
        raise pulumi.RunError(f"public:provider is {provider!r}; there are {', '.join(BACKENDS)}")
    module, name = BACKENDS[provider]
    try:
        return cast(Backend, getattr(import_module(module), name)())
    except ModuleNotFoundError as error:
        package = (error.name or "").replace("_", "-")
        raise pulumi.RunError(
            f"provider {provider} needs the package {package}, which is not installed: pip install 'retailops[clouds]'"
        ) from error


def region_args(get: Callable[[str], str | None]) -> RegionArgs:
    """From the configuration values of namespace `public`; raises `pulumi.RunError` naming a missing or odd one."""
    read = Settings("public", get)
    return RegionArgs(
        ownership=Ownership(read.text("cloud"), 1, read.text("owner"), read.text("costCentre")),
        region=read.text("region"),
        zones=tuple(map(str, read.document("zones", list))),
        prefix=read.network("prefix"),
        pods=read.network("pods"),
        services=read.network("services"),
        version=read.get("version") or "",
        pool=PoolArgs(read.text("machine"), read.whole("minimum"), read.whole("maximum"), read.whole("size")),
        buckets=read.each("buckets", BucketArgs),
        database=read.one("database", DatabaseArgs),
        hubs=read.document("hubs", dict),
        behind=read.networks("behind"),
        budget=read.one("budget", BudgetArgs),
        pool_labels=read.document("poolLabels", dict),
        front=_front(read),
    )


def _front(read: Settings) -> FrontArgs | None:
    """As many replicas as `public:replicas` says: a promotion asks for more."""
    found: FrontArgs | None = read.one("front", FrontArgs)
    return replace(found, replicas=read.whole("replicas")) if found else None


def public_region(get: Callable[[str], str | None]) -> Region:
    """The region that the configuration describes, with its provider, and what the private cloud's stack says of itself."""
    args, read = region_args(get), Settings("public", get)
    region = Region(args.name, args, backend(read.text("provider")))
    if stack := read.get("centre"):
        region.outputs["centre"] = centre_of(stack)
    return region


def centre_of(stack: str) -> dict[str, pulumi.Output[Any]]:
    """Where the central services are, out of the outputs of `organization/private/<cloud>`."""
    reference = pulumi.StackReference(stack)
    return {name: reference.get_output(name) for name in ("events", "services")}
