"""What is to be done, as data: pure values and functions, no I/O but writing a plan to disk and reading it back."""

from retailops.plan.actions import Action, FileDiff, Noop
from retailops.plan.diff import file_diffs, lines
from retailops.plan.digest import canonical, design_digest, digest
from retailops.plan.plan import Plan, read_plan, write_plan

__all__ = [
    "Action",
    "FileDiff",
    "Noop",
    "Plan",
    "canonical",
    "design_digest",
    "digest",
    "file_diffs",
    "lines",
    "read_plan",
    "write_plan",
]
