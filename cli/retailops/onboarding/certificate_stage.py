"""The last stage: what is proven becomes a signed certificate, once for each head of the evidence chain."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from retailops import __version__
from retailops.errors import RetailopsError
from retailops.model import StoreDesign
from retailops.onboarding.certificate import GATE, KIND, Basis, certify, covered, head, stamp
from retailops.onboarding.gates import Gate
from retailops.onboarding.lifecycle import judge_all
from retailops.onboarding.seal import NAMESPACE, seal, verify
from retailops.plan import Action, Noop
from retailops.ports import Evidence, Json, Signatures, Site
from retailops.render.certificate import page
from retailops.run.stage import Context, Found, Proven, Stage

PLANE = "certificate"
FOLDER = Path(".retailops", "certificates")
REHEARSED = Path(".retailops", "simulated", "certificates")
TOOL = f"retailops {__version__}"


@dataclass(frozen=True)
class Facts:
    """`head` is the evidence to certify, `now` when that was read; `intact` names the last certificate if its file is as signed."""

    head: str
    now: str
    certified: str
    intact: str


def certificate_stage(gates: Sequence[Gate]) -> Stage[Facts]:
    """The stage `certificate`; `gates` are those of the procedure that it ends."""

    def issue(context: Context, params: Mapping[str, Any]) -> Json:
        return _issue(context, params, gates)

    return Stage("certificate", None, read, decide, {"certificate.issue": issue})


def read(context: Context) -> Facts:
    """How far the evidence goes, and whether the last certificate covers it and is still there."""
    evidence = context.ports.evidence.of(context.design.store.id)
    last = next((item for item in reversed(evidence) if item.kind == KIND), None)
    payload: Mapping[str, Any] = {} if last is None else last.payload
    path = str(payload.get("path", ""))
    intact = path if path and _sha256(context.root / path) == payload.get("sha256") else ""
    return Facts(head(evidence), stamp(context.ports.clock.now()), str(payload.get("head", "")), intact)


def decide(design: StoreDesign, _site: Site, facts: Facts, _known: Proven) -> Iterator[Action | Noop]:
    """A new certificate wherever evidence has come since the last, or its file is gone or changed."""
    store = design.store.id
    if facts.intact and facts.certified == facts.head:
        yield Noop(PLANE, "certificate.issue", store, f"{facts.intact} stands for all evidence so far")
        return
    reason = (
        "its file is gone or changed" if facts.certified == facts.head else "evidence that no certificate covers yet"
    )
    yield Action(PLANE, "certificate.issue", store, reason, {"head": facts.head, "issued": facts.now})


def _issue(context: Context, params: Mapping[str, Any], gates: Sequence[Gate]) -> Json:
    signatures = context.ports.signatures
    if signatures is None:
        raise RetailopsError("nothing here can sign", resolution="Install openssh-client, or name trust.signingKey.")
    for line in signatures.prepare(NAMESPACE):
        context.on_line(line)
    document = certify(_basis(context, params, gates, signatures)).to_json()
    data = seal(page(document), signatures)
    verify(data, signatures)
    digest = hashlib.sha256(data).hexdigest()
    path = _path(document, digest)
    write(context.root / path, data)
    context.on_line(f"certificate: {path}")
    payload = {"path": str(path), "sha256": digest, "head": params["head"], "signer": signatures.identity}
    return {"evidence": [Found(GATE, KIND, True, payload, None, "artifact").to_json()], "path": str(path)}


def _path(document: Mapping[str, Any], digest: str) -> Path:
    folder = REHEARSED if document["world"] == "SIMULATED" else FOLDER
    return folder / f"{document['store']['id']}-{document['issued'][:10]}-{digest[:8]}.html"


def _basis(context: Context, params: Mapping[str, Any], gates: Sequence[Gate], signatures: Signatures) -> Basis:
    issued = datetime.fromisoformat(str(params["issued"]).replace("Z", "+00:00"))
    evidence = _until(context.ports.evidence.of(context.design.store.id), params["head"])
    return Basis(
        design=context.design,
        digest=context.digest,
        gates=judge_all(gates, evidence, context.digest, issued),
        evidence=evidence,
        issued=issued,
        world=context.ports.world,
        stands_in=(*context.ports.stands_in, *context.site.stands_in),
        signer=signatures.identity,
        tool=TOOL,
    )


def _until(evidence: Sequence[Evidence], last: str) -> tuple[Evidence, ...]:
    """The chain up to the link that the plan saw, whatever was appended since."""
    kept = covered(evidence)
    places = [place for place, item in enumerate(kept) if item.hash == last]
    return kept[: places[0] + 1] if places else ()


def write(path: Path, data: bytes) -> None:
    """Whole or not at all, and on disk when it returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    with half.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
