"""Tallies the events of one ansible-playbook, since the runner keeps none of them for us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from retailops.errors import ToolError, Unreachable
from retailops.ports import Json, OnLine

FACT = "retailops_result"
LONGEST = 4000
NAMED = 12
"""Hosts that a line of progress names."""


@dataclass(frozen=True)
class Failure:
    """One task that failed on one host, with its last words."""

    host: str
    task: str
    words: str


@dataclass
class Tally:
    """Fed by the runner, event by event; `line` gets a line for each task, and one for the hosts that it changed."""

    line: OnLine
    changed: dict[str, list[str]] = field(default_factory=dict)
    facts: dict[str, dict[str, Json]] = field(default_factory=dict)
    failed: list[Failure] = field(default_factory=list)
    unreachable: list[Failure] = field(default_factory=list)
    _task: str = ""
    _hosts: list[str] = field(default_factory=list)

    def take(self, event: Mapping[str, Any]) -> bool:
        """Returns False, so that the runner keeps no file of the event."""
        kind, data = event.get("event", ""), event.get("event_data") or {}
        if kind == "playbook_on_task_start":
            self._begin(_plain(str(data.get("name") or data.get("task") or "")))
        elif kind == "playbook_on_stats":
            self._say_changed()
        elif kind in ("runner_on_ok", "runner_item_on_ok"):
            self._ok(data, whole=kind == "runner_on_ok")
        elif kind == "runner_on_failed" and not data.get("ignore_errors"):
            self.failed.append(_failure(data))
        elif kind == "runner_on_unreachable":
            self.unreachable.append(_failure(data))
        return False

    def _ok(self, data: Mapping[str, Any], *, whole: bool) -> None:
        host, task, result = str(data.get("host")), str(data.get("task")), data.get("res") or {}
        fact = (result.get("ansible_facts") or {}).get(FACT)
        if isinstance(fact, dict):
            self.facts.setdefault(host, {}).update(fact)
        if whole and result.get("changed") and task not in self.changed.setdefault(host, []):
            self.changed[host].append(task)
            self._hosts.append(host)

    def _begin(self, task: str) -> None:
        """Some tasks are announced once for each host."""
        if task != self._task:
            self._say_changed()
            self._task = task
            self.line(task)

    def _say_changed(self) -> None:
        if self._hosts:
            more = f" and {len(self._hosts) - NAMED} more" if len(self._hosts) > NAMED else ""
            self.line(_plain(f"  {', '.join(sorted(self._hosts)[:NAMED])}{more}: changed"))
            self._hosts.clear()

    def verdict(self, code: int, playbook: str, said: str) -> None:
        """Raises `Unreachable` or `ToolError` for a run that did not go well; `said` is what it printed."""
        if self.failed:
            first, others = self.failed[0], len({failure.host for failure in self.failed}) - 1
            more = f", and {others} more host{'s' if others > 1 else ''}" if others else ""
            raise ToolError(f"{first.host}: the task {first.task!r} failed{more}", details=first.words or None)
        if self.unreachable:
            hosts = sorted({failure.host for failure in self.unreachable})
            raise Unreachable(
                f"{', '.join(hosts)} can't be reached over SSH",
                details=self.unreachable[0].words or None,
                resolution="See that it is switched on and plugged in, then repeat the command.",
            )
        if code != 0:
            raise ToolError(f"ansible-playbook {playbook} ended with exit code {code}", details=_tail(said) or None)


def _failure(data: Mapping[str, Any]) -> Failure:
    return Failure(str(data.get("host")), str(data.get("task")), _words(data.get("res") or {}))


def _words(result: Mapping[str, Any]) -> str:
    """The tool's own last words; Ansible has already censored the results of tasks with `no_log`."""
    items = [item for item in result.get("results") or () if isinstance(item, dict) and item.get("failed")]
    if items:
        return _words(items[0])
    keys = ("msg", "stderr", "module_stderr", "stdout", "module_stdout", "censored")
    said = [str(result[key]).strip() for key in keys if result.get(key)]
    return _tail("\n".join(dict.fromkeys(said)))


def _tail(text: str) -> str:
    return "\n".join(_plain(line) for line in text.strip().splitlines()[-20:])[-LONGEST:]


def _plain(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())
