"""`retailops cloud` on a program, from any folder: answers, exit codes, questions."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from fake_apiserver import Cluster
from stack_desk import Desk

from retailops.cli import main
from retailops.drivers import pulumi as driver

Run = Callable[..., Result]
NS = 'k8s.core.v1.Namespace("shop", metadata={"name": "shop"})\npulumi.export("name", "shop")\n'


@pytest.fixture
def run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(driver.shutil, "which", lambda _name: None)
    monkeypatch.chdir(desk.folder)
    monkeypatch.delenv("RETAILOPS_FLEET", raising=False)
    desk.write(NS)

    def call(*words: str) -> Result:
        where = ["--program", str(desk.program), "--stack", "dev", "--passphrase-file", str(desk.folder / "passphrase")]
        return CliRunner().invoke(main, ["cloud", *words, *where, "--kubeconfig", str(desk.kubeconfig)])

    return call


def test_preview_check_up_outputs_destroy(run: Run, cluster: Cluster) -> None:
    assert run("preview").exit_code == 0
    pending = run("preview", "--check")
    assert pending.exit_code == 4
    assert "+ create   kubernetes:core/v1:Namespace shop" in pending.output
    assert cluster.objects == {}
    made = run("up")
    assert made.exit_code == 0, made.output
    assert "stand-in" in made.output
    assert run("preview", "--check").exit_code == 0
    answer = json.loads(run("outputs", "-o", "json").stdout)
    assert answer == {"name": "shop"}
    assert run("destroy").exit_code == 2
    assert cluster.objects != {}
    assert run("destroy", "--yes").exit_code == 0
    assert cluster.objects == {}


def test_json_is_the_only_thing_on_stdout(run: Run) -> None:
    answer = json.loads(run("up", "--output", "json").stdout)
    assert answer["changes"] == 2
    assert answer["steps"][0]["op"] == "create"
    assert len(answer["digest"]) == 64


def test_a_refusal_is_one_line_and_a_way_out(run: Run, cluster: Cluster) -> None:
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    cluster.post("/api/v1/namespaces", body, "kubectl-create", False, True)
    refused = run("up")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: Namespace shop exists already")
    assert "What to do:" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_only_targets_are_touched(run: Run, cluster: Cluster, desk: Desk) -> None:
    desk.write(
        'n = k8s.core.v1.Namespace("shop", metadata={"name": "shop"})\n'
        'k8s.core.v1.ConfigMap("c", metadata={"name": "c", "namespace": n.metadata.name}, data={"a": "1"})\n'
        'k8s.core.v1.Namespace("other", metadata={"name": "other"})\n'
    )
    assert run("up", "--target", "shop", "--target-dependents").exit_code == 0
    assert sorted(path.rsplit("/", 1)[-1] for path in cluster.objects) == ["c", "shop"]
    replaced = run("preview", "--replace", "c", "--target", "c")
    assert "± replace  kubernetes:core/v1:ConfigMap c" in replaced.output
    assert "create" not in replaced.output
    refused = run("up", "--target", "shpo")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("Error: stack dev has no shpo, neither in its program nor in its state\n")
    assert "Did you mean shop?" in refused.stderr
    held = run("destroy", "--yes", "--target", "shop")
    assert held.exit_code == 1
    assert "ConfigMap c needs core/v1:Namespace shop, which would be deleted" in held.stderr
    assert "Delete c that stack dev" in run("destroy", "--target", "c").stderr
    assert run("destroy", "--yes", "--target", "c").exit_code == 0
    assert list(cluster.objects) == ["/api/v1/namespaces/shop"]
    assert run("refresh", "--target-dependents").exit_code == 2


def test_handover_and_back(run: Run) -> None:
    run("up")
    assert run("handover", "--to", "official").exit_code == 0
    refused = run("up")
    assert refused.exit_code == 1
    assert "handover" in refused.stderr
    assert run("handover", "--to", "builtin").exit_code == 0
    assert run("up").exit_code == 0


@pytest.mark.parametrize(
    "words", [[], ["hz0001", "--program", "x"], ["--program", "x"], ["--program", "x", "--stack", "dev"]]
)
def test_half_a_command_line(words: list[str], desk: Desk) -> None:
    assert desk.program
    assert CliRunner().invoke(main, ["cloud", "preview", *words]).exit_code == 2


def test_a_folder_with_a_pulumi_yaml_is_enough(desk: Desk, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver.shutil, "which", lambda _name: None)
    monkeypatch.delenv("RETAILOPS_FLEET", raising=False)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", str(desk.folder / "passphrase"))
    monkeypatch.setenv("KUBECONFIG", str(desk.kubeconfig))
    monkeypatch.chdir(desk.program)
    declared = "config:\n  team: {default: tills}\n  tier: {default: low}\n"
    (desk.program / "Pulumi.yaml").write_text(f"name: proj\nruntime: python\n{declared}")
    (desk.program / "Pulumi.dev.yaml").write_text("config:\n  proj:tier: high\n")
    desk.write(
        "c = pulumi.Config()\n"
        'k8s.core.v1.Namespace("shop", metadata={"name": f"{c.require(\'team\')}-{c.require(\'tier\')}"})\n'
    )
    done = CliRunner().invoke(main, ["cloud", "up", "--program", ".", "--stack", "dev"])
    assert done.exit_code == 0, done.output
    assert list(cluster.objects) == ["/api/v1/namespaces/tills-high"]
    assert (desk.program / ".state/.pulumi/stacks/proj/dev.json").exists()


def test_without_a_passphrase_file_the_option_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE", raising=False)
    monkeypatch.delenv("RETAILOPS_FLEET", raising=False)
    monkeypatch.chdir(desk.folder)
    done = CliRunner().invoke(main, ["cloud", "up", "--program", str(desk.program), "--stack", "dev"])
    assert done.exit_code == 2
    assert "--program also needs --passphrase-file" in done.output


def test_policies_look_at_another_program_when_asked(run: Run, cluster: Cluster) -> None:
    assert run("preview").exit_code == 0
    refused = run("preview", "--policies")
    assert refused.exit_code == 6
    assert (
        "labels: Namespace shop lacks the labels retailops/owner, retailops/cost-centre, retailops/data-class, "
        "retailops/store (program/__main__.py:3)" in refused.stderr
    )
    assert run("up", "--policies").exit_code == 6
    assert cluster.log == []
