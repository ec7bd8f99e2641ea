"""`retailops hci plan` on a fleet that describes hosts."""

from __future__ import annotations
