"""What a program can import, without running it."""

from __future__ import annotations

import gc
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from retailops import assets
from retailops.cloud.changes.imported import Imported, imported

MAIN = "import pulumi\nfrom retailops_stacks.shop import Shop\nprint('retailops.local')\n"
SHOP = "from retailops_stacks import names\nfrom retailops import addressing\n"
FILES = {
    "stacks/__init__.py": "",
    "stacks/shop.py": SHOP,
    "stacks/names.py": "def f():\n    from retailops_stacks.late import x\n",
    "stacks/late.py": "TABLE = {'a': 'retailops_stacks.backends.one', 'b': 'pulumi_aws'}\n",
    "stacks/backends/__init__.py": "",
    "stacks/backends/one.py": "import_module(f'retailops_stacks.many.{name}')\n",
    "stacks/many/__init__.py": "",
    "stacks/many/first.py": "",
    "stacks/unrelated.py": "",
    "ours/__init__.py": "",
    "ours/addressing.py": "from retailops.errors import X\nfrom retailops.model.values import V\n",
    "ours/errors.py": "",
    "ours/cli.py": "",
    "ours/model/__init__.py": "from retailops.model.load import y\n",
    "ours/model/values.py": "",
    "ours/model/load.py": "",
}
REACHED = {
    "retailops",
    "retailops.addressing",
    "retailops.errors",
    "retailops.model",
    "retailops.model.load",
    "retailops.model.values",
    "retailops_stacks",
    "retailops_stacks.backends",
    "retailops_stacks.backends.one",
    "retailops_stacks.late",
    "retailops_stacks.many",
    "retailops_stacks.many.first",
    "retailops_stacks.names",
    "retailops_stacks.shop",
}


class House:
    def __init__(self, root: Path) -> None:
        self.root = root
        for name, text in {**FILES, "program/__main__.py": MAIN}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)

    def __call__(self) -> Imported:
        return imported(
            self.root / "program", {"retailops_stacks": self.root / "stacks", "retailops": self.root / "ours"}
        )


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_everything_that_can_be_reached_and_nothing_else(house: House) -> None:
    found = house()
    assert set(found.modules) == REACHED
    assert set(found.packages) == {"pulumi", "pulumi_aws"}


@pytest.mark.parametrize("name", ["ours/model/load.py", "stacks/many/first.py", "ours/errors.py"])
def test_a_change_of_what_is_reached_shows(house: House, name: str) -> None:
    before = house()
    (house.root / name).write_text("# another\n")
    assert house().modules != before.modules


@pytest.mark.parametrize("name", ["stacks/unrelated.py", "ours/cli.py"])
def test_a_change_of_anything_else_does_not(house: House, name: str) -> None:
    before = house()
    (house.root / name).write_text("# another\n")
    assert house() == before


def test_a_package_that_is_not_installed_has_no_version(house: House) -> None:
    (house.root / "program" / "__main__.py").write_text("import pulumi_nowhere\n")
    assert house().packages == {"pulumi_nowhere": ""}


def test_what_is_no_python_leads_nowhere(house: House) -> None:
    (house.root / "program" / "__main__.py").write_bytes(b"def (:\n\xff")
    assert house() == Imported({}, {})


class Knot:
    """Garbage that lets another thread run whenever it is collected, also in the middle of a parse."""

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        time.sleep(0.0005)


def test_many_threads_at_once(house: House) -> None:
    """CPython 3.11 raises SystemError where two threads make trees at the same time."""

    def follow(n: int) -> int:
        knots = [Knot() for _ in range(20)]
        program = house.root / f"program{n}"
        program.mkdir()
        (program / "__main__.py").write_text(f"import pulumi_x{n}\n" + f"x = [[[[[[{n}]]]]]]\n" * 60)
        del knots
        return len(imported(program, {"retailops": house.root}).packages)

    usual = gc.get_threshold()
    gc.set_threshold(50)
    try:
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(follow, range(100))) == {1}
    finally:
        gc.set_threshold(*usual)


def test_our_own_programs() -> None:
    edge = imported(assets.path("stacks", "edge"))
    assert {"retailops_stacks.edge", "retailops_stacks.labels"} <= set(edge.modules)
    assert not any(name.startswith(("retailops_stacks.clouds", "retailops_stacks.policies")) for name in edge.modules)
    assert "pulumi_kubernetes" in edge.packages
    assert all(edge.packages.values())
    public = imported(assets.path("stacks", "public"))
    assert {f"retailops_stacks.clouds.{name}" for name in ("alibaba", "aws", "lab")} <= set(public.modules)
    private = imported(assets.path("stacks", "private"))
    assert "retailops_stacks.machines.vsphere" in private.modules
