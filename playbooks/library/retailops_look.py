#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Says which packages a node lacks and which units it runs, in one task."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: retailops_look
short_description: Which packages are missing and which units run
description:
  - Reads only. A role begins with it, so that packages are installed only where one is missing, and handlers act only on what ran
    before the role came.
options:
  packages:
    description: Debian packages that are needed.
    type: list
    elements: str
  units:
    description: Units of systemd.
    type: list
    elements: str
"""

RETURN = """
missing:
  description: Packages that are not installed.
  type: list
active:
  description: Units that are active.
  type: list
"""


def missing(module, packages):
    _code, out, _err = module.run_command(
        ["dpkg-query", "-W", "-f=${binary:Package} ${db:Status-Status}\\n", *packages]
    )
    installed = {line.split()[0].split(":")[0] for line in out.splitlines() if line.endswith(" installed")}
    return [package for package in packages if package not in installed]


def active(module, units):
    _code, out, _err = module.run_command(["systemctl", "is-active", "--", *units])
    return [
        unit for unit, state in zip(units, out.split(), strict=False) if state in ("active", "activating", "reloading")
    ]


def main():
    listed = {"type": "list", "elements": "str", "default": []}
    module = AnsibleModule(argument_spec={"packages": listed, "units": listed}, supports_check_mode=True)
    packages, units = module.params["packages"], module.params["units"]
    module.exit_json(
        changed=False,
        missing=missing(module, packages) if packages else [],
        active=active(module, units) if units else [],
    )


if __name__ == "__main__":
    main()
