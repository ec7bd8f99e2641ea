"""A steady flow of echo requests: `{target, source?, seconds, interval?}` -> what was lost, when, and for how long.

`{start, sent, received, largest_gap, gaps: [{at, seconds, lost}], rtt_ms: {median, p95, max}, bins: [[at, sent, answered]]}`. A gap
runs from the last answered request before it to the first answered one after it; one that never ends runs to the last request. `start`
is UTC in seconds, every `at` counts seconds from it; bins are of 50 ms.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import struct
import sys
import time
from typing import Any

BIN = 0.05
WAIT = 1.0


def checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def request(ident: int, number: int) -> bytes:
    body = struct.pack("!I", number) + b"retailops-flow--"
    head = struct.pack("!BBHHH", 8, 0, 0, ident, number & 0xFFFF)
    return struct.pack("!BBHHH", 8, 0, checksum(head + body), ident, number & 0xFFFF) + body


def answered(packet: bytes, ident: int) -> int | None:
    icmp = packet[(packet[0] & 15) * 4 :]
    if len(icmp) < 12 or icmp[0] != 0 or struct.unpack("!H", icmp[4:6])[0] != ident:
        return None
    number: int = struct.unpack("!I", icmp[8:12])[0]
    return number


def run(flow: socket.socket, target: str, count: int, interval: float) -> tuple[list[float], dict[int, float]]:
    ident = os.getpid() & 0xFFFF
    sent: list[float] = []
    back: dict[int, float] = {}
    start = time.monotonic()
    while (now := time.monotonic()) < start + count * interval + WAIT:
        due = start + len(sent) * interval
        if len(sent) < count and now >= due:
            sent.append(now)
            with contextlib.suppress(OSError):
                flow.sendto(request(ident, len(sent) - 1), (target, 0))
            continue
        wait = (due if len(sent) < count else start + count * interval + WAIT) - now
        if select.select([flow], [], [], max(wait, 0))[0]:
            number = answered(flow.recv(2048), ident)
            if number is not None:
                back.setdefault(number, time.monotonic())
        if len(back) == count:
            break
    return sent, back


def gaps(sent: list[float], back: dict[int, float], interval: float) -> list[dict[str, Any]]:
    found, last, lost = [], None, 0
    for number, at in enumerate(sent):
        if number in back:
            if lost:
                begin = sent[0] if last is None else sent[last]
                found.append({"at": round(begin - sent[0], 4), "seconds": round(at - begin, 4), "lost": lost})
            last, lost = number, 0
        else:
            lost += 1
    if lost:
        begin = sent[0] if last is None else sent[last]
        found.append({"at": round(begin - sent[0], 4), "seconds": round(sent[-1] + interval - begin, 4), "lost": lost})
    return found


def bins(sent: list[float], back: dict[int, float]) -> list[list[float]]:
    counted: dict[int, list[int]] = {}
    for number, at in enumerate(sent):
        each = counted.setdefault(int((at - sent[0]) / BIN), [0, 0])
        each[0] += 1
        each[1] += number in back
    return [[round(key * BIN, 3), *each] for key, each in sorted(counted.items())]


def flow(args: dict[str, Any]) -> dict[str, Any]:
    interval = args.get("interval", 0.005)
    count = int(args["seconds"] / interval)
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        raw.bind((args.get("source", "0.0.0.0"), 0))
        start = time.time()
        sent, back = run(raw, args["target"], count, interval)
    times = sorted(back[number] - sent[number] for number in back) or [0.0]
    lost = gaps(sent, back, interval)
    return {
        "start": start,
        "sent": len(sent),
        "received": len(back),
        "largest_gap": max((each["seconds"] for each in lost), default=0.0),
        "gaps": lost,
        "rtt_ms": {
            "median": round(times[len(times) // 2] * 1000, 2),
            "p95": round(times[int(len(times) * 0.95) - 1] * 1000, 2),
            "max": round(times[-1] * 1000, 2),
        },
        "bins": bins(sent, back),
    }


if __name__ == "__main__":
    print(json.dumps(flow(json.loads(sys.argv[1]))))
