"""The process that keeps a lab's hosts, DHCP servers and devices running: `python -m retailops.lab.supervisor LAB`.

It starts what isn't there, starts a host again that rebooted or died, leaves one off that was powered off, and takes over what an
earlier supervisor left running. It ends by SIGTERM and leaves everything running; `down` ends the rest.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from retailops.lab import cgroups, devices, hosts, isp, network, processes, record, spaces
from retailops.lab.topology import Machine, Segment, Topology

_STEADY = 5.0
_POWERED_OFF = 0


@dataclass(frozen=True)
class Part:
    """Something to keep running: `ready` is called before each start, `log` gets its output."""

    name: str
    command: Callable[[], tuple[list[str], dict[str, str]]]
    ready: Callable[[], None]
    log: Path

    @property
    def off(self) -> Path:
        """A file that says: leave it off. Only a host that powered itself off has one, until `lab up` removes it."""
        return self.log.with_name("off")

    @property
    def error(self) -> Path:
        """Why it could not be started; there only while that is so."""
        return self.log.with_name(self.log.stem + ".error")


@dataclass
class Watched:
    """A running part; `handle` is its pidfd."""

    pid: int
    handle: int
    since: float
    child: subprocess.Popen[bytes] | None = None


@dataclass
class Supervisor:
    """One lab's keeper. `later` is when a part that died early may start again."""

    lab: str
    running: dict[str, Watched] = field(default_factory=dict)
    later: dict[str, float] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    ending: bool = False

    @property
    def folder(self) -> Path:
        return record.folder(self.lab)

    def run(self) -> None:
        stamp = 0
        while not self.ending:
            try:
                now = (self.folder / "lab.json").stat().st_mtime_ns
            except FileNotFoundError:
                return
            if now != stamp:
                wanted, stamp = self._wanted(), now
                self._adopt()
            for part in wanted:
                self._keep(part)
            self._wait(0.5)

    def _wanted(self) -> list[Part]:
        lab = record.read(self.lab)
        return list(parts(Topology(lab))) if lab else []

    def _adopt(self) -> None:
        for name, process in processes.parts(self.folder).items():
            if name not in self.running and name != "supervisor":
                with suppress(ProcessLookupError):
                    self.running[name] = Watched(process.pid, os.pidfd_open(process.pid), time.monotonic() - _STEADY)

    def _keep(self, part: Part) -> None:
        if part.name in self.running or time.monotonic() < self.later.get(part.name, 0) or part.off.exists():
            return
        try:
            self._start(part)
        except Exception as error:
            said = f"{part.name}: could not start: {error}\n{getattr(error, 'details', '')}"
            print(said, flush=True)
            part.error.write_text(said)
            self._put_off(part.name)

    def _start(self, part: Part) -> None:
        part.ready()
        argv, environment = part.command()
        with part.log.open("ab") as log:
            if log.tell() > 4_000_000:
                log.truncate(0)
            child = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**processes.mark(str(self.folder), part.name), **environment},
                cwd="/",
                start_new_session=True,
            )
        print(f"{part.name}: started as {child.pid}", flush=True)
        part.error.unlink(missing_ok=True)
        self.running[part.name] = Watched(child.pid, os.pidfd_open(child.pid), time.monotonic(), child)

    def _wait(self, seconds: float) -> None:
        handles = {watched.handle: name for name, watched in self.running.items()}
        for handle in select.select(list(handles), [], [], seconds)[0]:
            self._ended(handles[handle])

    def _ended(self, name: str) -> None:
        watched = self.running.pop(name)
        os.close(watched.handle)
        status = watched.child.wait() if watched.child else None
        print(f"{name}: {watched.pid} ended with {status}", flush=True)
        if name.startswith("host:") and status == _POWERED_OFF:
            (self.folder / "hosts" / name.partition(":")[2] / "off").touch()
        elif time.monotonic() - watched.since < _STEADY:
            self._put_off(name)
        else:
            self.failures.pop(name, None)

    def _put_off(self, name: str) -> None:
        self.failures[name] = self.failures.get(name, 0) + 1
        self.later[name] = time.monotonic() + min(10.0, 0.2 * 2 ** self.failures[name])


def parts(topology: Topology) -> Iterator[Part]:
    """Everything of a lab that must run, hosts first."""
    for machine in topology.hosts:
        yield _host(topology, machine)
    if topology.controllers:
        yield _controllers(topology)
    for segment in topology.segments:
        yield _dhcp(topology, segment)
    for device in topology.devices:
        yield _device(topology, device)


def _host(topology: Topology, machine: Machine) -> Part:
    own = hosts.folder(topology, machine)

    def ready() -> None:
        cgroups.clear(topology.record.id, machine.name)
        network.plug(machine)

    return Part(f"host:{machine.name}", lambda: hosts.command(topology, machine), ready, own / "console.log")


def _controllers(topology: Topology) -> Part:
    folder, inside = record.folder(topology.record.id), f"--net={spaces.path(topology.root)}"
    argv = ["nsenter", inside, sys.executable, "-m", "retailops.lab.controllers", topology.record.id]
    return Part("controllers", lambda: (argv, _python()), lambda: None, folder / "controllers.log")


def _dhcp(topology: Topology, segment: Segment) -> Part:
    log = record.folder(topology.record.id) / f"dhcp-{segment.name}-{segment.isp}.log"
    name = f"dhcp:{segment.store}/{segment.uplink}"
    return Part(name, lambda: isp.server(topology, segment), lambda: None, log)


def _device(topology: Topology, device: Machine) -> Part:
    own = devices.folder(topology, device)

    def ready() -> None:
        devices.prepare(topology, device)
        if not network.plugged(device):
            network.plug(device)

    own.mkdir(parents=True, exist_ok=True)
    return Part(f"device:{device.name}", lambda: devices.client(topology, device), ready, own / "udhcpc.log")


def start(lab: str) -> None:
    """Starts the lab's supervisor in the background unless it has one; returns when it is decided which one stays."""
    folder = record.folder(lab)
    if alive(lab):
        return
    with (folder / "supervisor.log").open("ab") as log:
        subprocess.Popen(
            [sys.executable, "-m", "retailops.lab.supervisor", lab],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
            env={**processes.mark(str(folder), "supervisor"), **_python()},
        )


def alive(lab: str) -> bool:
    """Whether a supervisor holds the lab's supervisor lock."""
    with (record.folder(lab) / "supervisor.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _python() -> dict[str, str]:
    names = ("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "PYTHONPATH", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in names if name in os.environ}


def main(lab: str) -> None:
    with (record.folder(lab) / "supervisor.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        keeper = Supervisor(lab)

        def stop(_signal: int, _frame: FrameType | None) -> None:
            keeper.ending = True

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        keeper.run()


if __name__ == "__main__":
    main(sys.argv[1])
