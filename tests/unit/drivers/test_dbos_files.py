"""Two fleets in one process: each one's runs go to its own file."""

from __future__ import annotations

from pathlib import Path

from retailops.drivers.dbos import DbosDurable
from retailops.ports import RunKey, Step


def test_each_file_has_its_own_runs(tmp_path: Path) -> None:
    done: list[str] = []
    for fleet, plan in (("one", "a" * 64), ("two", "b" * 64), ("one", "a" * 64)):
        durable = DbosDurable(tmp_path / fleet / "dbos.sqlite")
        key = RunKey("hz0001", "wan", 1, plan)
        assert durable.run(key, [Step("s", {})], lambda _step, fleet=fleet: done.append(fleet) or fleet) == [fleet]
    durable.close()
    assert done == ["one", "two"], "the third call had to find the first one's result"
