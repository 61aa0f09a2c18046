"""The house: which room may import which, and that every public name is there."""

import ast
import importlib
from pathlib import Path

import pytest

import unetlab

PACKAGE = Path(unetlab.__file__).parent
# What each room may import beside itself. The core, "", is read first and knows no room.
ALLOWED = {
    "": set(),
    "drawn": {""},
    "plotting": {""},
    "data": {"", "drawn", "plotting"},
    "annotations": {"", "data"},
    "label": {"", "annotations", "data", "photo"},
    "machine": {"", "data"},
    "photo": {"", "data", "starter"},
    "submission": {"", "data"},
    "exercises": set(),
    "starter": {""},
}
ROOMS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))


def imported_modules(source):
    """List the modules of unetlab that a file imports, wherever in it."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "unetlab":
            # A name of the front page may live in any room, so a room's own import must say which.
            found += [f"unetlab.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.append(node.module)
    return [name for name in found if name.split(".")[0] == "unetlab"]


def wrong_arrows(room, source):
    """Return a line for each import that leaves the rooms' order or enters another's inside."""
    problems = []
    for name in imported_modules(source):
        parts = name.split(".")[1:]
        other = parts[0] if parts and parts[0] in ROOMS else ""
        if other == room:
            continue
        if other not in ALLOWED[room]:
            problems.append(f"{room or 'the core'} imports {name}")
        elif other and len(parts) > 1:
            problems.append(f"{room or 'the core'} imports {name}, the inside of {other}")
    return problems


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_arrows_run_one_way(module):
    room = module.parts[0] if len(module.parts) > 1 else ""
    assert room in ALLOWED, f"{room} is a new room: say in ALLOWED what it may import"
    source = (PACKAGE / module).read_text(encoding="utf-8")
    assert not wrong_arrows(room, source)


@pytest.mark.parametrize("name", ["unetlab", *(f"unetlab.{room}" for room in ROOMS)])
def test_every_public_name_is_there_and_documented(name):
    module = importlib.import_module(name)
    assert list(module.__all__) == sorted(module.__all__)
    for name in module.__all__:
        value = getattr(module, name)
        assert not (callable(value) and not value.__doc__), name
