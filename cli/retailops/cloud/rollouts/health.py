"""Asking whether what was brought up is well, many stacks at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from retailops.cloud.changes.plan import WORKERS
from retailops.errors import Interrupted, RetailopsError, Unreachable
from retailops.ports import Ports
from retailops.run.pausing import stop_if_paused

HealthOf = Callable[[str], str]
"""Name of a stack -> "", or what is wrong; raises `Unreachable` where nobody answers."""


@dataclass(frozen=True)
class Health:
    """`unwell` maps a stack's name to what is wrong; `unknown` are those that nobody could ask."""

    unwell: dict[str, str]
    unknown: tuple[str, ...]


def ask_all(ports: Ports, names: Iterable[str], health_of: HealthOf, enough: Callable[[int], bool]) -> Health:
    """Asks no further once so many are unwell that it is `enough`; raises `Paused` before the next question."""

    def ask(name: str) -> tuple[str, str | None]:
        stop_if_paused(ports)
        try:
            return name, health_of(name)
        except Unreachable:
            return name, None
        except Interrupted:
            raise
        except RetailopsError as error:
            return name, error.message

    unwell: dict[str, str] = {}
    unknown: list[str] = []
    with ThreadPoolExecutor(WORKERS) as pool:
        for name, why in pool.map(ask, names):
            if why is None:
                unknown.append(name)
            elif why:
                unwell[name] = why
                if enough(len(unwell)):
                    pool.shutdown(cancel_futures=True)
                    break
    return Health(unwell, tuple(unknown))
