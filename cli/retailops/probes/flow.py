"""Keeps asking one HTTP server over one connection: `{host, port, path, seconds, interval}` -> gaps between its answers.

The answer: `{asked, answered, worst, worst_at, series: [[second, gap], ...]}`; seconds count from the probe's start, `interval` is in
seconds too. A gap is the time between two answers one after the other; a broken connection is opened again at once.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from typing import Any

PATIENCE = 4.0


def exchange(connection: socket.socket, request: bytes) -> None:
    connection.sendall(request)
    head = b""
    while b"\r\n\r\n" not in head:
        got = connection.recv(4096)
        if not got:
            raise OSError("closed")
        head += got
    fields, _, body = head.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in fields.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        got = connection.recv(4096)
        if not got:
            raise OSError("closed")
        body += got


def watch(args: dict[str, Any]) -> dict[str, Any]:
    place = (args["host"], args["port"])
    request = f"GET {args['path']} HTTP/1.1\r\nHost: {args['host']}\r\nConnection: keep-alive\r\n\r\n".encode()
    start = last = time.monotonic()
    asked, connection, series = 0, None, []
    while time.monotonic() - start < args["seconds"]:
        asked += 1
        try:
            if connection is None:
                connection = socket.create_connection(place, timeout=1.0)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.settimeout(PATIENCE)
            exchange(connection, request)
        except OSError:
            if connection is not None:
                connection.close()
            connection = None
            time.sleep(args["interval"])
            continue
        now = time.monotonic()
        series.append([round(now - start, 3), round(now - last, 4)])
        last = now
        time.sleep(args["interval"])
    if time.monotonic() - last > 1:
        series.append([round(time.monotonic() - start, 3), round(time.monotonic() - last, 4)])
    return report(asked, series)


def report(asked: int, series: list[list[float]]) -> dict[str, Any]:
    at, worst = max(series, key=lambda point: point[1], default=(0.0, 0.0))
    step = max(1, len(series) // 150)
    kept = [max(series[n : n + step], key=lambda point: point[1]) for n in range(0, len(series), step)]
    return {"asked": asked, "answered": len(series), "worst": worst, "worst_at": at, "series": kept}


if __name__ == "__main__":
    print(json.dumps(watch(json.loads(sys.argv[1]))))
