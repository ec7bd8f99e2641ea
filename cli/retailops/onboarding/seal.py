"""A document and the signature that ends it: one file, in which every byte is accounted for."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from retailops.errors import GateNotMet
from retailops.ports import Signature, Signatures

NAMESPACE = "retailops-certificate@v1"
MAX_BYTES = 20_000_000
_HEAD = b'<pre id="signature" data-sha512="'
_MIDDLE = b'">\n'
_TAIL = b"</pre>\n"
_DATA = b'<script type="application/json" id="certificate">'
_DATA_END = b"</script>"


@dataclass(frozen=True)
class Verified:
    """What a trusted signer signed: `document` is the JSON inside."""

    document: dict[str, Any]
    signature: Signature


def seal(content: bytes, signatures: Signatures) -> bytes:
    """`content` with the signature over all of it as its last element; the same again for the same content."""
    armour = signatures.sign(content, NAMESPACE)
    return content + _HEAD + _hash(content) + _MIDDLE + armour + _TAIL


def verify(data: bytes, signatures: Signatures) -> Verified:
    """What the file says and who signed it; raises `GateNotMet` unless each byte is as a trusted signer left it."""
    content, armour = _open(data)
    signature = signatures.verify(content, armour, NAMESPACE)
    document = _document(content)
    if document.get("signer") != signature.signer:
        raise GateNotMet(f"it names {document.get('signer')!r} as its signer, and {signature.signer} signed it")
    return Verified(document, signature)


def _open(data: bytes) -> tuple[bytes, bytes]:
    if len(data) > MAX_BYTES:
        raise GateNotMet(f"it has {len(data)} bytes; no certificate has more than {MAX_BYTES}")
    content, head, rest = data.rpartition(_HEAD)
    claimed, middle, tail = rest.partition(_MIDDLE)
    if not head or not middle:
        raise GateNotMet("it has no signature at its end, where a certificate has one")
    if not tail.endswith(_TAIL):
        raise GateNotMet("something stands after the signature, which has to end the file")
    if claimed != _hash(content):
        raise GateNotMet("it was changed after it was signed: its content is not what its signature stands for")
    return content, tail[: -len(_TAIL)]


def _hash(content: bytes) -> bytes:
    return hashlib.sha512(content).hexdigest().encode()


def _document(content: bytes) -> dict[str, Any]:
    parts = content.split(_DATA)
    try:
        document = json.loads(parts[1].partition(_DATA_END)[0])
    except (IndexError, ValueError) as error:
        raise GateNotMet("it is signed, but no certificate: there is no data inside") from error
    if len(parts) != 2 or not isinstance(document, dict):
        raise GateNotMet("it is signed, but no certificate: its data is not one JSON object")
    return document
