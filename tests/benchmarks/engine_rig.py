"""What the engine's benchmarks share: an API server in a process of its own, a project, and CPU counted over every process."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retailops.engine.host_pool import HostPool

TESTS = Path(__file__).parents[1]
_SERVE = """
import sys; sys.path.insert(0, sys.argv[1])
from fake_apiserver import Cluster, serving
with serving(Cluster()) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


@contextmanager
def api_server() -> Iterator[str]:
    """The fake API server of tests/stacks; gives its address."""
    argv = [sys.executable, "-c", _SERVE, str(TESTS / "stacks")]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            assert process.stdin is not None
            process.stdin.close()


@contextmanager
def project() -> Iterator[Path]:
    """A folder with an empty program, a passphrase, and a kubeconfig for a fresh API server."""
    with tempfile.TemporaryDirectory() as name, api_server() as url:
        folder = Path(name)
        (folder / "program").mkdir()
        (folder / "program" / "Pulumi.yaml").write_text("name: proj\nruntime: python\n")
        (folder / "passphrase").write_text("correct horse\n")
        document = {
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c"}}],
            "clusters": [{"name": "c", "cluster": {"server": url}}],
        }
        (folder / "kubeconfig").write_text(json.dumps(document))
        yield folder


def cpu(pool: HostPool | None = None) -> float:
    """Seconds of CPU: ours, of children that ended, and of the pool's warm hosts with theirs."""
    used = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        found = resource.getrusage(who)
        used += found.ru_utime + found.ru_stime
    hosts = [host for idle in pool._idle.values() for host in idle] if pool else []
    return used + sum(_of_process(host._process.pid) for host in hosts)


def _of_process(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(text) for text in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def load() -> str:
    return f"load {os.getloadavg()[0]:.1f}"


def spread(values: list[float], unit: str, digits: int = 0) -> str:
    """`median (least-most)`."""
    ordered = sorted(values)
    middle = ordered[len(ordered) // 2]
    return f"{middle:.{digits}f} {unit} ({ordered[0]:.{digits}f}-{ordered[-1]:.{digits}f}, {len(values)} runs)"
