"""What the probe makes of libvirt's words."""

from __future__ import annotations

from retailops.probes.machines_state import running

SAID = """Domain: 'till-db1'
  state.state=1
  state.reason=1

Domain: 'vault'
  state.state=3
  state.reason=5
Domain: 'new'
  state.state=99
"""


def test_machines_and_their_states() -> None:
    assert running(SAID) == {"till-db1": "running", "vault": "paused", "new": "unknown"}
    assert running("") == {}
    assert running("error: failed to connect to the hypervisor") == {}
