"""Every byte of a certificate counts: the code that `retailops store verify` runs refuses each change."""

from __future__ import annotations

import hashlib
import random
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from retailops.drivers.signing import SshSignatures, of_lab
from retailops.drivers.sshsig import BEGIN, END
from retailops.errors import GateNotMet
from retailops.onboarding.certificate import Basis, certify
from retailops.onboarding.seal import NAMESPACE, seal, verify
from retailops.render.certificate import page

SLICES = 8
Make = Callable[[Mapping[str, Any]], Basis]


@pytest.fixture(scope="module")
def signatures(tmp_path_factory: pytest.TempPathFactory) -> SshSignatures:
    root: Path = tmp_path_factory.mktemp("fleet")
    own = of_lab(root, "lanxing", root / ".retailops")
    own.prepare(NAMESPACE)
    return own


@pytest.fixture(scope="module")
def content(case: Mapping[str, Any], make: Make) -> bytes:
    return page(certify(make(case)).to_json())


@pytest.fixture(scope="module")
def sealed(content: bytes, signatures: SshSignatures) -> bytes:
    return seal(content, signatures)


def refused(data: bytes, signatures: SshSignatures) -> bool:
    try:
        verify(data, signatures)
    except GateNotMet:
        return True
    return False


def test_the_certificate_as_signed_holds(sealed: bytes, signatures: SshSignatures) -> None:
    found = verify(sealed, signatures)
    assert found.signature.signer == found.document["signer"] == "acceptance@lanxing"
    assert found.document["store"]["id"] == "hz0001"


@pytest.mark.parametrize("part", range(SLICES))
def test_each_byte_changed_is_refused(part: int, sealed: bytes, signatures: SshSignatures) -> None:
    """A bit of every byte: the body by its hash, the signature element by its form or by ssh-keygen."""
    data = bytearray(sealed)
    for place in range(part, len(data), SLICES):
        bit = 1 << (place // SLICES % 8)
        data[place] ^= bit
        assert refused(bytes(data), signatures), f"byte {place} of {len(data)} changed by bit {bit}"
        data[place] ^= bit


def test_each_byte_of_the_signature_taken_out_or_doubled_is_refused(
    content: bytes, sealed: bytes, signatures: SshSignatures
) -> None:
    for place in range(len(content), len(sealed)):
        assert refused(sealed[:place] + sealed[place + 1 :], signatures), f"without byte {place}"
        added = sealed[:place] + b" " + sealed[place:]
        assert refused(added, signatures), f"a space before byte {place}"


def test_a_sample_of_the_body_taken_out_or_added_is_refused(sealed: bytes, signatures: SshSignatures) -> None:
    for place in random.Random(1).sample(range(len(sealed)), 300):
        assert refused(sealed[:place] + sealed[place + 1 :], signatures)
        assert refused(sealed[:place] + b"\n" + sealed[place:], signatures)


@pytest.mark.parametrize("end", [b"\n", b" ", b"x", b"\0", b"<p>and more</p>", b"<!-- -->"])
def test_nothing_may_follow_the_signature(end: bytes, sealed: bytes, signatures: SshSignatures) -> None:
    assert refused(sealed + end, signatures)
    assert refused(end + sealed, signatures)


def test_cut_short_anywhere_is_refused(sealed: bytes, signatures: SshSignatures) -> None:
    assert refused(b"", signatures)
    for length in (*range(1, len(sealed), 997), *range(len(sealed) - 60, len(sealed))):
        assert refused(sealed[:length], signatures)


def forged(body: bytes, sealed: bytes, length: int) -> bytes:
    """A body with the old signature under a hash that fits it: what somebody would do who knows how this works."""
    element = sealed[length:]
    start = element.index(b'"', element.index(b"sha512")) + 1
    return body + element[:start] + hashlib.sha512(body).hexdigest().encode() + element[start + 128 :]


def test_a_changed_body_under_a_hash_that_fits_meets_ssh_keygen(
    content: bytes, sealed: bytes, signatures: SshSignatures
) -> None:
    assert forged(content, sealed, len(content)) == sealed
    for place in (0, len(content) - 1, *random.Random(2).sample(range(len(content)), 60)):
        body = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        with pytest.raises(GateNotMet, match="does not fit what it is said to sign"):
            verify(forged(body, sealed, len(content)), signatures)


@pytest.mark.long
def test_each_byte_changed_is_refused_by_ssh_keygen_alone(
    content: bytes, sealed: bytes, signatures: SshSignatures, tmp_path: Path
) -> None:
    """Without our own hash and forms before it: the same call that `verify` ends with, once for each byte of the body."""
    armour = sealed[sealed.index(BEGIN, len(content)) : sealed.rindex(END) + len(END)]
    file = tmp_path / "signature"
    file.write_bytes(armour)
    trust, signer = str(signatures.trust), signatures.identity
    call = ["ssh-keygen", "-Y", "verify", "-f", trust, "-I", signer, "-n", NAMESPACE, "-s", str(file)]
    data = bytearray(content)
    assert subprocess.run(call, input=data, capture_output=True, check=False).returncode == 0
    for place in range(len(data)):
        data[place] ^= 1
        assert subprocess.run(call, input=data, capture_output=True, check=False).returncode != 0, f"byte {place}"
        data[place] ^= 1


def test_somebody_elses_signature_is_refused(content: bytes, signatures: SshSignatures, tmp_path: Path) -> None:
    other = of_lab(tmp_path, "lanxing", tmp_path / ".retailops")
    other.prepare(NAMESPACE)
    with pytest.raises(GateNotMet, match="does not name"):
        verify(seal(content, other), signatures)


def test_a_signer_whom_the_document_does_not_name_is_refused(content: bytes, signatures: SshSignatures) -> None:
    with pytest.raises(GateNotMet, match="names 'acceptance@other' as its signer"):
        verify(seal(content.replace(b'"acceptance@lanxing"', b'"acceptance@other"'), signatures), signatures)


@pytest.mark.parametrize(
    "body", [b"<p>hello", b'<script type="application/json" id="certificate">[]</script>', b"\xff" * 64]
)
def test_what_is_signed_but_no_certificate_is_refused(body: bytes, signatures: SshSignatures) -> None:
    with pytest.raises(GateNotMet, match="no certificate"):
        verify(seal(body, signatures), signatures)
