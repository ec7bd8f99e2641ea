"""The SSHSIG format, strictly: one signature has one spelling. `ssh-keygen -Y verify` ignores some of its bits; this does not."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from retailops.errors import GateNotMet

BEGIN = b"-----BEGIN SSH SIGNATURE-----\n"
END = b"-----END SSH SIGNATURE-----\n"
_MAGIC = b"SSHSIG"
_VERSION = (1).to_bytes(4, "big")
_KEY_TYPE = b"ssh-ed25519"
_HASH = b"sha512"
_ORDER = 2**252 + 27742317777372353535851937790883648493
_WIDTH = 70


@dataclass(frozen=True)
class Armour:
    """What a signature says of itself: `key` is the public key's SSH blob, `signature` the 64 bytes of Ed25519."""

    key: bytes
    namespace: str
    signature: bytes

    def encode(self) -> bytes:
        """The one spelling of this signature."""
        fields = (self.key, self.namespace.encode(), b"", _HASH, _string(_KEY_TYPE) + _string(self.signature))
        body = base64.b64encode(_MAGIC + _VERSION + b"".join(map(_string, fields)))
        lines = (body[at : at + _WIDTH] + b"\n" for at in range(0, len(body), _WIDTH))
        return BEGIN + b"".join(lines) + END


def decode(armour: bytes) -> Armour:
    """Reads an armoured Ed25519 signature; raises `GateNotMet` for any other spelling than that of `Armour.encode`."""
    try:
        found = _read(armour)
    except (ValueError, binascii.Error, UnicodeDecodeError) as error:
        raise GateNotMet(
            "the signature can't be read: its armour is damaged or of another kind than Ed25519"
        ) from error
    if found.encode() != armour:
        raise GateNotMet("the signature was changed: its armour is not in the one form that signing writes")
    return found


def _read(armour: bytes) -> Armour:
    if not (armour.startswith(BEGIN) and armour.endswith(END)):
        raise ValueError("no armour")
    blob = base64.b64decode(armour[len(BEGIN) : -len(END)].replace(b"\n", b""), validate=True)
    start = len(_MAGIC) + len(_VERSION)
    if blob[:start] != _MAGIC + _VERSION:
        raise ValueError("no SSHSIG version 1")
    key, namespace, _reserved, _hash, signature = _strings(blob[start:], 5)
    key_type, raw = _strings(signature, 2)
    if key_type != _KEY_TYPE or len(raw) != 64 or int.from_bytes(raw[32:], "little") >= _ORDER:
        raise ValueError("no Ed25519 signature")
    return Armour(key, namespace.decode("ascii"), raw)


def _string(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def _strings(blob: bytes, count: int) -> list[bytes]:
    found = []
    for _ in range(count):
        length = int.from_bytes(blob[:4], "big")
        if len(blob) < 4 + length:
            raise ValueError("too short")
        found.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    if blob:
        raise ValueError("bytes left over")
    return found
