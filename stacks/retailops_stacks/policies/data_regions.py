"""Where data of a class may live, by the fleet's own placement; what stands in no public cloud stays private."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from retailops_stacks.policies.fleet_settings import PolicySettings
from retailops_stacks.policies.registered import Policy, Registered

DATA_CLASS = "retailops/data-class"
PUBLIC = ("alicloud", "aws", "tencentcloud", "lab")
_PLACES = ("region", "availabilityZone", "zoneId")


def _paid(item: Registered) -> Iterator[str]:
    if item.package in PUBLIC and item.labels.get(DATA_CLASS) == "payment":
        yield "holds payment data in a public cloud"


def _personal(resources: Sequence[Registered], settings: PolicySettings) -> Iterator[tuple[Registered, str]]:
    allowed = (settings.placement or {}).get("personal", ())
    yield from _misplaced(resources, settings, "personal", allowed)


def _declared(resources: Sequence[Registered], settings: PolicySettings) -> Iterator[tuple[Registered, str]]:
    if settings.placement is not None:
        for data_class in ("public", "operations", "sales"):
            yield from _misplaced(resources, settings, data_class, settings.placement.get(data_class, ()))


def _misplaced(
    resources: Sequence[Registered], settings: PolicySettings, data_class: str, allowed: Sequence[str]
) -> Iterator[tuple[Registered, str]]:
    providers = {item.kind.rsplit(":", 1)[-1]: item for item in resources if item.kind.startswith("pulumi:providers:")}
    for item in resources:
        if item.package in PUBLIC and item.labels.get(DATA_CLASS) == data_class:
            place = _place(item, providers.get(item.package), settings)
            if not any(_within(place, region) for region in allowed):
                where = place or "a region that nobody named"
                yield (
                    item,
                    f"holds {data_class} data in {where}; placement allows {', '.join(allowed) or 'the private side'} only",
                )


def _place(item: Registered, provider: Registered | None, settings: PolicySettings) -> str:
    named = (one for one in (item, provider) if one is not None)
    found = (str(one.inputs[key]) for one in named for key in _PLACES if one.inputs.get(key))
    return next(found, "") or settings.provider_regions.get(item.package, "") or settings.region


def _within(place: str, region: str) -> bool:
    """Whether a region or one of its zones is meant: `cn-hangzhou-h`, `eu-west-1a`, `ap-beijing-3`."""
    return place == region or re.fullmatch(rf"{re.escape(region)}(-?[a-z]|-[0-9]{{1,2}})", place) is not None


PAYMENT_REGION = Policy(
    "payment-region", "payment data stays where the auditor looked", "mandatory", _paid, waivable=False
)
PERSONAL_REGION = Policy(
    "personal-region", "customers' data stays where they were told that it is", "mandatory", survey=_personal
)
DATA_REGION = Policy("data-region", "who may ask for data depends on where it lies", "mandatory", survey=_declared)
