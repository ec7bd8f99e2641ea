"""What an `up` of up to 2,000 ConfigMaps writes (not as resources × steps) and the memory of the engine beside the program (≤ 250 MB)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from engine_rig import load, project

PROGRAM = """
import pulumi
import pulumi_kubernetes as k8s
shop = k8s.core.v1.Namespace("shop", metadata={"name": pulumi.get_stack()})
for n in range(pulumi.Config().require_int("count")):
    k8s.core.v1.ConfigMap(f"c{n}", metadata={"name": f"c{n}", "namespace": shop.metadata.name}, data={"n": str(n)})
"""
UP = """
import json, resource, sys
from pathlib import Path
from retailops.drivers.pulumi import BuiltinStacks
from retailops.ports import StackRequest
folder, count = Path(sys.argv[1]), sys.argv[2]
request = StackRequest(folder / "program", f"s{count}", {"proj:count": count}, str(folder / "state"), folder / "passphrase",
    folder / "kubeconfig", {})
def written():
    return int(dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())["wchar"])
before = written()
BuiltinStacks("0.0.1").up(request, lambda line: None)
print(json.dumps([written() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]))
"""


def main() -> None:
    for count in (250, 500, 1000, 2000):
        with project() as folder:
            (folder / "program" / "__main__.py").write_text(PROGRAM)
            done = subprocess.run(
                [sys.executable, "-c", UP, str(folder), str(count)], check=True, stdout=subprocess.PIPE, text=True
            )
            wrote, peak = json.loads(done.stdout)
            size = (Path(folder) / "state" / ".pulumi" / "stacks" / "proj" / f"s{count}.json").stat().st_size
            print(
                f"up of {count} ConfigMaps: {wrote / 1e6:.2f} MB written, {wrote / count / 1e3:.1f} KB a resource "
                f"(the checkpoint is {size / 1e6:.2f} MB); the engine's peak {peak / 1e6:.0f} MB; {load()}",
                flush=True,
            )


if __name__ == "__main__":
    main()
