"""Imports point down, those inside functions too (DESIGN section 2)."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "cli" / "retailops"
COMPONENTS = ROOT / "stacks" / "retailops_stacks"

BASE = {"errors", "assets"}
MODEL = BASE | {"addressing", "model"}
PLAN = MODEL | {"ports", "plan"}
PLANES = {"wan", "edge", "cloud", "hci"}
BELOW_PLANES = PLAN | {"run", "render"}
BELOW_COMMANDS = BELOW_PLANES | PLANES | {"onboarding", "twin", "lab"}

MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "assets": set(),
    "addressing": {"errors"},
    "model": MODEL,
    "ports": {"errors", "ports"},
    "plan": PLAN,
    "run": PLAN | {"run"},
    "render": PLAN | {"render", "agents"},
    **{plane: BELOW_PLANES | {plane} for plane in PLANES},
    "onboarding": BELOW_PLANES | PLANES | {"onboarding"},
    "twin": BELOW_PLANES | PLANES | {"twin"},
    "lab": MODEL | {"ports", "lab"},
    "engine": {"errors", "engine"},
    "drivers": {"errors", "assets", "ports", "drivers"},
    "commands": BELOW_COMMANDS | {"commands", "__init__"},
    "probes": set(),
    "agents": set(),
}
"""What each room may import. `cli` and `wiring` stand above all; `drivers.pulumi*` may also import the engine."""

TOOLS = {"dbos", "pulumi", "pulumi_kubernetes", "kubernetes", "ansible_runner", "ansible", "grpc"}
"""Imported by drivers and engine only, and dbos by `drivers.dbos` alone."""


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if "data" not in path.relative_to(PACKAGE).parts[:1]:
            yield ".".join(path.relative_to(PACKAGE).with_suffix("").parts), path


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""
            if node.module == "retailops":
                yield from (f"retailops.{alias.name}" for alias in node.names if not alias.name.startswith("__"))


def room(dotted: str) -> str:
    parts = dotted.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def allowed(module: str) -> set[str]:
    own = module.split(".")[0]
    rooms = MAY_IMPORT[own] | {"__init__"}
    return rooms | {"engine"} if module.startswith("drivers.pulumi") else rooms


def faults(module: str, path: Path) -> Iterator[str]:
    own = module.split(".")[0]
    if own in ("cli", "wiring", "__main__", "__init__"):
        return
    for name in imported(path):
        top = name.split(".")[0]
        if top == "retailops" and room(name) not in allowed(module):
            yield f"{module} imports {name}"
        if top in TOOLS and own not in ("drivers", "engine"):
            yield f"{module} imports {name}"
        if top == "dbos" and module != "drivers.dbos":
            yield f"{module} imports dbos"


def test_every_room_is_known() -> None:
    rooms = {module.split(".")[0] for module, _ in modules()} - {"cli", "wiring", "__main__", "__init__"}
    assert rooms <= set(MAY_IMPORT), f"say what {rooms - set(MAY_IMPORT)} may import"


def test_arrows_point_down() -> None:
    assert [fault for module, path in modules() for fault in faults(module, path)] == []


def test_a_wrong_arrow_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "store.py"
    file.write_text("def f():\n    from retailops.commands import store\n    import dbos\n")
    assert list(faults("model.store", file)) == [
        "model.store imports retailops.commands",
        "model.store imports dbos",
        "model.store imports dbos",
    ]


def test_components_know_the_model_only() -> None:
    wrong = [
        f"{path.name} imports {name}"
        for path in COMPONENTS.rglob("*.py")
        for name in imported(path)
        if name.startswith("retailops.") and room(name) not in MODEL
    ]
    assert wrong == []


def test_nothing_below_commands_speaks_to_the_terminal() -> None:
    speaking = [
        module
        for module, path in modules()
        if module.split(".")[0] not in ("commands", "cli", "wiring", "probes", "__main__")
        and any(name.split(".")[0] in ("click", "rich") for name in imported(path))
    ]
    assert speaking == []


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_light_commands_load_no_tool(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom retailops.cli import main\n"
        f"try: main({arguments!r}, prog_name='retailops')\nexcept SystemExit: pass\n"
        f"print(sorted({TOOLS!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_names_say_what_is_inside() -> None:
    empty = {"utils", "util", "common", "helpers", "helper", "manager", "misc"}
    assert [module for module, _ in modules() if set(module.split(".")) & empty] == []
