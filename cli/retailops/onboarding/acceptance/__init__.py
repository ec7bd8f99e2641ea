"""The acceptance list: what is tried on a store before anybody may say that it is ready, from outside and with its lines cut."""

from __future__ import annotations

from retailops.onboarding.acceptance.stage import ACCEPTANCE

__all__ = ["ACCEPTANCE"]
