#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Brings systemd units to a wanted state, all of one role in one task."""

from __future__ import annotations

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.retailops_lock import hold_lock

DOCUMENTATION = """
module: retailops_units
short_description: Enable, start, mask, reload and restart units of systemd
description:
  - One task for all units of a role. I(running), I(enabled) and I(masked) are states and change nothing twice; I(reload) and
    I(restart) act on units that are active, and are for handlers.
  - Unit files are read again where systemd says that they changed. The node's lock is held, as by every changing step.
options:
  running:
    description: Units to be enabled and active.
    type: list
    elements: str
  masked:
    description: Units that must not start.
    type: list
    elements: str
  reload:
    description: Active units to reload, or to restart where they can't reload.
    type: list
    elements: str
  restart:
    description: Active units to restart.
    type: list
    elements: str
"""

RETURN = """
units:
  description: Units that were touched, or would be.
  type: list
"""

UNIT_SECONDS = 240
TIMED_OUT = 124


def shown(module, units):
    """Unit -> its properties, asked at once; a systemd that does not answer in full is an error, not a state."""
    wanted = "LoadState,ActiveState,UnitFileState,NeedDaemonReload"
    _code, out, err = module.run_command(["systemctl", "show", f"--property={wanted}", "--", *units])
    blocks = [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in out.split("\n\n")]
    if len(blocks) != len(units) or any("ActiveState" not in block for block in blocks):
        module.fail_json(msg=f"systemd did not tell the state of {', '.join(units)}: {err.strip()}")
    return dict(zip(units, blocks, strict=True))


def systemctl(module, verb, units):
    if not units or module.check_mode:
        return
    code, out, err = module.run_command(["timeout", str(UNIT_SECONDS), "systemctl", verb, "--", *units])
    if code != 0:
        state = [
            module.run_command(["journalctl", "-n", "8", "--no-pager", "-o", "cat", "-u", unit])[1] for unit in units
        ]
        why = f"not done after {UNIT_SECONDS} s; {stuck(module, units)}" if code == TIMED_OUT else (err or out).strip()
        module.fail_json(msg=f"systemctl {verb} {' '.join(units)}: {why}", journal=state)


def stuck(module, units):
    """What units that are neither up nor down say of themselves."""
    shown = module.run_command(["systemctl", "show", "--property=Id,SubState,StatusText", "--", *units])[1]
    return "; ".join(", ".join(block.split("\n")) for block in shown.strip().split("\n\n"))


def is_active(state):
    return state.get("ActiveState") in ("active", "activating", "reloading")


def is_enabled(unit, state):
    """An alias alone makes systemd call a unit enabled; what counts at a boot is that something wants it."""
    if state.get("UnitFileState") == "enabled":
        return any(Path("/etc/systemd/system").glob(f"*.wants/{unit}"))
    return state.get("UnitFileState") in ("static", "generated")


def main():
    listed = {"type": "list", "elements": "str", "default": []}
    names = ("running", "masked", "reload", "restart")
    module = AnsibleModule(argument_spec=dict.fromkeys(names, listed), supports_check_mode=True)
    running, masked, reload, restart = (module.params[name] for name in names)
    hold_lock(module)
    states = shown(module, sorted({*running, *masked, *reload, *restart}))
    if not module.check_mode and (
        reload or restart or any(s.get("NeedDaemonReload") == "yes" for s in states.values())
    ):
        module.run_command(["systemctl", "daemon-reload"], check_rc=True)
    to_mask = [unit for unit in masked if states[unit].get("UnitFileState") not in ("masked", "masked-runtime")]
    to_enable = [unit for unit in running if not is_enabled(unit, states[unit])]
    to_start = [unit for unit in running if not is_active(states[unit])]
    to_reload = [unit for unit in reload if is_active(states[unit])]
    to_restart = [unit for unit in restart if is_active(states[unit])]
    systemctl(module, "mask", to_mask)
    # Systemd counts a unit's deaths and then refuses to start it; whoever asks for it now knows better.
    systemctl(module, "reset-failed", [unit for unit in to_start if states[unit].get("ActiveState") == "failed"])
    systemctl(module, "enable", to_enable)
    systemctl(module, "start", to_start)
    systemctl(module, "reload-or-restart", to_reload)
    systemctl(module, "restart", to_restart)
    touched = sorted({*to_mask, *to_enable, *to_start, *to_reload, *to_restart})
    module.exit_json(changed=bool(touched), units=touched)


if __name__ == "__main__":
    main()
