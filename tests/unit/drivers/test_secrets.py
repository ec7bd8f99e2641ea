"""References to secrets become files that only we can read, and nothing else."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from retailops.drivers import private
from retailops.drivers.secrets import FileSecrets
from retailops.errors import RetailopsError, ToolError

CANARY = "canary-7f3a-{{ lookup('pipe','id') }}"


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder at the front of the PATH for tools of a test."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def script(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_file_and_env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text(CANARY)
    monkeypatch.setenv("RETAILOPS_TEST_SECRET", CANARY)
    secrets = FileSecrets(tmp_path)
    for reference in ("file:secret", f"file:{tmp_path}/secret", "env:RETAILOPS_TEST_SECRET"):
        path = secrets.file(reference)
        assert path.read_text() == CANARY
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert secrets.file(reference) == path
    secrets.close()
    assert not path.parent.exists()


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        (CANARY, "a secret must be a reference, not the secret itself"),
        ("file:nope", "the secret file:nope can't be read: No such file or directory"),
        ("env:RETAILOPS_NOT_SET", "the secret env:RETAILOPS_NOT_SET is not set"),
        ("sops:file.yaml", "the reference sops:file.yaml names no key"),
        ("vault:-flag#key", "the reference vault:-flag#key names no key"),
    ],
)
def test_what_can_not_be_resolved_is_named_and_never_shown(tmp_path: Path, reference: str, message: str) -> None:
    with pytest.raises(RetailopsError) as error:
        FileSecrets(tmp_path).file(reference)
    assert error.value.message == message
    assert error.value.resolution
    assert CANARY not in f"{error.value.message}{error.value.details}{error.value.resolution}"


def test_sops_and_vault_by_their_own_programs(tmp_path: Path, tools: Path) -> None:
    script(tools, "sops", f'printf "%s\\n" "$@" > {tmp_path}/argv; printf from-sops')
    script(tools, "vault", 'test "$*" = "kv get -field=key secret/pos" && printf from-vault')
    secrets = FileSecrets(tmp_path)
    assert secrets.file("sops:secrets.yaml#pos.key").read_text() == "from-sops"
    assert (tmp_path / "argv").read_text().splitlines() == [
        "--decrypt",
        "--extract",
        '["pos"]["key"]',
        f"{tmp_path}/secrets.yaml",
    ]
    assert secrets.file("vault:secret/pos#key").read_text() == "from-vault"


def test_a_tool_that_fails_or_is_missing_is_named(tmp_path: Path, tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tools, "vault", "echo 'permission denied' >&2; exit 2")
    with pytest.raises(ToolError, match="vault could not open vault:a#b") as error:
        FileSecrets(tmp_path).file("vault:a#b")
    assert error.value.details == "permission denied"
    monkeypatch.setenv("PATH", str(tools))
    with pytest.raises(ToolError, match="sops can't be started"):
        FileSecrets(tmp_path).file("sops:a#b")


KEEPER = """
import os, sys
from pathlib import Path
from retailops.drivers.secrets import FileSecrets
os.environ["S"] = "canary"
print(FileSecrets(Path(".")).file("env:S"), flush=True)
sys.stdin.read()
"""


def test_what_a_killed_process_left_is_swept_by_the_next(tmp_path: Path) -> None:
    pipe = subprocess.PIPE
    process = subprocess.Popen([sys.executable, "-c", KEEPER], stdin=pipe, stdout=pipe, text=True, cwd=tmp_path)
    assert process.stdout is not None
    left = Path(process.stdout.readline().strip())
    private.sweep(left.parents[1])
    assert left.exists(), "its process lives"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert left.exists()
    private.remove(private.folder())
    assert not left.parent.exists()


def test_an_orderly_end_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KEEPER], input="", capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert not Path(done.stdout.strip()).parent.exists()
