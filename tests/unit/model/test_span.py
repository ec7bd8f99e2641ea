"""Spans of time as fleet.yaml has them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from retailops.model.rollout import span, span_text


@pytest.mark.parametrize(
    ("text", "length"),
    [("0m", timedelta(0)), ("90m", timedelta(minutes=90)), ("2h", timedelta(hours=2)), ("7d", timedelta(7))],
)
def test_a_span(text: str, length: timedelta) -> None:
    assert span(text) == length
    assert span_text(length) == text


@pytest.mark.parametrize("text", ["", "5", "m", "05m", "-1h", "1w", "1h30m", "1.5h", "1h\n", "999999d"])
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(ValueError, match="is no span of time"):
        span(text)
