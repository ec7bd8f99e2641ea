"""Names, time and leases as a device sees them: `{names?: {server, names}, time?: server, lease?: interface}` -> the answers.

`{names: {name: address|null}, time: {offset, stratum}|null, lease: {address, router, dns, time}|null}`; `offset` in seconds, server minus
device. The lease is offered, never taken. Names and time are asked again as a resolver and a clock would, up to `TRIES` times.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

UNIX_1900 = 2_208_988_800
TRIES = 5
PAUSE = 1.0

T = TypeVar("T")


def again(ask: Callable[[], T | None]) -> T | None:
    """The first answer; a datagram may be lost, and a device that was just plugged in has no address yet."""
    for left in reversed(range(TRIES)):
        if (answer := ask()) is not None:
            return answer
        if left:
            time.sleep(PAUSE)
    return None


def resolve(server: str, name: str, timeout: float = 2.0) -> str | None:
    ident = os.urandom(2)
    query = ident + b"\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
    query += b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0\0\x01\0\x01"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(timeout)
        try:
            asking.sendto(query, (server, 53))
            answer = asking.recv(1024)
        except OSError:
            return None
    count = struct.unpack("!H", answer[6:8])[0]
    return socket.inet_ntoa(answer[-4:]) if answer[:2] == ident and count else None


def clock(server: str, timeout: float = 2.0) -> dict[str, Any] | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(timeout)
        begin = time.time()
        try:
            asking.sendto(b"\x23" + 47 * b"\0", (server, 123))
            answer = asking.recv(512)
        except OSError:
            return None
        end = time.time()
    received, sent = (
        sum(part * 2.0 ** (-32 * n) for n, part in enumerate(struct.unpack("!II", answer[at : at + 8])))
        for at in (32, 40)
    )
    offset = ((received - UNIX_1900 - begin) + (sent - UNIX_1900 - end)) / 2
    return {"offset": round(offset, 4), "stratum": answer[1]}


def udp_checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def discover(mac: bytes, ident: bytes) -> bytes:
    """A DHCPDISCOVER as an Ethernet frame, asking for a broadcast answer."""
    body = struct.pack("!BBBB4sHH", 1, 1, 6, 0, ident, 0, 0x8000) + 16 * b"\0" + mac + 202 * b"\0"
    body += b"\x63\x82\x53\x63" + b"\x35\x01\x01\x3d\x07\x01" + mac + b"\x37\x04\x01\x03\x06\x2a" + b"\xff"
    udp = struct.pack("!HHHH", 68, 67, 8 + len(body), 0) + body
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes(4), b"\xff\xff\xff\xff")
    head = head[:10] + struct.pack("!H", udp_checksum(head)) + head[12:]
    return b"\xff" * 6 + mac + b"\x08\x00" + head + udp


def options(body: bytes) -> dict[int, bytes]:
    found, at = {}, 240
    while at + 1 < len(body) and body[at] != 255:
        if body[at] == 0:
            at += 1
            continue
        found[body[at]] = body[at + 2 : at + 2 + body[at + 1]]
        at += 2 + body[at + 1]
    return found


def offered(frame: bytes, ident: bytes) -> dict[str, Any] | None:
    if frame[12:14] != b"\x08\x00" or frame[23] != 17 or frame[36:38] != b"\x00\x44":
        return None
    body = frame[42:]
    if len(body) < 241 or body[4:8] != ident:
        return None
    told = options(body)
    first = {name: told.get(code, b"")[:4] for name, code in (("router", 3), ("dns", 6), ("time", 42))}
    return {
        "address": socket.inet_ntoa(body[16:20]),
        **{name: socket.inet_ntoa(value) if len(value) == 4 else None for name, value in first.items()},
    }


def lease(interface: str, timeout: float = 10.0) -> dict[str, Any] | None:
    ident = os.urandom(4)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800)) as line:
        line.bind((interface, 0x0800))
        mac = line.getsockname()[4]
        end, again = time.monotonic() + timeout, 0.0
        while (now := time.monotonic()) < end:
            if now >= again:
                line.send(discover(mac, ident))
                again = now + 1.5
            line.settimeout(max(min(again, end) - now, 0.01))
            try:
                found = offered(line.recv(2048), ident)
            except TimeoutError:
                continue
            if found:
                return found
    return None


def answers(args: dict[str, Any]) -> dict[str, Any]:
    wanted = args.get("names") or {"server": "", "names": []}
    return {
        "lease": lease(args["lease"]) if args.get("lease") else None,
        "names": {name: again(partial(resolve, wanted["server"], name)) for name in wanted["names"]},
        "time": again(lambda: clock(args["time"])) if args.get("time") else None,
    }


if __name__ == "__main__":
    print(json.dumps(answers(json.loads(sys.argv[1]))))
