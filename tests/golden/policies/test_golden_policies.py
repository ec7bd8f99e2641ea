"""Policies, golden: what a program registers -> what they object to, one small file each.

A case has `why`, `resources` (each `kind`, `name`, `inputs`) and `lines` (`level policy: resource message`).
`of` names the policies that look; without it all do. `config` is the stack's configuration, where the fleet's settings are.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from retailops_stacks.policies import POLICIES, Registered, policy_settings, violations

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
KEYS = {"why", "resources", "of", "config", "lines"}
BY_NAME = {policy.name: policy for policy in POLICIES}


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_policies(file: Path) -> None:
    text = file.read_text("utf-8")
    assert text.startswith("why: ")
    case = yaml.safe_load(text)
    assert case.keys() <= KEYS, case.keys() - KEYS
    assert all(item.keys() == {"kind", "name", "inputs"} for item in case["resources"])
    chosen = [BY_NAME[name] for name in case.get("of", BY_NAME)]
    settings = policy_settings(case.get("config", {}))
    found = violations([Registered(**item) for item in case["resources"]], chosen, settings)
    assert [f"{item.level} {item}" for item in found] == case["lines"]
    if "of" in case:
        assert {item.policy for item in found} <= set(case["of"])


def test_every_policy_has_a_case_that_fails() -> None:
    named = {line.split(":")[0].split(" ")[1] for file in CASES for line in yaml.safe_load(file.read_text())["lines"]}
    assert named == set(BY_NAME)
