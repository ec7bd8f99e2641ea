"""Secrets by passphrase, as Pulumi keeps them: PBKDF2-SHA256, AES-256-GCM, `v1:` texts."""

from __future__ import annotations

import base64
import hashlib
import os
from functools import lru_cache
from pathlib import Path

from retailops.errors import RetailopsError

ROUNDS = 1_000_000
_PROOF = "pulumi"


class WrongPassphrase(RetailopsError):
    """The passphrase does not open what it should."""


@lru_cache(maxsize=256)
def _key(passphrase: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, ROUNDS, 32)


def passphrase_only(provider: str, stack: str) -> None:
    """Refuses by its name a KMS or Vault that keeps a stack's secrets; `provider` is "" where a passphrase does."""
    if provider:
        raise RetailopsError(
            f"the secrets of stack {stack} are kept by {provider}, and the built-in engine opens those of a passphrase only",
            resolution="Use the official Pulumi CLI for this stack, or change it there: "
            "pulumi stack change-secrets-provider passphrase.",
        )


class Crypter:
    """Encrypts and decrypts texts; `salt` is the full text that `encryptionsalt` and the state carry."""

    def __init__(self, passphrase: str, salt: str) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        version, _, rest = salt.partition(":")
        encoded, _, proof = rest.partition(":")
        if version != "v1" or not proof:
            raise RetailopsError(
                f"the salt of the stack's secrets is not in a form that is known here: {salt[:12]}…",
                resolution="Restore encryptionsalt from the last commit of the stack's settings.",
            )
        self.salt = salt
        self._cipher = AESGCM(_key(passphrase, base64.b64decode(encoded)))
        if self._opens(proof) != _PROOF:
            raise WrongPassphrase(
                "wrong passphrase for this stack's secrets", resolution="Name the file with the right one."
            )

    def _opens(self, text: str) -> str | None:
        try:
            return self.decrypt(text)
        except RetailopsError:
            return None

    def encrypt(self, text: str) -> str:
        nonce = os.urandom(12)
        sealed = self._cipher.encrypt(nonce, text.encode(), None)
        return f"v1:{base64.b64encode(nonce).decode()}:{base64.b64encode(sealed).decode()}"

    def decrypt(self, text: str) -> str:
        from cryptography.exceptions import InvalidTag

        try:
            version, nonce, sealed = text.split(":")
            if version != "v1":
                raise ValueError(version)
            return self._cipher.decrypt(base64.b64decode(nonce), base64.b64decode(sealed), None).decode()
        except (ValueError, InvalidTag) as error:
            raise RetailopsError(
                "a secret in the stack's state or settings can't be decrypted: it was damaged, or belongs to another salt",
                resolution="Restore the file from its last good version.",
            ) from error


def new_salt(passphrase: str) -> str:
    """A fresh salt with its proof, `v1:<8 bytes>:<encrypted "pulumi">`."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = os.urandom(8), os.urandom(12)
    sealed = AESGCM(_key(passphrase, salt)).encrypt(nonce, _PROOF.encode(), None)
    return ":".join(("v1", *(base64.b64encode(part).decode() for part in (salt,)), "v1")) + (
        f":{base64.b64encode(nonce).decode()}:{base64.b64encode(sealed).decode()}"
    )


def read_passphrase(path: Path) -> str:
    """The passphrase in a file, without the white space around it."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise RetailopsError(
            f"the passphrase file {path} can't be read", details=str(error), resolution="Name a readable file."
        ) from error
    if not text:
        raise RetailopsError(f"the passphrase file {path} is empty", resolution="Write the stack's passphrase into it.")
    return text
