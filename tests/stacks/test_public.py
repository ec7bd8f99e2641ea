"""The public program over each provider, by Pulumi's mocks: what it makes, tagged, encrypted, over two zones, with a budget."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pulumi
import pytest
from mocked import getter, run

from retailops import assets
from retailops.model import load_chain
from retailops.model.chain import FleetFile
from retailops.model.clouds import Cloud
from retailops.model.sample.write import write_sample
from retailops.render.stack_config_public import public_config
from retailops_stacks.clouds.public import BACKENDS, public_region
from retailops_stacks.labels import REQUIRED
from retailops_stacks.policies import Registered, violations


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> FleetFile:
    root = tmp_path_factory.mktemp("public") / "fleet"
    write_sample(root, 0)
    return load_chain(root)


def cloud(chain: FleetFile, provider: str) -> Cloud:
    found = next(item for item in chain.clouds if item.kind == "public")
    return found.model_copy(update={"provider": provider})


def made(chain: FleetFile, provider: str, /, **changes: str) -> tuple[list[Registered], dict[str, Any]]:
    config = public_config(chain, cloud(chain, provider))
    config |= {f"public:{key}": value for key, value in changes.items()}
    return run(lambda: public_region(getter(config, "public")).outputs, STATE.get(provider, lambda _item: {}))


STATE: dict[str, Any] = {
    "lab": lambda item: {
        "lab:index:Cluster": {"kubeconfig": "a kubeconfig", "endpoint": "https://10.16.0.1:6443"},
        "lab:index:NodePool": {"nodes": ["pool-1", "pool-2"]},
    }.get(item.kind, {}),
}

KINDS = {
    "lab": {"Key": 1, "Network": 1, "Cluster": 1, "NodePool": 1, "Bucket": 2, "Database": 1, "Gateway": 1, "Budget": 1},
}


@pytest.mark.parametrize("provider", KINDS)
def test_what_is_made(chain: FleetFile, provider: str) -> None:
    resources, _ = made(chain, provider)
    assert Counter(item.kind.rpartition(":")[2] for item in resources) == KINDS[provider]


@pytest.mark.parametrize("provider", BACKENDS)
def test_no_policy_objects(chain: FleetFile, provider: str) -> None:
    resources, _ = made(chain, provider)
    assert violations(resources) == []


UNTAGGED: set[str] = set()


@pytest.mark.parametrize("provider", BACKENDS)
def test_everything_is_tagged(chain: FleetFile, provider: str) -> None:
    for item in made(chain, provider)[0]:
        if item.kind.rpartition(":")[2] not in UNTAGGED:
            assert set(REQUIRED) <= set(item.inputs["tags"]), item.kind


def test_the_lab_s_inputs_are_those_that_were_agreed(chain: FleetFile) -> None:
    resources, outputs = made(chain, "lab")
    by = {item.kind.rpartition(":")[2]: item.inputs for item in resources}
    assert by["Network"]["zones"] == ["cn-hangzhou-h", "cn-hangzhou-i"]
    assert by["Network"]["prefix"] == "10.16.0.0/16"
    assert by["Cluster"]["network"] == "public-id"
    assert {key: by["NodePool"][key] for key in ("name", "cluster", "size", "minimum", "maximum", "machine")} == {
        "name": "public",
        "cluster": "public-id",
        "size": 2,
        "minimum": 2,
        "maximum": 20,
        "machine": "ecs.g7.xlarge",
    }
    assert len(by["Gateway"]["hubs"]) == 8
    assert (by["Budget"]["monthly"], by["Budget"]["currency"]) == (80000, "CNY")
    assert outputs["nodes"] == ["pool-1", "pool-2"]
    assert outputs["endpoint"] == "https://10.16.0.1:6443"
    assert outputs["buckets"] == {
        "lanxing-public-product-images": "lanxing-public-product-images-id",
        "lanxing-public-sales-reports": "lanxing-public-sales-reports-id",
    }


def test_sizes_are_the_configuration_s(chain: FleetFile) -> None:
    resources, _ = made(chain, "lab", size="7")
    assert next(item for item in resources if item.kind == "lab:index:NodePool").inputs["size"] == 7


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"provider": "moon"}, "public:provider is 'moon'; there are lab"),
        ({"size": "many"}, "public:size is 'many', not a whole number"),
        ({"prefix": "10.16.0.0/40"}, "public:prefix: "),
        ({"zones": '["one"]'}, "public:zones names less than two zones"),
        ({"zones": "one"}, "public:zones is no JSON list"),
        ({"machine": ""}, "the stack's configuration lacks public:machine"),
        ({"budget": '{"monthly": 1, "odd": 2}'}, "public:budget: "),
    ],
)
def test_odd_configuration_is_one_line(chain: FleetFile, changes: dict[str, str], words: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        made(chain, "lab", **changes)
    assert words in str(caught.value)


def test_a_missing_package_is_named(chain: FleetFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BACKENDS, "moon", ("retailops_stacks.clouds.not_there_yet", "Aws"))
    with pytest.raises(pulumi.RunError, match=r"needs the package .* pip install 'retailops\[clouds\]'"):
        made(chain, "moon")


def test_the_program_is_short() -> None:
    for name in ("edge", "private", "public"):
        program = Path(assets.path("stacks", name)) / "__main__.py"
        assert len(program.read_text().splitlines()) <= 15
