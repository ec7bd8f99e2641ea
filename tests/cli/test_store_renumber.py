"""`retailops store renumber`: two branches took the same index, and one of the stores gets another."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result

from retailops.drivers.evidence import SqliteEvidence
from retailops.drivers.revisions import SqliteRevisions
from retailops.ports import Evidence, Revision

Run = Callable[..., Result]
AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def twice(chain: Path) -> Path:
    """hz0009 with the index of hz0001, as a person wrote it; index 0 is somebody's."""
    text = (chain / "stores/east/hz0001.yaml").read_text("utf-8").replace("hz0001", "hz0009")
    text = text.replace("02:00:5e", "02:00:5f").replace("index: 1\n", "index:   1   # 请勿手改 · given by the tool\n")
    path = chain / "stores/east/hz0009.yaml"
    path.write_text(text + "# the last line\n", "utf-8")
    other = (chain / "stores/east/hz0001.yaml").read_text("utf-8").replace("hz0001", "hz0008")
    (chain / "stores/east/hz0008.yaml").write_text(
        other.replace("index: 1\n", "index: 0\n").replace("02:00:5e", "02:00:60"), "utf-8"
    )
    return path


def test_check_and_ci_plan_name_the_way_out(run: Run, twice: Path) -> None:  # noqa: ARG001
    for words in (("check",), ("--simulate", "ci", "plan")):
        done = run(*words)
        assert done.exit_code == 3
        assert "stores/east/hz0009.yaml:7:10: index: 1 is the index of hz0001 too" in done.stderr
        assert done.stderr.endswith(
            "What to do: Mend them and run: retailops check "
            "(another index for a store that was never opened: retailops store renumber hz0009)\n"
        )


def test_the_next_free_index_and_nothing_else_changes(run: Run, twice: Path) -> None:
    before = twice.read_text("utf-8")
    done = run("store", "renumber", "hz0009")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == ("stores/east/hz0009.yaml: index 1 is now 2. Look at it: retailops store show hz0009\n")
    assert twice.read_text("utf-8") == before.replace("index:   1 ", "index:   2 ")
    assert run("check").exit_code == 0


def test_as_json(run: Run, twice: Path) -> None:  # noqa: ARG001
    done = run("store", "renumber", "hz0009", "--output", "json")
    document = {"id": "hz0009", "path": "stores/east/hz0009.yaml", "was": 1, "index": 2, "generation": 1}
    assert json.loads(done.stdout) == document


def test_an_index_out_of_quarantine_brings_its_generation(run: Run, chain: Path, twice: Path) -> None:
    old = chain / "stores/east/hz0008.yaml"
    old.write_text(
        old.read_text("utf-8").replace("opens: 2026-12-01", "opens: 2020-12-01\nretired: 2021-01-01"), "utf-8"
    )
    done = run("store", "renumber", "hz0009")
    assert done.exit_code == 0, done.output
    assert "index:   0   #" in twice.read_text("utf-8")
    assert "generation: 2\n" in twice.read_text("utf-8")
    assert run("check").exit_code == 0


def evidence(state: Path) -> None:
    fact = Evidence("hz0009", "wan", 1, "wan", "tunnels", "probe", True, "t", AT, None, "d" * 64, {}, "lab")
    SqliteEvidence(state / "evidence.sqlite").append(fact)


def revision(state: Path) -> None:
    SqliteRevisions(state / "revisions.sqlite").put(Revision("edge", "hz0009", "a", "a", "applied", AT))


@pytest.mark.parametrize(("known", "why"), [(evidence, "it has evidence"), (revision, "its stack was applied")])
def test_a_store_that_was_begun_keeps_its_index(
    run: Run, chain: Path, twice: Path, known: Callable[[Path], None], why: str
) -> None:
    known(chain / ".retailops")
    before = twice.read_bytes()
    done = run("store", "renumber", "hz0009")
    assert done.exit_code == 2
    assert done.stderr == (
        f"Error: hz0009 keeps index 1: {why}, and all its addresses come from it\n"
        "What to do: Renumber the other store of that index, or retire this one.\n"
    )
    assert twice.read_bytes() == before
    assert run("store", "renumber", "hz0001").exit_code == 0
    assert run("check").exit_code == 0


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("store", "renumber", "hz0007"), "no store 'hz0007' that can be read; did you mean hz0009?"),
        (("--simulate", "store", "renumber", "hz0009"), "a store's file is edited, which can't be simulated"),
    ],
)
def test_refused(run: Run, twice: Path, words: tuple[str, ...], error: str) -> None:  # noqa: ARG001
    done = run(*words)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"Error: {error}\n")
