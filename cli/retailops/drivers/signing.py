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

from retailops.drivers.sshsig import Armour, decode
from retailops.drivers.tool import Completed, keep
from retailops.errors import GateNotMet, RetailopsError, ToolError
from retailops.ports import Signature

_TIMEOUT = 30.0
_WHO_AM_I = "retailops-who@v1"


@dataclass(frozen=True)
class SshSignatures:
    """`trust` is the allowed_signers file, `name` whom we sign as (`acceptance@<chain>`); without one the trust file says it.

    `key` is called for our private key, or for the public half of one that ssh-agent holds. `own` is true in a lab:
    a key that isn't there is made, and trusted while the file names no signer at all.
    """

    trust: Path
    name: str | None
    key: Callable[[], Path]
    own: bool = False

    @property
    def identity(self) -> str:
        """`name`, or else whom the trust file takes our key for; raises `GateNotMet` if it doesn't name it."""
        if self.name is not None:
            return self.name
        armour = self.sign(b"", _WHO_AM_I)
        return self._principal(armour, decode(armour))

    def prepare(self, namespace: str) -> tuple[str, ...]:
        """Makes sure that we can sign; returns a line for each thing that it had to do."""
        if not self.own:
            return ()
        with _alone(self.key().parent):
            made = _make_key(self.key(), self.name or "")
            trusted = _trust_first(self.trust, self._line(namespace))
        lines = [f"made the lab's signing key {self.key()}"] if made else []
        return (*lines, f"{self.trust} named no signer: added this lab's {self.name}") if trusted else tuple(lines)

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
        signer = self._principal(armour, found)
        if not _named(self.trust, signer, found):
            raise GateNotMet(
                f"{signer} is known to {self.trust}, but not as one who signs for {namespace}",
                resolution=f'Its line there needs namespaces="{namespace}".',
            )
        with _file(armour) as file:
            call = ["-Y", "verify", "-f", str(self.trust), "-I", signer, "-n", namespace, "-s", str(file)]
            done = _run(call, content)
        if done.code:
            raise GateNotMet(f"the signature of {signer} does not fit what it is said to sign", details=done.last_words)
        return Signature(signer, _fingerprint(found.key))

    def _principal(self, armour: bytes, found: Armour) -> str:
        if not self.trust.is_file():
            raise GateNotMet(f"nobody is trusted: there is no {self.trust}", resolution=_ADD)
        with _file(armour) as file:
            done = _run(["-Y", "find-principals", "-f", str(self.trust), "-s", str(file)], b"")
        names = done.text.splitlines()
        if done.code or not names:
            fingerprint = _fingerprint(found.key)
            raise GateNotMet(f"it is signed by a key that {self.trust} does not name: {fingerprint}", resolution=_ADD)
        if len(names) > 1 or set(names[0]) & set("*?!,"):
            known = ", ".join(names)
            raise GateNotMet(f"{self.trust} names no single signer for that key, but {known}", resolution=_ADD)
        return names[0]

    def _line(self, namespace: str) -> str:
        public = Path(f"{self.key()}.pub").read_text().split()
        return f'{self.name} namespaces="{namespace}" {public[0]} {public[1]}'


_ADD = "If you know this signer otherwise, add its public key to that file, in a change that a second person reads."


def _named(trust: Path, signer: str, found: Armour) -> bool:
    """Whether one line names this signer alone, with this key, for the signature's namespace."""
    key = base64.b64encode(found.key).decode()
    for line in trust.read_text().splitlines():
        words = line.split()
        if len(words) >= 4 and words[0] == signer and key in words:
            options = dict(option.partition("=")[::2] for option in words[1].split('",'))
            if found.namespace in options.get("namespaces", "").strip('"').split(","):
                return True
    return False


@contextmanager
def _file(content: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="retailops-") as folder:
        file = Path(folder, "signature")
        file.write_bytes(content)
        yield file


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


def of_simulation(root: Path, chain: str, state: Path, lab: bool) -> SshSignatures:
    """In a lab's fleet the lab's own signer; in any other, one that only this rehearsal trusts, so that nothing real ever does."""
    if lab:
        return of_lab(root, chain, state)
    own = state / "simulated"
    return SshSignatures(own / "allowed_signers", f"simulated@{chain}", lambda: own / "keys" / "simulated", own=True)


def of_production(root: Path, key: Callable[[], Path]) -> SshSignatures:
    """Signs as whom the trust file takes our key for; `key` resolves the reference `trust.signingKey`. Never trusted by itself."""
    return SshSignatures(root / "trust" / "allowed_signers", None, key)
