"""What the built-in engine does not have, said before anything is changed."""

from __future__ import annotations

from collections.abc import Sequence

from retailops.errors import RetailopsError


class Lacking(RetailopsError):
    """The program needs something that only the official engine has."""

    def __init__(self, names: Sequence[str]) -> None:
        listed = sorted(set(names))
        super().__init__(
            f"the built-in engine lacks what this program uses: {', '.join(listed[:5])}"
            + (f" and {len(listed) - 5} more" if len(listed) > 5 else ""),
            resolution="Nothing was changed. Install the official Pulumi CLI, and it is used instead.",
        )
