"""Signatures by SSH keys, made and checked by `ssh-keygen -Y`; who may sign is said by the fleet repository alone."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from retailops.drivers.sshsig import decode
from retailops.drivers.tool import Completed, keep
from retailops.errors import GateNotMet, RetailopsError, ToolError
from retailops.ports import Signature

_TIMEOUT = 30.0


@dataclass(frozen=True)
class SshSignatures:
    """`trust` is the allowed_signers file, `identity` whom we sign as (`acceptance@<chain>`).

    `key` is called for our private key, or for the public half of one that ssh-agent holds. `own` is true in a lab:
    a key that isn't there is made, and trusted while the file names no signer at all.
    """

    trust: Path
    identity: str
    key: Callable[[], Path]
    own: bool = False

    def prepare(self, namespace: str) -> tuple[str, ...]:
        """Makes sure that we can sign; returns a line for each thing that it had to do."""
        if not self.own:
            return ()
        with _alone(self.key().parent):
            made = _make_key(self.key(), self.identity)
            trusted = _trust_first(self.trust, self._line(namespace))
        lines = [f"made the lab's signing key {self.key()}"] if made else []
        return (*lines, f"{self.trust} named no signer: added this lab's {self.identity}") if trusted else tuple(lines)

    def sign(self, content: bytes, namespace: str) -> bytes:
        """The armoured signature over `content`; the same again for the same content."""
        key = self.key()
        if not key.exists():
            raise RetailopsError(
                f"there is no signing key at {key}", resolution="Name one in fleet.yaml under trust: signingKey."
            )
        done = _run(["-Y", "sign", "-q", "-f", str(key), "-n", namespace], content)
        if done.code:
            raise ToolError(
                "ssh-keygen could not sign", details=done.last_words, resolution="See that the key is readable."
            )
        decode(done.out)
        return done.out

    def verify(self, content: bytes, armour: bytes, namespace: str) -> Signature:
        """Who signed; raises `GateNotMet` unless a signer of the trust file did, for this namespace, in canonical form."""
        found = decode(armour)
        if found.namespace != namespace:
            raise GateNotMet(f"the signature is for {found.namespace!r}, not for {namespace!r}")
        fingerprint = _fingerprint(found.key)
        if not self.trust.is_file():
            raise GateNotMet(f"nobody is trusted: there is no {self.trust}", resolution=_ADD)
        with tempfile.TemporaryDirectory(prefix="retailops-verify-") as folder:
            file = Path(folder, "signature")
            file.write_bytes(armour)
            signer = self._principal(file, fingerprint)
            call = ["-Y", "verify", "-f", str(self.trust), "-I", signer, "-n", namespace, "-s", str(file)]
            done = _run(call, content)
        if done.code:
            raise GateNotMet(f"the signature of {signer} does not fit what it is said to sign", details=done.last_words)
        return Signature(signer, fingerprint)

    def _principal(self, file: Path, fingerprint: str) -> str:
        done = _run(["-Y", "find-principals", "-f", str(self.trust), "-s", str(file)], b"")
        names = done.text.split("\n")[0].strip()
        if done.code or not names:
            raise GateNotMet(f"it is signed by a key that {self.trust} does not name: {fingerprint}", resolution=_ADD)
        return names

    def _line(self, namespace: str) -> str:
        public = Path(f"{self.key()}.pub").read_text().split()
        return f'{self.identity} namespaces="{namespace}" {public[0]} {public[1]}'


_ADD = "If you know this signer otherwise, add its public key to that file, in a change that a second person reads."


def _run(arguments: Sequence[str], content: bytes) -> Completed:
    quiet = {**os.environ, "SSH_ASKPASS_REQUIRE": "force", "SSH_ASKPASS": "/bin/false", "LC_ALL": "C"}
    return keep(["ssh-keygen", *arguments], stdin=content, timeout=_TIMEOUT, env=quiet)


def _fingerprint(key: bytes) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


def _make_key(path: Path, comment: str) -> bool:
    if path.exists():
        return False
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".new-") as folder:
        half = Path(folder, "key")
        done = _run(["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(half)], b"")
        if done.code:
            raise ToolError("ssh-keygen could not make a key", details=done.last_words)
        Path(f"{half}.pub").replace(f"{path}.pub")
        half.replace(path)
    _sync(path.parent)
    return True


def _trust_first(trust: Path, line: str) -> bool:
    """Adds the line where the file names nobody yet; keeps its comments."""
    before = trust.read_text() if trust.exists() else ""
    if any(text.strip() and not text.lstrip().startswith("#") for text in before.splitlines()):
        return False
    trust.parent.mkdir(parents=True, exist_ok=True)
    half = trust.with_name(f".{trust.name}.{os.getpid()}")
    with half.open("w") as file:
        file.write(before + ("" if not before or before.endswith("\n") else "\n") + line + "\n")
        file.flush()
        os.fsync(file.fileno())
    half.replace(trust)
    _sync(trust.parent)
    return True


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with Path(folder, ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def checking(root: Path) -> SshSignatures:
    """Only checks: trusts `trust/allowed_signers` of the fleet repository `root`, and has no key."""

    def no_key() -> Path:
        raise RetailopsError("this only checks signatures and has no key")

    return SshSignatures(root / "trust" / "allowed_signers", "", no_key)


def of_lab(root: Path, chain: str, state: Path) -> SshSignatures:
    """A lab's own signer `acceptance@<chain>`, whose key is made under `state` when it is first needed."""
    key = state / "keys" / "acceptance"
    return SshSignatures(root / "trust" / "allowed_signers", f"acceptance@{chain}", lambda: key, own=True)


def of_production(root: Path, chain: str, key: Callable[[], Path]) -> SshSignatures:
    """The signer that fleet.yaml names; `key` resolves its reference. Never trusted by itself."""
    return SshSignatures(root / "trust" / "allowed_signers", f"acceptance@{chain}", key)
