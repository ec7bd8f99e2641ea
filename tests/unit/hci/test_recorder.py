"""The drills' machine: its records tell how many lives wrote a volume, and whether two ever did at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from retailops.agents import recorder


class Volume:
    """A volume of memory."""

    def __init__(self) -> None:
        self.data = bytearray(recorder.SIZE * 100)

    def read(self, offset: int, length: int) -> bytes:
        return bytes(self.data[offset : offset + length])

    def put(self, place: int, life: str, host: str, number: int | None = None) -> None:
        content = recorder.RECORD.pack(
            place if number is None else number, life.encode().ljust(16), host.encode(), 100.0 + place
        )
        self.data[place * recorder.SIZE : place * recorder.SIZE + len(content)] = content


@pytest.fixture
def volume(monkeypatch: pytest.MonkeyPatch) -> Volume:
    made = Volume()

    @contextlib.contextmanager
    def opened(*, read_only: bool = False) -> Iterator[Any]:
        assert read_only
        yield made

    monkeypatch.setattr(recorder, "volume", opened)
    return made


def test_nobody_wrote(volume: Volume) -> None:
    del volume
    assert recorder.report() == {"lives": [], "mixed": 0}


def test_one_life_after_the_other(volume: Volume) -> None:
    for place in range(6):
        volume.put(place, "a" if place < 4 else "b", "h1" if place < 4 else "h2")
    found = recorder.report()
    assert found["mixed"] == 0
    assert [(each["host"], each["first"], each["last"], each["begun"], each["ended"]) for each in found["lives"]] == [
        ("h1", 0, 3, 100.0, 103.0),
        ("h2", 4, 5, 104.0, 105.0),
    ]


def test_a_life_that_writes_among_anothers_is_seen(volume: Volume) -> None:
    for place, life in enumerate("aabab"):
        volume.put(place, life, "h1" if life == "a" else "h2")
    assert recorder.report()["mixed"] == 2


def test_a_record_in_anothers_place_is_seen(volume: Volume) -> None:
    for place in range(3):
        volume.put(place, "a", "h1", number=place if place < 2 else 7)
    assert recorder.report()["mixed"] == 1


@pytest.mark.parametrize(("action", "code"), [("meta-data", 0), ("migrate", 3), ("", 3)])
def test_actions_that_need_no_storage(action: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert recorder.main(action) == code
    assert capsys.readouterr().out.startswith("<?xml" if action == "meta-data" else "")
