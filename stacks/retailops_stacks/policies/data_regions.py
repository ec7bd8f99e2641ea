"""Where data of a class may live: payment data in no public cloud, personal data in the country."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from retailops_stacks.policies.registered import Policy, Registered

DATA_CLASS = "retailops/data-class"
PUBLIC = ("alicloud", "aws", "tencentcloud")
_ABROAD = ("cn-hongkong*",)
_HOME = {
    "alicloud": ("cn-*",),
    "aws": ("cn-*",),
    "tencentcloud": ("ap-beijing*", "ap-shanghai*", "ap-guangzhou*", "ap-nanjing*", "ap-chengdu*", "ap-chongqing*"),
}
_PLACES = ("region", "availabilityZone", "zoneId")


def _paid(item: Registered) -> Iterator[str]:
    if item.package in PUBLIC and item.labels.get(DATA_CLASS) == "payment":
        yield "holds payment data in a public cloud"


def _personal(resources: Sequence[Registered]) -> Iterator[tuple[Registered, str]]:
    providers = {item.kind.rsplit(":", 1)[-1]: item for item in resources if item.kind.startswith("pulumi:providers:")}
    for item in resources:
        if item.package in PUBLIC and item.labels.get(DATA_CLASS) == "personal":
            region = _region(item) or (_region(providers[item.package]) if item.package in providers else "")
            if region and not _at_home(item.package, region):
                yield item, f"holds personal data in {region}, which is not in the country"


def _region(item: Registered) -> str:
    return next((str(item.inputs[key]) for key in _PLACES if item.inputs.get(key)), "")


def _at_home(package: str, region: str) -> bool:
    inside = any(fnmatchcase(region, pattern) for pattern in _HOME[package])
    return inside and not any(fnmatchcase(region, pattern) for pattern in _ABROAD)


PAYMENT_REGION = Policy(
    "payment-region", "payment data stays where the auditor looked", "mandatory", _paid, waivable=False
)
PERSONAL_REGION = Policy("personal-region", "customers' data stays in the country", "mandatory", survey=_personal)
