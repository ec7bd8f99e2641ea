"""Every role's documented arguments are its defaults, and its main.yml is a table of contents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

PLAYBOOKS = Path(__file__).parents[2] / "playbooks"
ROLES = sorted(path for path in (PLAYBOOKS / "roles").iterdir() if (path / "tasks").is_dir())
LONGEST_TOPIC = 80


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text()) if path.exists() else None


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_argument_specs_are_the_defaults(role: Path) -> None:
    options = read(role / "meta" / "argument_specs.yml")["argument_specs"]["main"]["options"]
    defaults = read(role / "defaults" / "main.yml") or {}
    assert options.keys() >= defaults.keys()
    assert {name: option["default"] for name, option in options.items() if "default" in option} == defaults
    assert all(option.get("description") and option.get("type") for option in options.values())


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_topics_are_short(role: Path) -> None:
    long = {
        path.name: lines
        for path in (role / "tasks").glob("*.yml")
        if (lines := len(path.read_text().splitlines())) > LONGEST_TOPIC
    }
    assert long == {}


@pytest.mark.parametrize("playbook", sorted(PLAYBOOKS.glob("*.yml")), ids=lambda path: path.name)
def test_a_playbook_maps_hosts_to_roles_and_settles(playbook: Path) -> None:
    for play in read(playbook):
        assert play.keys() <= {"name", "hosts", "roles", "post_tasks"}, play["name"]
        used = {str(role["role"] if isinstance(role, dict) else role) for role in play["roles"]}
        texts = "".join(path.read_text() for role in used for path in (PLAYBOOKS / "roles" / role).rglob("*.yml"))
        if "retailops_files:" in texts:
            assert [task.get("retailops_files") for task in play.get("post_tasks", ())] == [{"settled": True}], play[
                "name"
            ]


def test_handlers_that_are_notified_exist() -> None:
    for role in ROLES:
        handlers = {each["name"] for each in read(role / "handlers" / "main.yml") or ()}
        tasks = [task for path in (role / "tasks").glob("*.yml") for task in read(path) or ()]
        notified = {name for task in tasks for name in as_list(task.get("notify"))}
        assert notified <= handlers, role.name


def as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())
