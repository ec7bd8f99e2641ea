"""A person's word as evidence, for the probes that ask for one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from retailops.errors import UsageError
from retailops.onboarding.probes import Probe
from retailops.ports import Evidence, Ports

STAGE = "attest"


def attest(
    ports: Ports, probes: Sequence[Probe], store: str, digest: str, probe_id: str, by: str, note: str
) -> Evidence:
    """Appends that `by` looked and found it so; raises `UsageError` for a probe that asks no person."""
    asking = {probe.id: probe for probe in probes if probe.person is not None}
    if probe_id not in asking:
        known = ", ".join(asking) or "none: a fleet repository adds them as probes/*.yaml"
        raise UsageError(f"no probe {probe_id!r} asks a person", resolution=f"Those that do: {known}.")
    probe, now = asking[probe_id], ports.clock.now()
    before = [item for item in ports.evidence.of(store) if item.stage == STAGE]
    payload = {"question": {"zh": probe.person.question.zh, "en": probe.person.question.en}, "note": note}  # type: ignore[union-attr]
    return ports.evidence.append(
        Evidence(
            store=store,
            stage=STAGE,
            attempt=len(before) + 1,
            gate=probe.gate,
            kind=probe.evidence_kind,
            form="attestation",
            ok=True,
            by=by,
            at=now,
            expires=now + timedelta(days=probe.days),
            digest=digest,
            payload=payload,
            world=ports.world,
        )
    )
