# SPDX-License-Identifier: Apache-2.0
"""Commands to a Ceph cluster from a monitor's host, with the monitor's own key: no administrator's key is on any host."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

PATIENCE = "20"
MISSING, NOT_PERMITTED = 2, 1
STORES = Path("/var/lib/ceph/mon")


def has_monitor(name):
    return (STORES / f"ceph-{name}").is_dir()


class Overtaken(Exception):
    """What the command was to change has been changed by somebody else since it was read; the text is Ceph's."""


class Cluster:
    """The cluster that the monitor on this host belongs to."""

    def __init__(self, module, monitor):
        self.module = module
        self.argv = ["ceph", "-n", "mon.", "--keyring", f"/var/lib/ceph/mon/ceph-{monitor}/keyring"]
        self.argv += ["--connect-timeout", PATIENCE, "-f", "json"]

    def carry_out(self, steps):
        """Steps are (line, words of a command); the lines of those that were taken, or would be in check mode."""
        done = []
        for line, words in steps:
            done.append(line)
            if not self.module.check_mode:
                self.ask(*words)
        return done

    def ask(self, *words):
        """The answer as values; None where what is asked about isn't there; any other refusal fails the task."""
        done = subprocess.run([*self.argv, *words], capture_output=True, text=True, check=False)
        if done.returncode == MISSING:
            return None
        if done.returncode == NOT_PERMITTED and "prior_version" in done.stderr:
            raise Overtaken(done.stderr.strip().splitlines()[-1])
        if done.returncode:
            self.module.fail_json(msg=f"ceph {' '.join(words[:3])} failed: {done.stderr.strip()[-800:]}")
        return json.loads(done.stdout) if done.stdout.strip() else {}
