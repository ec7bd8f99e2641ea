"""Images are given by digest, or are pinned ones of our own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retailops_stacks.policies.pods import containers
from retailops_stacks.policies.registered import Policy, Registered

_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
_LOCAL = re.compile(r"^retailops\.local/[a-z0-9/-]+:(?!latest$)[A-Za-z0-9_.-]+$")


def _pinned(item: Registered) -> Iterator[str]:
    for container in containers(item):
        image = str(container.get("image") or "")
        if not (_DIGEST.search(image) or _LOCAL.match(image)):
            yield f"runs {image or 'no image'}, which is neither given by digest nor a pinned image of our own"


IMAGES = Policy("images", "what runs is what was tested", "mandatory", _pinned)
