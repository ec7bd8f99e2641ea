"""Asking over HTTP, with a new connection each time."""

from __future__ import annotations

import urllib.error
import urllib.request


class UrllibWeb:
    """Implements `ports.Web`."""

    def status(self, url: str, timeout: float) -> int:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(url, timeout=timeout) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0
