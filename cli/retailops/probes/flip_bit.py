"""A bit of a disk flipped on purpose, as decay would: `{path, needle}` -> `{places: [offset]}`, where the needle (hex) was found.

Only for a lab's disks, which are sparse files: their holes are skipped. In each place the first bit of the needle is flipped.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Iterator

CHUNK = 8 << 20


def stretches(handle: int) -> Iterator[tuple[int, int]]:
    """(begin, end) of what is not a hole."""
    at = 0
    while True:
        try:
            at = os.lseek(handle, at, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return
            raise
        end = os.lseek(handle, at, os.SEEK_HOLE)
        yield at, end
        at = end


def places(handle: int, needle: bytes) -> Iterator[int]:
    for begin, end in stretches(handle):
        at = begin
        while at < end:
            data = os.pread(handle, min(CHUNK + len(needle), end - at), at)
            found = data.find(needle)
            if 0 <= found < CHUNK:
                yield at + found
                at += found + len(needle)
            else:
                at += CHUNK


def main(path: str, needle: bytes) -> list[int]:
    handle = os.open(path, os.O_RDWR)
    try:
        found = list(places(handle, needle))
        for at in found:
            os.pwrite(handle, bytes([needle[0] ^ 0x80]), at)
        os.fsync(handle)
    finally:
        os.close(handle)
    return found


if __name__ == "__main__":
    args = json.loads(sys.argv[1])
    print(json.dumps({"places": main(args["path"], bytes.fromhex(args["needle"]))}))
