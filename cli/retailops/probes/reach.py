"""Which TCP places answer: `{places: ["10.0.0.1:22", ...], timeout}` -> `{reached: {place: bool}}`, all tried at once."""

import json
import socket
import sys
from concurrent.futures import ThreadPoolExecutor


def reached(place: str, timeout: float) -> bool:
    """A refusal counts as an answer: a firewall that drops gives none."""
    host, _, port = place.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return True


if __name__ == "__main__":
    args = json.loads(sys.argv[1])
    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(lambda place: reached(place, args["timeout"]), args["places"]))
    print(json.dumps({"reached": dict(zip(args["places"], answers, strict=True))}))
