"""Every drill that there is."""

from __future__ import annotations

from retailops.errors import UsageError
from retailops.hci.drills import (
    apart,
    balance,
    bitrot,
    grow,
    host,
    mirror,
    nearly_full,
    process,
    rack,
    roll,
    site,
    split,
    takeover,
    tie_break,
)
from retailops.hci.drills.drill import Drill
from retailops.model.values import nearest

DRILLS = (
    process.DRILL,
    host.DRILL,
    rack.DRILL,
    split.DRILL,
    roll.DRILL,
    bitrot.DRILL,
    nearly_full.DRILL,
    grow.DRILL,
    balance.DRILL,
    mirror.DRILL,
    *takeover.DRILLS,
    site.DRILL,
    apart.DRILL,
    tie_break.DRILL,
)


def find(name: str) -> Drill:
    """The drill of this name; `UsageError` with the names there are."""
    known = {each.name: each for each in DRILLS}
    if name not in known:
        raise UsageError(f"no drill {name!r}{nearest(name, known)}", resolution=f"The drills: {', '.join(known)}")
    return known[name]
