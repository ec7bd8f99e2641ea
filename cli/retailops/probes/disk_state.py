"""Which disks a host has: `{paths: [path]}` -> `{disks: {path: uuid}, unreadable: {path: why}}`, those that aren't there left out.

The uuid is that of the OSD whose label is on the disk; "" where no OSD is.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

MAGIC = b"bluestore block device\n"
UUID = 36


def state(paths: list[str]) -> dict[str, Any]:
    disks: dict[str, str] = {}
    unreadable: dict[str, str] = {}
    for path in paths:
        try:
            with Path(path).open("rb") as disk:
                head = disk.read(len(MAGIC) + UUID)
        except FileNotFoundError:
            continue
        except OSError as error:
            unreadable[path] = str(error.strerror)
            continue
        disks[path] = head[len(MAGIC) :].decode("ascii", "replace") if head.startswith(MAGIC) else ""
    return {"disks": disks, "unreadable": unreadable}


if __name__ == "__main__":
    print(json.dumps(state(json.loads(sys.argv[1])["paths"])))
