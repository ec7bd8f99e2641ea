"""What a program can import of ours, followed through its sources without running any, and which Pulumi packages it names."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

OURS = ("retailops_stacks", "retailops")
_ONE_TREE = Lock()
_MODULE = re.compile(r"(retailops_stacks\.|pulumi_)\w*(\.\w+)*\.?")
"""A text that `import_module` is given."""


@dataclass(frozen=True)
class Imported:
    """`modules` is dotted name -> digest of its text, `packages` Pulumi package -> version, "" where it is not installed."""

    modules: Mapping[str, str]
    packages: Mapping[str, str]


def imported(program: Path, places: Mapping[str, Path] | None = None) -> Imported:
    """Everything that the sources in a program's folder lead to; `places` says where our packages are (default: as installed)."""
    roots = places or {name: _place(name) for name in OURS}
    modules: dict[str, str] = {}
    packages: set[str] = set()
    todo = [name for path in sorted(program.rglob("*.py")) for name in _names(path.read_bytes())]
    while todo:
        name = todo.pop()
        top = name.partition(".")[0]
        if top.startswith("pulumi"):
            packages.add(top)
        elif top in roots:
            for dotted, path in _files(name, roots):
                if dotted not in modules:
                    source = path.read_bytes()
                    modules[dotted] = hashlib.sha256(source).hexdigest()
                    todo += _names(source)
    return Imported(modules, {name: _version(name) for name in sorted(packages)})


def _place(name: str) -> Path:
    spec = find_spec(name)
    assert spec
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


@lru_cache(maxsize=1024)
def _names(source: bytes) -> tuple[str, ...]:
    """Whatever an import may mean, or a text that names a module; one that ends with a dot names all of its package.

    None for what is no Python: its preview says so.
    """
    try:
        # CPython 3.11 counts the depth of all threads' trees together, and raises SystemError (gh-106905).
        with _ONE_TREE:
            tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return ()
    return tuple(_named(tree))


def _named(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _MODULE.fullmatch(node.value):
            yield node.value


def _files(name: str, roots: Mapping[str, Path]) -> Iterable[tuple[str, Path]]:
    """The module of that name and the packages above it; what follows them is no module but something in one."""
    parts = name.rstrip(".").split(".")
    for count in range(1, len(parts) + 1):
        dotted, place = ".".join(parts[:count]), roots[parts[0]].joinpath(*parts[1:count])
        if (place / "__init__.py").is_file():
            yield dotted, place / "__init__.py"
        elif place.with_suffix(".py").is_file():
            yield dotted, place.with_suffix(".py")
    if name.endswith("."):
        folder = roots[parts[0]].joinpath(*parts[1:])
        yield from ((f"{name}{path.stem}", path) for path in sorted(folder.glob("[!_]*.py")))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
