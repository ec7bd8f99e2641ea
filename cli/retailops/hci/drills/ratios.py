"""Shares of a disk from which on the cluster warns, gives it no copies any more, and stops every write."""

from __future__ import annotations

from collections.abc import Mapping

from retailops.hci.changes.moving import command
from retailops.hci.sizing import BACKFILLFULL, NEARFULL
from retailops.hci.standing import Standing

USUAL: Mapping[str, float] = {"nearfull": NEARFULL, "backfillfull": BACKFILLFULL, "full": 0.95}


def set_ratios(standing: Standing, ratios: Mapping[str, float]) -> None:
    for name, ratio in ratios.items():
        command(standing, "osd", f"set-{name}-ratio", f"{ratio:.4f}")
