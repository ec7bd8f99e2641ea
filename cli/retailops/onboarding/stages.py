"""The order in which a store is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from retailops.edge import APPS, EDGE
from retailops.onboarding.acceptance import ACCEPTANCE
from retailops.onboarding.certificate_stage import certificate_stage
from retailops.onboarding.gate_list import GATES
from retailops.onboarding.probe_files import load_probes
from retailops.onboarding.probes import with_checks, with_probes
from retailops.onboarding.procedure import Procedure
from retailops.onboarding.revisions import recording
from retailops.run.stage import Stage
from retailops.wan import ENROLL, WAN

STAGES: tuple[Stage[Any], ...] = (ENROLL, WAN, EDGE, recording(APPS), ACCEPTANCE)


def procedure(root: Path) -> Procedure:
    """The stages and gates, with the probes that the fleet repository adds."""
    probes = load_probes(root)
    gates = with_checks(GATES, probes)
    return Procedure((*(with_probes(stage, probes) for stage in STAGES), certificate_stage(gates)), gates)
