"""Packages of Ceph on a host: `{}` -> `{installed: {package: version}, candidate: {package: version}}`, by the lists fetched last."""

from __future__ import annotations

import json
import subprocess

FORM = "${source:Package} ${db:Status-Status} ${binary:Package} ${Version}\n"


def said(*argv: str) -> str:
    done = subprocess.run(
        argv, capture_output=True, text=True, check=False, env={"PATH": "/usr/sbin:/usr/bin", "LC_ALL": "C"}
    )
    return done.stdout


def installed() -> dict[str, str]:
    rows = (line.split() for line in said("dpkg-query", "-W", f"--showformat={FORM}").splitlines())
    return {
        row[2].partition(":")[0]: row[3]
        for row in rows
        if len(row) == 4 and row[0] == "ceph" and row[1] != "config-files"
    }


def candidates(names: list[str]) -> dict[str, str]:
    found, name = {}, ""
    for line in said("apt-cache", "policy", *names).splitlines() if names else ():
        if not line.startswith(" "):
            name = line.rstrip(":").partition(":")[0]
        elif line.strip().startswith("Candidate:"):
            found[name] = line.split()[1]
    return found


if __name__ == "__main__":
    here = installed()
    print(json.dumps({"installed": here, "candidate": candidates(sorted(here))}))
