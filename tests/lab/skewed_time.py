"""A time server that is wrong on purpose: `skewed_time.py PORT SECONDS` answers on the loopback with a time SECONDS ahead (SNTP, RFC 4330).

Hosts of a lab share one clock, so none can be skewed; a server that is skewed makes the same difference.
"""

from __future__ import annotations

import socket
import struct
import sys
import time

SINCE_1900 = 2_208_988_800
HEAD = struct.Struct("!BBbb11I")


def stamp(ahead: float) -> tuple[int, int]:
    whole, part = divmod(time.time() + ahead + SINCE_1900, 1)
    return int(whole), int(part * 2**32)


def main(port: int, ahead: float) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", port))
        while True:
            asked, who = line.recvfrom(512)
            came = stamp(ahead)
            theirs = struct.unpack("!II", asked[40:48])
            head = (0x24, 1, 0, -20, 0, 0, 0x534B4557)
            line.sendto(HEAD.pack(*head, *came, *theirs, *came, *stamp(ahead)), who)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
