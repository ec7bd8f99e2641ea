"""What every `ports.Durable` does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from retailops.drivers.dbos import DbosDurable
from retailops.errors import Interrupted, RetailopsError, ToolError
from retailops.ports import Durable, Json, RunKey, Step
from retailops.twin.memory import MemoryDurable

IMPLEMENTATIONS: dict[str, Callable[[Path], Durable]] = {
    "memory": lambda _folder: MemoryDurable(),
    "dbos": lambda folder: DbosDurable(folder / "dbos.sqlite"),
}
KEY = RunKey("hz0001", "wan", 1, "plan")
STEPS = tuple(Step(name, {"n": number}) for number, name in enumerate("abc"))


@pytest.fixture(params=IMPLEMENTATIONS)
def durable(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Durable]:
    made = IMPLEMENTATIONS[request.param](tmp_path)
    yield made
    if isinstance(made, DbosDurable):
        made.close()


class Doer:
    """Notes what it did; `raises` maps a step to what it raises, once."""

    def __init__(self, **raises: BaseException) -> None:
        self.done: list[str] = []
        self.raises = raises

    def __call__(self, step: Step) -> Json:
        self.done.append(step.name)
        if step.name in self.raises:
            raise self.raises.pop(step.name)
        return {"n": step.params["n"], "text": "门店\n"}


RESULTS = [{"n": number, "text": "门店\n"} for number in range(3)]


def test_steps_in_order_and_their_results(durable: Durable) -> None:
    doer = Doer()
    assert durable.run(KEY, STEPS, doer) == RESULTS
    assert doer.done == ["a", "b", "c"]


def test_the_same_key_again_returns_what_is_stored(durable: Durable) -> None:
    durable.run(KEY, STEPS, Doer())
    again = Doer()
    assert durable.run(KEY, STEPS, again) == RESULTS
    assert again.done == []


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), Interrupted("stop"), SystemExit(143)])
def test_an_interrupted_run_goes_on_where_it_was(durable: Durable, stop: BaseException) -> None:
    doer = Doer(b=stop)
    with pytest.raises(type(stop)):
        durable.run(KEY, STEPS, doer)
    assert durable.run(KEY, STEPS, doer) == RESULTS
    assert doer.done == ["a", "b", "b", "c"]


def test_interrupted_twice(durable: Durable) -> None:
    doer = Doer(b=KeyboardInterrupt(), c=KeyboardInterrupt())
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            durable.run(KEY, STEPS, doer)
    assert durable.run(KEY, STEPS, doer) == RESULTS
    assert doer.done == ["a", "b", "b", "c", "c"]


def test_a_failure_is_raised_as_it_was_and_needs_a_new_attempt(durable: Durable) -> None:
    error = ToolError("ansible failed", details="its words", resolution="mend it")
    with pytest.raises(ToolError) as raised:
        durable.run(KEY, STEPS, Doer(b=error))
    assert raised.value is error
    again = Doer()
    with pytest.raises(RetailopsError, match="the run hz0001/wan/1 failed: ansible failed"):
        durable.run(KEY, STEPS, again)
    assert again.done == []
    assert durable.run(RunKey("hz0001", "wan", 2, "plan"), STEPS, again) == RESULTS


def test_runs_do_not_share_results(durable: Durable) -> None:
    for key in (
        KEY,
        RunKey("hz0001", "wan", 11, "plan"),
        RunKey("hz0001", "edge", 1, "plan"),
        RunKey("hz00011", "wan", 1, "p"),
    ):
        doer = Doer()
        durable.run(key, STEPS, doer)
        assert doer.done == ["a", "b", "c"]


def test_another_plan_under_the_same_key_is_refused(durable: Durable) -> None:
    with pytest.raises(KeyboardInterrupt):
        durable.run(KEY, STEPS, Doer(b=KeyboardInterrupt()))
    with pytest.raises(RetailopsError, match="begun with another plan"):
        durable.run(RunKey("hz0001", "wan", 1, "other"), STEPS, Doer())


def test_a_result_is_what_a_resumed_run_would_read(durable: Durable) -> None:
    assert durable.run(KEY, STEPS[:1], lambda _step: {"pair": (1, 2)}) == [{"pair": [1, 2]}]


def test_a_result_that_is_no_json_fails_the_run(durable: Durable) -> None:
    with pytest.raises(TypeError):
        durable.run(KEY, STEPS, lambda _step: {1, 2})


def test_no_steps_no_results(durable: Durable) -> None:
    assert durable.run(KEY, (), Doer()) == []
