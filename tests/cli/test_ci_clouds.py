"""`retailops ci` and the clouds' stacks, in the simulated world."""

from __future__ import annotations

from pathlib import Path

import pytest
from ci_chain import Chain

from retailops.twin.stacks import Stacks

LARGER = ("nodePool: {machine: ecs.g7.xlarge, minimum: 2,", "nodePool: {machine: ecs.g7.xlarge, minimum: 3,")
QUOTA = ("{id: pricing, dataClass: sales}", "{id: pricing, dataClass: sales, pods: 50}")


@pytest.fixture
def clouds(ops: Chain, tmp_path: Path) -> Chain:
    ops.settle_clouds()
    (tmp_path / "private.yaml").write_text("{}")
    return ops


def forms(ops: Chain, *words: str) -> dict[str, tuple[str, str]]:
    return {f"{item['project']}/{item['stack']}": (item["form"], item["why"]) for item in ops.plan(*words)["changes"]}


def test_a_clouds_stack_is_planned_applied_and_then_known(clouds: Chain) -> None:
    assert forms(clouds) == {}
    clouds.change_fleet(*LARGER)
    assert forms(clouds) == {"public/public": ("changes", "")}
    done = clouds.apply()
    assert done.exit_code == 0, done.output
    assert done.output == (
        "SIMULATED: stack public is up\npublic/public: applied\n1 applied, 0 deferred, 0 failed (SIMULATED)\n"
    )
    assert forms(clouds) == {}


def test_a_private_cloud_needs_its_cluster_and_is_deferred_without(clouds: Chain, tmp_path: Path) -> None:
    clouds.change_fleet(*QUOTA)
    assert forms(clouds) == {"private/private": ("deferred", "private: nobody says which its cluster is")}
    gone = tmp_path / "gone.yaml"
    assert forms(clouds, "--kubeconfig", f"private={gone}") == {
        "private/private": ("deferred", f"private: {gone} is not there")
    }
    given = ("--kubeconfig", f"private={tmp_path / 'private.yaml'}")
    assert forms(clouds, *given) == {"private/private": ("changes", "")}
    assert clouds.apply(*given).exit_code == 0
    assert forms(clouds) == {}


def test_the_kubeconfig_may_be_the_clouds_credentials(clouds: Chain, tmp_path: Path) -> None:
    clouds.change_fleet(
        "    provider: libvirt\n", f"    provider: libvirt\n    credentials: file:{tmp_path}/private.yaml\n"
    )
    clouds.change_fleet(*QUOTA)
    assert forms(clouds) == {"private/private": ("changes", "")}


def test_credentials_that_are_not_here_defer_the_cloud_and_name_it(clouds: Chain) -> None:
    clouds.change_fleet("    provider: alibaba\n", "    provider: alibaba\n    credentials: env:NOT_SET_ANYWHERE\n")
    clouds.change_fleet(*LARGER)
    assert forms(clouds) == {"public/public": ("deferred", "public: the secret env:NOT_SET_ANYWHERE is not set")}
    done = clouds.apply()
    assert done.exit_code == 0
    assert "public/public: deferred, public: the secret env:NOT_SET_ANYWHERE is not set" in done.output


def test_clouds_are_not_part_of_the_stores_limit(clouds: Chain) -> None:
    clouds.change_fleet("limit: 10 ", "limit: 1 ")
    clouds.change_fleet(*LARGER)
    clouds.change("hz0001")
    assert sorted(forms(clouds)) == ["edge/hz0001", "public/public"]
    done = clouds.apply()
    assert done.exit_code == 0, done.output
    assert "2 applied" in done.output


def test_a_cloud_brought_up_by_hand_is_known(clouds: Chain) -> None:
    clouds.change_fleet(*LARGER)
    done = clouds("cloud", "up", "public")
    assert done.exit_code == 0, done.output
    assert forms(clouds) == {}


def test_an_odd_kubeconfig_option(clouds: Chain) -> None:
    done = clouds("ci", "plan", "--kubeconfig", "private")
    assert done.exit_code == 2
    assert "'private' is not CLOUD=FILE" in done.stderr


def test_a_plan_of_another_fleet_is_refused(clouds: Chain) -> None:
    clouds.change("hz0001")
    clouds.plan()
    clouds.change_fleet("id: lanxing", "id: another")
    done = clouds.apply()
    assert done.exit_code == 2
    assert done.stderr == "Error: the plan is of the fleet lanxing, this is another\n"


def test_before_is_what_the_stack_itself_said(clouds: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"priced": {"machine": "ecs.g7.xlarge", "size": 2, "database": {"size": "pg.n4.2c.2m", "storage_gib": 100}}}
    monkeypatch.setattr(Stacks, "outputs", lambda _self, _request: said)
    clouds.change_fleet(*LARGER)
    page = clouds("ci", "plan").output
    assert "| `public/public` | 2,752.00 CNY | 3,628.00 CNY | +876.00 CNY | 80,000 CNY |" in page
    assert "node ecs.g7.xlarge: 2 → 3, at 1.20 CNY an hour (example figure, replace with your contract's; " in page


def test_a_cloud_that_does_not_say_is_not_known_before(clouds: Chain) -> None:
    clouds.change_fleet(*LARGER)
    assert "| `public/public` | not known | 3,628.00 CNY | not known | 80,000 CNY |" in clouds("ci", "plan").output
