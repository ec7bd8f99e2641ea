"""A store's preview with its state in a folder and in a bucket on loopback, the two alternating; and beside 3,000 other stacks.

The server is versitygw where it is on the PATH, else moto (which is slow itself); either runs in a process of its own.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench_engine import edge_request
from engine_rig import TESTS, cpu, load, project, spread

from retailops.drivers.pulumi import BuiltinStacks
from retailops.engine.host_pool import HostPool
from retailops.engine.state.backend import Backend
from retailops.engine.state.bucket import Bucket, _client
from retailops.engine.state.moving import stacks as stacks_in

MOTO = """
import logging, sys; sys.path.insert(0, sys.argv[1]); logging.getLogger("werkzeug").setLevel(logging.ERROR)
from s3_server import s3_server
with s3_server() as (gate, query):
    print(query, flush=True)
    sys.stdin.read()
"""
COLD = """
import sys; sys.path.insert(0, sys.argv[1])
from dataclasses import replace
from bench_engine import edge_request
from pathlib import Path
from retailops.drivers.pulumi import BuiltinStacks
BuiltinStacks("0.0.1").preview(replace(edge_request(Path(sys.argv[2])), state=sys.argv[3]), lambda line: None)
"""
MANY = 3_000


@contextmanager
def server() -> Iterator[tuple[str, str]]:
    """Its name, and the query of a URL that reaches it."""
    os.environ.update(AWS_ACCESS_KEY_ID="bench", AWS_SECRET_ACCESS_KEY="bench-bench")
    with tempfile.TemporaryDirectory() as name:
        os.environ["XDG_STATE_HOME"] = f"{name}/machine"
        if binary := shutil.which("versitygw"):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            for part in ("data", "side"):
                (Path(name) / part).mkdir()
            argv = [
                binary,
                "--quiet",
                "--port",
                f"127.0.0.1:{port}",
                "posix",
                "--sidecar",
                f"{name}/side",
                f"{name}/data",
            ]
            environment = {**os.environ, "ROOT_ACCESS_KEY": "bench", "ROOT_SECRET_KEY": "bench-bench"}
            process = subprocess.Popen(argv, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(2)
            query = f"endpoint=127.0.0.1:{port}&disableSSL=true&s3ForcePathStyle=true&region=us-east-1"
        else:
            process = subprocess.Popen(
                [sys.executable, "-c", MOTO, str(TESTS / "state")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            assert process.stdout
            query = process.stdout.readline().strip()
        try:
            yield ("versitygw" if binary else "moto"), query
        finally:
            process.terminate()
            process.wait()


def quiet(_line: str) -> None:
    """Nobody listens."""


def compare(places: dict[str, str], folder: Path) -> None:
    pool = HostPool()
    stacks = BuiltinStacks("0.0.1", pool)
    wall: dict[str, list[float]] = {name: [] for name in places}
    used: dict[str, list[float]] = {name: [] for name in places}
    cold: dict[str, list[float]] = {name: [] for name in places}
    for turn in range(8):
        for name, state in places.items():
            request = replace(edge_request(folder), state=state)
            before, begin = cpu(pool), time.perf_counter()
            for _ in range(5):
                stacks.preview(request, quiet)
            if turn > 1:
                wall[name].append((time.perf_counter() - begin) * 200)
                used[name].append((cpu(pool) - before) * 200)
    for _ in range(5):
        for name, state in places.items():
            begin = time.perf_counter()
            subprocess.run([sys.executable, "-c", COLD, str(TESTS / "benchmarks"), str(folder), state], check=True)
            cold[name].append(time.perf_counter() - begin)
    for name in places:
        print(
            f"{name}: warm CPU {spread(used[name], 'ms')}, wall {spread(wall[name], 'ms')}; "
            f"cold {spread(cold[name], 's', 2)}; {load()}"
        )


def main() -> None:
    with server() as (kind, query), project() as folder:
        bucket = f"s3://bench/chain?{query}"
        _client(Bucket(bucket).place).create_bucket(Bucket="bench")
        places = {"folder": str(folder / "state"), f"bucket on {kind}": bucket}
        BuiltinStacks("0.0.1").up(edge_request(folder), quiet)
        here, there = Backend(places["folder"]).objects, Backend(bucket).objects
        for key in here.names("", deep=True):
            there.write(key, here.read(key) or b"")
        compare(places, folder)
        for state in places.values():
            objects = Backend(state).objects
            content = objects.read("stacks/edge/hz0001.json") or b""
            for number in range(MANY):
                objects.write(f"stacks/edge/hz{number + 10:05}.json", content)
        print(f"beside {MANY} other stacks:")
        compare(places, folder)
        for name, state in places.items():
            begin = time.perf_counter()
            found = len(stacks_in(Backend(state)))
            print(f"{name}: all {found} stacks listed in {time.perf_counter() - begin:.2f} s")


if __name__ == "__main__":
    main()
