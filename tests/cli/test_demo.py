"""`retailops demo` never ends with nothing: where no lab can run, it says what is missing and opens the store in the simulated world."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner

from retailops.cli import main
from retailops.commands.app import App
from retailops.commands.console import Console
from retailops.commands.demo import show_centre
from retailops.commands.demo_centre import Centre
from retailops.lab import requirements


@pytest.fixture
def no_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = [requirements.Missing("systemd-nspawn is not here", "apt-get install systemd-container")]
    monkeypatch.setattr(requirements, "preflight", lambda: missing)


@pytest.mark.usefixtures("no_lab")
def test_without_a_lab_it_opens_the_store_simulated(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["demo", "--dir", str(tmp_path / "demo")])
    assert done.exit_code == 0, done.output
    assert "the lab can't run here: systemd-nspawn is not here; apt-get install systemd-container" in done.stdout
    assert "SIMULATED: no real machine was touched" in done.stdout
    assert "G10 Accepted: met" in done.stdout
    again = CliRunner().invoke(main, ["demo", "--dir", str(tmp_path / "demo")])
    assert again.exit_code == 0, again.output


@pytest.mark.usefixtures("no_lab")
def test_a_folder_that_no_demo_wrote_is_left_alone(tmp_path: Path) -> None:
    theirs = tmp_path / "precious"
    theirs.mkdir()
    (theirs / "work.txt").write_text("years of it")
    done = CliRunner().invoke(main, ["demo", "--dir", str(theirs)])
    assert done.exit_code == 1
    assert "is not an earlier demo's" in done.stderr
    assert (theirs / "work.txt").read_text() == "years of it"


class Ended:
    """A job of the centre's that has ended."""

    def __init__(self, code: int, document: dict[str, Any] | None = None) -> None:
        self.code, self.document, self.last_words = code, document, "no machine would boot"

    def join(self) -> None: ...


STACK = {
    "stack": "private",
    "outputs": {"services": {"events": "events.events.svc.cluster.local"}, "waiting": {"metrics": "an image"}},
    "used": {"events": {"ok": True, "said": "a message came back", "seconds": 0.2}},
}


def centre(monkeypatch: pytest.MonkeyPatch, *jobs: Ended) -> tuple[Centre, list[tuple[str, ...]]]:
    left, asked = list(jobs), list[tuple[str, ...]]()

    def start(_app: Any, _name: str, words: tuple[str, ...], on_line: Any) -> Ended:
        asked.append(words)
        for line in (
            "   9.5 s  k3s : Validating",
            "  21.0 s    cloud1: changed",
            "  50.8 s  the centre's cluster is Ready",
        ):
            on_line(line)
        return left.pop(0)

    monkeypatch.setattr("retailops.commands.demo_centre.start", start)
    with Centre(cast(App, None), Console(as_json=False)) as made:
        pass
    return made, asked


def test_the_centre_comes_up_beside_the_store(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made, asked = centre(monkeypatch, Ended(0), Ended(0, STACK))
    assert (asked, made.error) == ([("lab", "centre"), ("cloud", "up", "private")], "")
    said = capsys.readouterr().out
    assert said.count("centre: 50.8 s  the centre's cluster is Ready\n") == 2
    assert "k3s" not in said
    assert "changed" not in said
    made.seconds = 42.4
    show_centre(Console(as_json=False), made)
    assert capsys.readouterr().out == SHOWN


SHOWN = """\
the centre's cluster and its stack private stand, 42 s after the store began
    events                  runs at events.events.svc.cluster.local: a message came back
    metrics                 has its place and waits for an image

"""


def test_a_centre_whose_cluster_does_not_come_up_gets_no_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    made, asked = centre(monkeypatch, Ended(1))
    assert (asked, made.error) == ([("lab", "centre")], "lab centre: no machine would boot")
