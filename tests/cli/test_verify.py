"""`retailops store verify`: what it says of a good certificate, and the one line of a bad one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from retailops.cli import main
from retailops.drivers.signing import of_lab
from retailops.onboarding.seal import NAMESPACE, seal

DOCUMENT = {
    "signer": "acceptance@lanxing",
    "issued": "2026-11-22T08:21:07Z",
    "world": "lab",
    "state": "APPS_READY",
    "design": "3f" * 32,
    "counts": {"required": 22, "met": 22, "open": 15, "waived": 0},
    "evidence": {"head": "ab" * 32, "length": 22},
    "store": {"id": "hz0001", "name": {"zh": "杭州湖滨银泰店", "en": "Hangzhou Hubin Intime"}},
}


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    root = tmp_path / "fleet"
    root.mkdir()
    (root / "fleet.yaml").write_text("kind: Fleet\n")
    return root


def certificate(fleet: Path, **changed: object) -> Path:
    signatures = of_lab(fleet, "lanxing", fleet / ".retailops")
    signatures.prepare(NAMESPACE)
    text = json.dumps({**DOCUMENT, **changed}, ensure_ascii=False)
    body = f'<!DOCTYPE html><script type="application/json" id="certificate">{text}</script>\n'
    path = fleet.parent / "certificate.html"
    path.write_bytes(seal(body.encode(), signatures))
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["store", "verify", *map(str, arguments)])


def test_a_good_certificate_shows_store_state_signer_and_date(fleet: Path) -> None:
    result = run(certificate(fleet), "--fleet", fleet)
    assert result.exit_code == 0, result.output
    first, *facts = result.stdout.splitlines()
    assert first == "hz0001 杭州湖滨银泰店 / Hangzhou Hubin Intime: signed by acceptance@lanxing, and not changed since"
    assert [line.split()[0] for line in facts] == ["state", "checks", "world", "issued", "signer", "design", "evidence"]
    assert "  issued    2026-11-22 08:21:07 UTC" in facts
    assert "  state     APPS_READY" in facts


def test_a_simulated_one_is_loud(fleet: Path) -> None:
    result = run(certificate(fleet, world="SIMULATED"), "--fleet", fleet)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith("  SIMULATED: this was a rehearsal")


def test_the_answer_as_json(fleet: Path) -> None:
    result = run(certificate(fleet), "--fleet", fleet, "--output", "json")
    found = json.loads(result.stdout)
    assert found["store"] == "hz0001"
    assert found["signer"] == "acceptance@lanxing"
    assert found["fingerprint"].startswith("SHA256:")


def test_a_changed_one_is_one_line_and_exit_6(fleet: Path) -> None:
    path = certificate(fleet)
    path.write_bytes(path.read_bytes().replace(b"APPS_READY", b"ACCEPTED__"))
    result = run(path, "--fleet", fleet)
    assert result.exit_code == 6
    assert result.stderr == (
        f"Error: {path} does not hold: it was changed after it was signed: its content is not what its signature stands for\n"
    )
    assert result.stdout == ""


def test_a_signer_of_another_fleet_is_refused_with_a_way_out(fleet: Path, tmp_path: Path) -> None:
    path = certificate(fleet)
    (fleet / "trust" / "allowed_signers").write_text("# nobody yet\n")
    result = run(path, "--fleet", fleet)
    assert result.exit_code == 6
    assert "does not name: SHA256:" in result.stderr
    assert "What to do: If you know this signer" in result.stderr
    assert not (tmp_path / "trust").exists()


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff\xfe" * 999, b'<pre id="signature" data-sha512="'])
def test_what_is_no_certificate_is_exit_6(fleet: Path, content: bytes) -> None:
    path = fleet / "other.html"
    path.write_bytes(content)
    result = run(path, "--fleet", fleet)
    assert result.exit_code == 6
    assert len(result.stderr.splitlines()) == 1


def test_a_file_that_is_not_there_is_a_wrong_command_line(fleet: Path) -> None:
    assert run(fleet / "none.html", "--fleet", fleet).exit_code == 2


def test_a_folder_that_is_no_fleet_is_exit_3(fleet: Path, tmp_path: Path) -> None:
    assert run(certificate(fleet), "--fleet", tmp_path / "nowhere").exit_code == 3
