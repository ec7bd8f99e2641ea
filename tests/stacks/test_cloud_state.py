"""`retailops cloud state`: what is whole, who holds it, what became of updates, and mending by hand."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from fake_apiserver import Cluster
from stack_desk import Desk

from retailops.cli import main
from retailops.drivers import pulumi as driver

Run = Callable[..., Result]
TWO = (
    'n = k8s.core.v1.Namespace("shop", metadata={"name": "shop"}, opts=pulumi.ResourceOptions(protect=True))\n'
    'k8s.core.v1.ConfigMap("c", metadata={"name": "c", "namespace": n.metadata.name}, data={"a": "1"})\n'
)
SHOP = "urn:pulumi:dev::proj::kubernetes:core/v1:Namespace::shop"
MAP = "urn:pulumi:dev::proj::kubernetes:core/v1:ConfigMap::c"
KILLED = """
import sys
from retailops.engine.state import crypto; crypto.ROUNDS = 10
from retailops.engine.providers.kubernetes import Kubernetes
import os, signal
Kubernetes.create = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
from retailops.drivers import pulumi
pulumi.shutil.which = lambda _name: None
from retailops.cli import main
main(sys.argv[1:])
"""


@pytest.fixture
def run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(driver.shutil, "which", lambda _name: None)
    monkeypatch.delenv("RETAILOPS_FLEET", raising=False)
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE", raising=False)
    monkeypatch.chdir(desk.folder)
    desk.write(TWO)

    def call(*words: str) -> Result:
        return CliRunner().invoke(main, ["cloud", *words, *where(desk, secrets=words[0] != "state")])

    return call


def where(desk: Desk, *, secrets: bool) -> list[str]:
    opener = ["--passphrase-file", str(desk.folder / "passphrase"), "--kubeconfig", str(desk.kubeconfig)]
    return ["--program", str(desk.program), "--stack", "dev", *(opener if secrets else [])]


def file(desk: Desk) -> Path:
    return desk.program / ".state/.pulumi/stacks/proj/dev.json"


def put_lock(desk: Desk, host: str, pid: int) -> Path:
    path = desk.program / ".state/.pulumi/locks/organization/proj/dev/0a.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {"pid": pid, "username": "ada", "hostname": host, "timestamp": "2026-01-01T00:00:00Z"}
    path.write_text(json.dumps(told))
    return path


def killed(desk: Desk) -> None:
    words = ["cloud", "up", *where(desk, secrets=True)]
    done = subprocess.run([sys.executable, "-c", KILLED, *words], check=False, cwd=desk.folder, capture_output=True)
    assert done.returncode == -9, done.stderr


def dead_pid() -> int:
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_check_list_and_history_need_no_passphrase(run: Run, desk: Desk) -> None:
    nothing = run("state", "check")
    assert nothing.exit_code == 0, nothing.output
    assert "0 resources, whole; written by nobody yet" in nothing.output
    run("up")
    whole = run("state", "check")
    assert whole.exit_code == 0, whole.output
    assert whole.output.startswith(f"{file(desk)}: 4 resources, whole; written by v")
    listed = json.loads(run("state", "list", "-o", "json").stdout)
    assert {"urn": SHOP, "id": "shop", "marks": ["protected"]} in listed
    table = run("state", "list").output
    assert SHOP in table
    desk.write(TWO.replace('"1"', '"2"'))
    run("up")
    desk.write("raise ValueError(1)")
    run("up")
    told = json.loads(run("state", "history", "-o", "json").stdout)
    assert [(item["kind"], item["result"]) for item in told] == [("update", "succeeded")] * 2
    assert told[0]["changes"]["replace"] == 1
    assert len(json.loads(run("state", "history", "--limit", "1", "-o", "json").stdout)) == 1
    assert run("state", "history").output.splitlines()[0].split() == [
        "began",
        "took",
        "kind",
        "result",
        "changes",
        "message",
    ]


def test_a_damaged_state_says_what_to_restore(run: Run, desk: Desk) -> None:
    run("up")
    file(desk).write_text(file(desk).read_text()[:-20])
    done = run("state", "check")
    assert done.exit_code == 1
    assert "is damaged" in done.stderr
    assert "What to do: Restore it from" in done.stderr


def test_an_update_that_was_killed_is_said_by_check_and_settled_by_refresh(
    run: Run, desk: Desk, cluster: Cluster
) -> None:
    run("up")
    desk.write(TWO + 'k8s.core.v1.ConfigMap("d", metadata={"name": "d", "namespace": "shop"})\n')
    killed(desk)
    check = run("state", "check")
    assert check.exit_code == 4, check.output
    assert "it is dead" in check.output
    assert "the last update of stack dev was cut off" in check.stderr
    unlock = run("state", "unlock", "--yes")
    assert unlock.exit_code == 1
    assert "Run `retailops cloud refresh`" in unlock.stderr
    for words in (["delete", "--resource", "c", "--yes"], ["unprotect", "--all"]):
        assert "has an update that was cut off" in run("state", *words).stderr
    assert run("state", "check").exit_code == 4
    refresh = run("refresh")
    assert refresh.exit_code == 0, refresh.output
    assert "the last update was cut off while creating core/v1:ConfigMap d" in refresh.output
    assert "it is not there" in refresh.output
    settled = run("state", "check")
    assert settled.exit_code == 0, settled.output
    assert "held by" not in settled.output
    assert run("up").exit_code == 0
    assert sorted(path.rsplit("/", 1)[-1] for path in cluster.objects) == ["c", "d", "shop"]


def test_a_pending_operation_in_the_checkpoint_is_said_and_settled(run: Run, desk: Desk) -> None:
    run("up")
    document = json.loads(file(desk).read_text())
    latest = document["checkpoint"]["latest"]
    item = next(item for item in latest["resources"] if item["urn"] == MAP)
    latest["resources"].remove(item)
    latest["pending_operations"] = [{"type": "creating", "resource": {**item, "id": ""}}]
    file(desk).write_text(json.dumps(document))
    check = run("state", "check")
    assert check.exit_code == 4
    assert "cut off while creating core/v1:ConfigMap c" in check.output
    assert "it is there and was taken over" in run("refresh").output
    assert "ConfigMap::c: not ready: its creation was cut off" in run("state", "check").output
    assert run("up").exit_code == 0
    assert run("preview", "--check").exit_code == 0


def test_a_lock_of_a_dead_process_goes_and_somebody_elses_only_by_name(run: Run, desk: Desk) -> None:
    run("up")
    assert "stack dev is not locked" in run("state", "unlock").output
    path = put_lock(desk, socket.gethostname(), dead_pid())
    assert "it is dead" in run("state", "check").output
    assert run("up").exit_code == 7
    asked = run("state", "unlock")
    assert asked.exit_code == 2
    assert "Take away the lock of ada@" in asked.stderr
    assert path.exists()
    gone = run("state", "unlock", "--yes")
    assert gone.exit_code == 0, gone.output
    assert not path.exists()
    put_lock(desk, "another-machine", 1)
    assert "on another machine" in run("state", "check").output
    assert run("state", "unlock").exit_code == 2
    done = run("state", "unlock", "--yes")
    assert "unlocked: ada@another-machine (process 1) since 2026-01-01T00:00:00Z" in done.output
    assert run("up").exit_code == 0


def test_a_lock_is_never_taken_from_a_living_process(run: Run, desk: Desk) -> None:
    run("up")
    path = put_lock(desk, socket.gethostname(), os.getpid())
    refused = run("state", "unlock", "--yes")
    assert refused.exit_code == 7
    assert "that process lives" in refused.stderr
    assert path.exists()


def test_delete_takes_out_what_nothing_needs_with_a_backup(run: Run, desk: Desk, cluster: Cluster) -> None:
    run("up")
    before: dict[str, Any] = json.loads(file(desk).read_text())
    needed = run("state", "delete", "--resource", "shop", "--yes")
    assert needed.exit_code == 1
    assert "ConfigMap c needs core/v1:Namespace shop" in needed.stderr
    guarded = run("state", "delete", "--resource", SHOP, "--target-dependents", "--yes")
    assert "Namespace shop is protected" in guarded.stderr
    asked = run("state", "delete", "--resource", "c")
    assert asked.exit_code == 2
    assert MAP in asked.output
    assert json.loads(file(desk).read_text()) == before
    assert run("state", "delete", "--resource", "c", "--yes").exit_code == 0
    assert json.loads(file(desk).with_name("dev.json.bak").read_text()) == before
    assert [item["urn"] for item in json.loads(run("state", "list", "-o", "json").stdout)].count(MAP) == 0
    assert len(cluster.objects) == 2
    assert run("state", "check").exit_code == 0
    assert "exists already" in run("up").stderr


def test_unprotect(run: Run) -> None:
    run("up")
    assert run("state", "unprotect").exit_code == 2
    assert run("state", "unprotect", "--resource", "zz").exit_code == 2
    done = run("state", "unprotect", "--all")
    assert done.output.strip() == f"no longer protected: {SHOP}"
    assert "nothing of that was protected" in run("state", "unprotect", "--resource", "shop").output
    assert run("destroy", "--yes").exit_code == 0


def test_a_stack_of_the_official_cli_is_looked_at_and_not_changed(run: Run, desk: Desk) -> None:
    run("up")
    assert run("handover", "--to", "official").exit_code == 0
    assert run("state", "check").exit_code == 0
    before = file(desk).read_bytes()
    refused = run("state", "delete", "--resource", "c", "--yes")
    assert refused.exit_code == 1
    assert "is the official CLI's" in refused.stderr
    assert file(desk).read_bytes() == before


def test_a_refused_handover_keeps_the_dead_lock(run: Run, desk: Desk) -> None:
    killed(desk)
    folder = desk.program / ".state/.pulumi/locks/organization/proj/dev"
    assert len(list(folder.glob("*.json"))) == 1
    assert run("handover", "--to", "official").exit_code == 1
    assert len(list(folder.glob("*.json"))) == 1
