"""A till on the lab's cluster, and a watch that asks it without a break."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass

from lab_bench import STORE, Bench

SERVER = f"{STORE}-edge1"
MANIFEST = "/var/lib/rancher/k3s/server/manifests/trial.yaml"
TRIAL = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: trial, namespace: default}}
spec:
  replicas: 1
  strategy: {{type: Recreate}}
  selector: {{matchLabels: {{app: trial}}}}
  template:
    metadata: {{labels: {{app: trial}}}}
    spec:
      containers:
      - name: till
        image: {image}
        imagePullPolicy: Never
        args: [store, --store=hz0001, --listen=:18080]
        ports: [{{containerPort: 18080, hostPort: 18080}}]
        resources: {{limits: {{cpu: 200m, memory: 64Mi}}}}
        volumeMounts: [{{name: data, mountPath: /data}}]
      volumes: [{{name: data, hostPath: {{path: /var/lib/retailops/till, type: Directory}}}}]
"""
WATCH = """
import http.client, json, sys, time
address, seconds = sys.argv[1], float(sys.argv[2])
end, asked, failed, last, worst = time.monotonic() + seconds, 0, 0, time.monotonic(), 0.0
while time.monotonic() < end:
    asked += 1
    try:
        link = http.client.HTTPConnection(address, 18080, timeout=1)
        link.request("GET", "/healthz")
        if link.getresponse().status != 200:
            raise OSError("unwell")
        worst, last = max(worst, time.monotonic() - last), time.monotonic()
    except OSError:
        failed += 1
    time.sleep(0.05)
print(json.dumps({"asked": asked, "failed": failed, "worst": max(worst, time.monotonic() - last)}))
"""


@dataclass(frozen=True)
class Cluster:
    """The lab's edge node after the role has run on it; `address` is the node's own."""

    bench: Bench
    address: str

    def on_node(self, *argv: str, check: bool = True) -> str:
        return self.bench.run(SERVER, *argv, check=check)

    def kubectl(self, *argv: str) -> str:
        return self.on_node("k3s", "kubectl", *argv)

    def put(self, path: str, text: str) -> None:
        argv = self.bench.lab.command(SERVER, ["sh", "-c", 'cat > "$0"', path])
        subprocess.run(argv, input=text, text=True, check=True, timeout=30)

    def watch(self, seconds: float) -> subprocess.Popen[str]:
        """Asks the till every 50 ms; `json.loads` its output for asked, failed and the worst gap in seconds."""
        argv = self.bench.lab.command(SERVER, ["python3", "-c", WATCH, self.address, str(seconds)])
        return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)


def seen(watch: subprocess.Popen[str]) -> dict[str, float]:
    output, _ = watch.communicate(timeout=120)
    found: dict[str, float] = json.loads(output)
    return found
