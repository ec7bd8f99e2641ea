"""Signatures: one spelling each, only the fleet's own signers, only for what they may sign."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from retailops.drivers.signing import SshSignatures, checking, of_lab, of_production
from retailops.drivers.sshsig import BEGIN, END, decode
from retailops.errors import GateNotMet, RetailopsError

NAMESPACE = "retailops-certificate@v1"
CONTENT = "杭州湖滨银泰店\n".encode()


@pytest.fixture
def lab(tmp_path: Path) -> SshSignatures:
    signatures = of_lab(tmp_path, "lanxing", tmp_path / ".retailops")
    signatures.prepare(NAMESPACE)
    return signatures


def blob(armour: bytes) -> bytes:
    return base64.b64decode(armour[len(BEGIN) : -len(END)].replace(b"\n", b""))


def wrap(raw: bytes, width: int = 70) -> bytes:
    text = base64.b64encode(raw)
    return BEGIN + b"".join(text[at : at + width] + b"\n" for at in range(0, len(text), width)) + END


def test_a_signature_holds_for_its_content_and_signer(lab: SshSignatures, tmp_path: Path) -> None:
    armour = lab.sign(CONTENT, NAMESPACE)
    signed = checking(tmp_path).verify(CONTENT, armour, NAMESPACE)
    assert signed.signer == "acceptance@lanxing"
    assert signed.fingerprint.startswith("SHA256:")
    assert lab.sign(CONTENT, NAMESPACE) == armour


def test_the_lab_trusts_its_first_key_once_and_says_so(tmp_path: Path) -> None:
    trust = tmp_path / "trust" / "allowed_signers"
    trust.parent.mkdir()
    trust.write_text("# who may sign\n")
    signatures = of_lab(tmp_path, "lanxing", tmp_path / ".retailops")
    said = signatures.prepare(NAMESPACE)
    assert [line.partition(" ")[0] for line in said] == ["made", str(trust)]
    assert signatures.prepare(NAMESPACE) == ()
    comment, line = trust.read_text().splitlines()
    assert comment == "# who may sign"
    assert line.startswith('acceptance@lanxing namespaces="retailops-certificate@v1" ssh-ed25519 ')
    key = tmp_path / ".retailops" / "keys" / "acceptance"
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_that_names_somebody_is_left_alone(lab: SshSignatures, tmp_path: Path) -> None:
    before = lab.trust.read_text()
    second = of_lab(tmp_path, "lanxing", tmp_path / "elsewhere")
    second.prepare(NAMESPACE)
    assert lab.trust.read_text() == before
    with pytest.raises(GateNotMet, match="does not name: SHA256:"):
        lab.verify(CONTENT, second.sign(CONTENT, NAMESPACE), NAMESPACE)


@pytest.mark.parametrize("content", [b"", CONTENT + b"\n", CONTENT[:-1], CONTENT.replace(b"\n", b"\r\n")])
def test_other_content_is_refused(lab: SshSignatures, content: bytes) -> None:
    with pytest.raises(GateNotMet, match="does not fit"):
        lab.verify(content, lab.sign(CONTENT, NAMESPACE), NAMESPACE)


def test_another_namespace_is_refused(lab: SshSignatures) -> None:
    with pytest.raises(GateNotMet, match="is for 'git'"):
        lab.verify(CONTENT, lab.sign(CONTENT, "git"), NAMESPACE)


@pytest.mark.parametrize("options", ["", 'namespaces="git"', 'namespaces="git,file"', "cert-authority"])
def test_a_line_has_to_name_the_namespace(lab: SshSignatures, options: str) -> None:
    armour = lab.sign(CONTENT, NAMESPACE)
    lab.trust.write_text(lab.trust.read_text().replace('namespaces="retailops-certificate@v1"', options))
    with pytest.raises(GateNotMet):
        lab.verify(CONTENT, armour, NAMESPACE)


@pytest.mark.parametrize("names", ["*@lanxing", "acceptance@lanxing,dev@lanxing", "*"])
def test_a_line_names_one_signer_and_no_pattern(lab: SshSignatures, names: str) -> None:
    armour = lab.sign(CONTENT, NAMESPACE)
    lab.trust.write_text(lab.trust.read_text().replace("acceptance@lanxing", names))
    with pytest.raises(GateNotMet, match="no single signer"):
        lab.verify(CONTENT, armour, NAMESPACE)


def test_no_trust_file_trusts_nobody(lab: SshSignatures) -> None:
    armour = lab.sign(CONTENT, NAMESPACE)
    lab.trust.unlink()
    with pytest.raises(GateNotMet, match="nobody is trusted"):
        lab.verify(CONTENT, armour, NAMESPACE)


def test_production_signs_as_whom_the_file_names_and_never_adds_itself(lab: SshSignatures, tmp_path: Path) -> None:
    signer = of_production(tmp_path, lab.key)
    assert signer.identity == "acceptance@lanxing"
    assert signer.prepare(NAMESPACE) == ()
    lab.trust.write_text("# nobody\n")
    assert signer.prepare(NAMESPACE) == ()
    with pytest.raises(GateNotMet):
        _ = signer.identity
    assert lab.trust.read_text() == "# nobody\n"


def test_a_missing_key_and_one_with_a_passphrase_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(RetailopsError, match="no signing key"):
        of_production(tmp_path, lambda: tmp_path / "none").sign(CONTENT, NAMESPACE)
    key = tmp_path / "locked"
    from retailops.drivers.tool import keep

    assert keep(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", str(key)], timeout=20).code == 0
    with pytest.raises(RetailopsError, match="could not sign"):
        of_production(tmp_path, lambda: key).sign(CONTENT, NAMESPACE)


def test_other_spellings_that_ssh_keygen_takes_are_refused(lab: SshSignatures) -> None:
    armour = lab.sign(CONTENT, NAMESPACE)
    raw = blob(armour)
    reserved = raw.index(b"\0\0\0\0\0\0\0\6sha512")
    spellings = [
        wrap(raw, 64),
        armour + b"\n",
        armour.replace(b"\n", b"\r\n"),
        b"\n" + armour,
        armour[:-1],
        wrap(raw[:9] + b"\0" + raw[10:]),
        wrap(raw[: reserved + 3] + b"\1x" + raw[reserved + 4 :]),
        wrap(raw + b"x"),
        armour.replace(b"-----END SSH", b" -----END SSH"),
    ]
    for spelling in spellings:
        assert spelling != armour
        with pytest.raises(GateNotMet):
            decode(spelling)
    assert decode(armour).encode() == armour == wrap(raw)


def test_the_second_form_of_an_ed25519_signature_is_refused(lab: SshSignatures) -> None:
    raw = blob(lab.sign(CONTENT, NAMESPACE))
    order = 2**252 + 27742317777372353535851937790883648493
    doubled = int.from_bytes(raw[-32:], "little") + order
    with pytest.raises(GateNotMet):
        decode(wrap(raw[:-32] + doubled.to_bytes(32, "little")))
