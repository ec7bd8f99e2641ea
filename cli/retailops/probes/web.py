"""Asks an HTTP server once: `{url, method?, body?, timeout?}` -> `{status, body, seconds}`, or `{status: 0, error}`.

`body` is sent as JSON, and given back parsed where it is JSON.
"""

import json
import sys
import time
import urllib.error
import urllib.request


def ask(args: dict) -> dict:  # type: ignore[type-arg]
    data = None if args.get("body") is None else json.dumps(args["body"]).encode()
    request = urllib.request.Request(args["url"], data, {"Content-Type": "application/json"}, method=args.get("method"))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    start = time.monotonic()
    try:
        with opener.open(request, timeout=args.get("timeout", 3)) as answer:
            status, body = answer.status, answer.read(65536)
    except urllib.error.HTTPError as error:
        status, body = error.code, error.read(65536)
    except OSError as error:
        return {"status": 0, "error": str(getattr(error, "reason", error)), "seconds": time.monotonic() - start}
    return {"status": status, "body": parsed(body), "seconds": time.monotonic() - start}


def parsed(body: bytes) -> object:
    text = body.decode(errors="replace")
    try:
        return json.loads(text)
    except ValueError:
        return text


if __name__ == "__main__":
    print(json.dumps(ask(json.loads(sys.argv[1]))))
