"""What the writer of records makes of its waits; that it writes is seen on lab hosts."""

from __future__ import annotations

from retailops.probes.volume_writer import report, spans

WAITS = [(0.0, 0.1), (1.0, 0.2), (2.0, 3.0), (6.0, 0.1)]


def test_a_span_holds_the_writes_that_began_in_it() -> None:
    before, within, after = spans(WAITS, [2.0, 5.0])
    assert [before["written"], within["written"], after["written"]] == [2, 1, 1]
    assert (before["worst"], within["worst"], after["p99"]) == (0.2, 3.0, 0.1)


def test_a_span_without_writes_is_said_to_be_empty() -> None:
    assert spans(WAITS, [2.5, 5.0])[1]["written"] == 0


def test_a_report_counts_from_its_own_start() -> None:
    found = report(1000.0, {0: 0, 1: 1}, WAITS, [], (0, 0), [1002.0, 1005.0])
    assert (found["written"], found["worst"], found["worst_at"]) == (4, 3.0, 2.0)
    assert [span["written"] for span in found["spans"]] == [2, 1, 1]
