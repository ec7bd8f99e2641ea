"""Asks hosts over OpenSSH: one master connection a host, held under the keeper, and a program on standard input for each question."""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import json
import re
import shlex
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from retailops.drivers import private, tool
from retailops.errors import RetailopsError, ToolError, Unreachable
from retailops.ports import Host, Json, Reading

PROBES = Path(__file__).parents[1] / "probes"
NAME = re.compile(r"[a-z][a-z0-9_]*")
CONNECT_SECONDS = 5
SSH_FAILED = 255
LONGEST_ARGUMENT = 100_000


def options(host: Host) -> list[str]:
    """OpenSSH's options for a host: never a question, never an unknown host key."""
    words = ["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", f"ConnectTimeout={CONNECT_SECONDS}"]
    words += ["-o", "ServerAliveInterval=2", "-o", "ServerAliveCountMax=3", "-o", "ForwardAgent=no"]
    if host.known_hosts is not None:
        words += ["-o", f'UserKnownHostsFile="{host.known_hosts}"', "-o", "GlobalKnownHostsFile=/dev/null"]
    if host.identity is not None:
        words += ["-i", str(host.identity), "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none"]
    return [*words, "-l", host.user, "-p", str(host.port)]


class SshProber:
    """Implements `ports.Prober`; `within` is put before every command (`nsenter --net=…`), `probes` holds the programs."""

    def __init__(self, probes: Path = PROBES, within: Sequence[str] = ()) -> None:
        self._probes = probes
        self._within = list(within)
        self._folder: Path | None = None
        self._masters: dict[Host, subprocess.Popen[bytes]] = {}
        self._turns: dict[Host, threading.Lock] = {}
        self._lock = threading.Lock()

    def read(self, host: Host, reading: Reading) -> dict[str, Json]:
        program = self._program(reading.name)
        command = ["python3", "-", _argument(reading.args)]
        try:
            if host.transport == "netns":
                done = self._in_namespace(host, command, program, reading.timeout)
            else:
                done = self._over_ssh(host, shlex.join(command), program, reading.timeout)
        except (subprocess.TimeoutExpired, tool.TimedOut) as error:
            raise self._silent(
                host, f"{reading.name} on {host.name} gave no answer in {reading.timeout:g} s"
            ) from error
        return _answer(host, reading.name, done)

    def reboot(self, host: Host) -> None:
        if host.transport == "netns":
            raise ToolError(f"{host.name} is a simulated device and can't be rebooted")
        if not self._connect(host) and not self._alive(host):
            self._drop(host)
            self._connect(host)
        done = self._ask(host, "systemctl reboot --no-block", b"", 30.0)
        self._drop(host)
        if done.code not in (0, SSH_FAILED):
            raise ToolError(f"{host.name} refused to reboot", details=done.last_words or None)

    def close(self) -> None:
        """Ends every connection; also done when the process ends."""
        for host in list(self._masters):
            self._drop(host)
        if self._folder is not None:
            private.remove(self._folder)
            self._folder = None

    def _program(self, name: str) -> bytes:
        path = self._probes / f"{name}.py"
        if not NAME.fullmatch(name) or not path.is_file():
            raise RetailopsError(f"there is no probe {name!r}", resolution=f"See {self._probes} for those there are.")
        return path.read_bytes()

    def _in_namespace(self, host: Host, command: list[str], program: bytes, timeout: float) -> tool.Completed:
        namespace = Path("/run/netns") / host.address
        if "/" in host.address or not namespace.exists():
            raise Unreachable(f"{host.name} is not there", resolution="retailops lab up")
        argv = [*self._within, "nsenter", f"--net={namespace}", *command]
        return tool.keep(argv, stdin=program, timeout=timeout)

    def _over_ssh(self, host: Host, command: str, program: bytes, timeout: float) -> tool.Completed:
        """Over the host's master; a master that broke since the last question is made anew once."""
        for last in (False, True):
            fresh = self._connect(host)
            done = self._ask(host, command, program, timeout)
            if done.code != SSH_FAILED or self._alive(host):
                return done
            self._drop(host)
            if fresh or last:
                break
        raise Unreachable(f"{host.name} ({host.address}) does not answer", details=done.last_words or None)

    def _ask(self, host: Host, command: str, program: bytes, timeout: float) -> tool.Completed:
        begun = time.monotonic()
        argv = ["ssh", "-S", str(self._socket(host)), "-o", "ControlMaster=no", "-o", "ProxyCommand=false"]
        argv += [*options(host), "--", host.address, command]
        done = subprocess.run(argv, input=program, capture_output=True, timeout=timeout, check=False)
        return tool.Completed(done.returncode, done.stdout, done.stderr, time.monotonic() - begun)

    def _alive(self, host: Host) -> bool:
        """Whether the master still talks to the host: then 255 was the program's own exit code."""
        argv = ["ssh", "-S", str(self._socket(host)), "-O", "check", *options(host), "--", host.address]
        return subprocess.run(argv, capture_output=True, timeout=CONNECT_SECONDS, check=False).returncode == 0

    def _connect(self, host: Host) -> bool:
        """Makes sure of the host's master; says whether it is new."""
        with self._lock:
            turn = self._turns.setdefault(host, threading.Lock())
        with turn:
            master = self._masters.get(host)
            if master is not None and master.poll() is None:
                return False
            self._drop(host)
            self._masters[host] = self._master(host)
            return True

    def _master(self, host: Host) -> subprocess.Popen[bytes]:
        socket = self._socket(host)
        argv = [*self._within, "ssh", "-M", "-N", "-S", str(socket), "-o", "ControlPersist=no"]
        process = tool.start([*argv, *options(host), "--", host.address])
        end = time.monotonic() + CONNECT_SECONDS + 5
        while not socket.exists():
            if process.poll() is not None or time.monotonic() > end:
                raise _unreachable(host, process)
            time.sleep(0.01)
        return process

    def _socket(self, host: Host) -> Path:
        with self._lock:
            if self._folder is None:
                self._folder = private.folder()
                atexit.register(self.close)
        return self._folder / hashlib.sha256(repr(host).encode()).hexdigest()[:12]

    def _silent(self, host: Host, message: str) -> ToolError:
        """Tells a slow program from a host that went away, which the master notices in six seconds."""
        master = self._masters.get(host)
        gone = host.transport == "ssh" and master is not None and master.poll() is not None
        return Unreachable(message) if gone else ToolError(message)

    def _drop(self, host: Host) -> None:
        master = self._masters.pop(host, None)
        if master is not None:
            tool.end(master)
        if self._folder is not None:
            with contextlib.suppress(FileNotFoundError):
                self._socket(host).unlink()


def _argument(args: Mapping[str, Json]) -> str:
    text = json.dumps(dict(args))
    if len(text) > LONGEST_ARGUMENT:
        raise RetailopsError("a probe's arguments are too long for a command line")
    return text


def _answer(host: Host, name: str, done: tool.Completed) -> dict[str, Json]:
    if done.code != 0:
        raise ToolError(f"{name} failed on {host.name} (exit {done.code})", details=done.last_words or None)
    try:
        answer = json.loads(done.out)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise ToolError(f"{name} on {host.name} printed no JSON object", details=done.last_words or None)
    return answer


def _unreachable(host: Host, process: subprocess.Popen[bytes]) -> Unreachable:
    tool.terminate(process)
    assert process.stderr is not None
    words = process.stderr.read().decode(errors="replace").strip()
    tool.end(process)
    return Unreachable(
        f"{host.name} ({host.address}) can't be reached over SSH",
        details=words or None,
        resolution="See that it is switched on, plugged in, and has the key that its known_hosts names; then repeat the command.",
    )
