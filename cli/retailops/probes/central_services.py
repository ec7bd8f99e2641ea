"""Uses central services of a private cloud from the cluster's own machine: `{services: [id]}` -> `{id: {ok, said, seconds}}`.

`events`: a stream is made, a message published, acknowledged as kept, consumed, and the stream removed. `database`: a row is written to a
temporary table and read back, within the pod. Others are not known here and left out of the answer.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from typing import Any

K3S = "/usr/local/bin/k3s"
SQL = "create temporary table probe (n int); insert into probe values (41); select n + 1 from probe"
PSQL = '/usr/lib/postgresql/*/bin/psql --host=/tmp --username=postgres --quiet --tuples-only --no-align --command="$1"'


def kubectl(*words: str) -> str:
    done = subprocess.run([K3S, "kubectl", *words], capture_output=True, text=True, timeout=30, check=False)
    if done.returncode:
        raise OSError(done.stderr.strip()[-300:])
    return done.stdout.strip()


class Nats:
    """As much of NATS' text protocol as it takes to ask and to be answered."""

    def __init__(self, address: str) -> None:
        self.link = socket.create_connection((address, 4222), timeout=5)
        self.stream = self.link.makefile("rb")
        self.inbox = f"_INBOX.{os.urandom(8).hex()}"
        self.stream.readline()
        self.link.sendall(b'CONNECT {"verbose":false}\r\nSUB ' + self.inbox.encode() + b" 1\r\n")

    def ask(self, subject: str, body: bytes = b"") -> bytes:
        self.link.sendall(f"PUB {subject} {self.inbox} {len(body)}\r\n".encode() + body + b"\r\n")
        while True:
            line = self.stream.readline().split()
            if not line:
                raise OSError("the server closed the connection")
            if line[0] == b"PING":
                self.link.sendall(b"PONG\r\n")
            elif line[0] == b"-ERR":
                raise OSError(b" ".join(line).decode())
            elif line[0] == b"MSG":
                answer = self.stream.read(int(line[-1]))
                self.stream.readline()
                return answer

    def api(self, subject: str, **document: Any) -> Any:
        answer = json.loads(self.ask(f"$JS.API.{subject}", json.dumps(document).encode()))
        if "error" in answer:
            raise OSError(answer["error"]["description"])
        return answer


def events() -> str:
    nats, word = (
        Nats(kubectl("get", "pod", "--namespace=events", "events-0", "--output=jsonpath={.status.podIP}")),
        os.urandom(8).hex(),
    )
    nats.api("STREAM.CREATE.PROBE", name="PROBE", subjects=["retailops.probe"], max_msgs=1)
    try:
        kept = json.loads(nats.ask("retailops.probe", word.encode()))
        reader = nats.api("CONSUMER.CREATE.PROBE", stream_name="PROBE", config={"ack_policy": "none"})["name"]
        if nats.ask(f"$JS.API.CONSUMER.MSG.NEXT.PROBE.{reader}", b"1") != word.encode():
            raise OSError("another message came back")
    finally:
        nats.api("STREAM.DELETE.PROBE")
    return f"message {kept['seq']} of stream {kept['stream']} was kept and came back"


def database() -> str:
    said = kubectl("exec", "--namespace=database", "database-0", "--", "/bin/sh", "-c", PSQL, "psql", SQL)
    if said != "42":
        raise OSError(f"41 + 1 is {said[:80]}")
    return "a row was written and read back"


KNOWN = {"events": events, "database": database}


def use(service: str) -> dict[str, Any]:
    start = time.monotonic()
    try:
        ok, said = True, KNOWN[service]()
    except (OSError, ValueError, KeyError, subprocess.SubprocessError) as error:
        ok, said = False, str(error)
    return {"ok": ok, "said": said, "seconds": round(time.monotonic() - start, 3)}


if __name__ == "__main__":
    print(json.dumps({service: use(service) for service in json.loads(sys.argv[1])["services"] if service in KNOWN}))
