"""The API reference: a page for the core and one for each room, of the public names alone."""

import importlib
import inspect
import re
from pathlib import Path

import unetlab

PACKAGE = Path(unetlab.__file__).parent
CORE_OPENING = """
These names are the core, to be read first: models, data as batches, losses, metrics, prediction,
figures. ``from unetlab import`` finds each of them, and the commonest of the rooms' as well.
"""


def write_reference(folder):
    """Write a page for the core and one for each room."""
    folder.mkdir(parents=True)
    rooms = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
    (folder / "core.rst").write_text(core_page(rooms), encoding="utf-8")
    for room in rooms:
        (folder / f"{room}.rst").write_text(room_page(room), encoding="utf-8")
    pages = "\n   ".join(["core", *rooms])
    index = f"{heading('API reference', '=')}\n{CONTENTS}\n   {pages}\n"
    (folder / "index.rst").write_text(index, encoding="utf-8")


CONTENTS = """
What the notebooks build in the open the first time and import afterwards, from its docstrings.

.. toctree::
   :maxdepth: 1
"""


def heading(text, sign):
    """Return a title and its line."""
    return f"{text}\n{sign * len(text)}\n"


def core_page(rooms):
    """Return the page of the core: its public names under the modules that they live in."""
    named = [(name, getattr(unetlab, name)) for name in unetlab.__all__]
    values = {
        name: value
        for name, value in named
        if not inspect.ismodule(value) and not name.startswith("_")
    }
    homes = {name: home_of(name, value, "unetlab") for name, value in values.items()}
    modules = sorted({home for home in homes.values() if home.count(".") == 1} - set_of(rooms))
    text = heading("The core: unetlab", "=") + "\n.. module:: unetlab\n" + CORE_OPENING
    for module in modules:
        names = [name for name, home in homes.items() if home == module]
        text += f"\n{heading(module.removeprefix('unetlab.'), '-')}\n{opening_of(module)}\n"
        text += "".join(entry(name, values[name]) for name in names)
    return text


def set_of(rooms):
    """Return the rooms' full names."""
    return {f"unetlab.{room}" for room in rooms}


def room_page(room):
    """Return a room's page: all names that it offers."""
    name = f"unetlab.{room}"
    module = importlib.import_module(name)
    also = [other for other in module.__all__ if other in unetlab.__all__]
    text = heading(name, "=") + f"\n.. module:: {name}\n\n{opening_of(name)}\n"
    if also:
        text += f"\n``unetlab`` itself offers: {', '.join(f'`{other}`' for other in also)}.\n"
    return text + "".join(entry(other, getattr(module, other)) for other in module.__all__)


def home_of(name, value, front):
    """Return the module that defines a name; of a constant, the one whose stub names it."""
    if home := getattr(value, "__module__", None) if callable(value) else None:
        return home if home.startswith("unetlab") else front
    stub = (PACKAGE / "__init__.pyi").read_text(encoding="utf-8")
    return front + "." + re.search(rf"from \.(\w+) import {name} as", stub)[1]


def opening_of(module):
    """Return what a module says of itself, and where it is taught as a link."""
    words = inspect.getdoc(importlib.import_module(module)) or ""
    link = r"Taught in: :doc:`\1 <../\1>`"
    return re.sub(r"Taught in: (notebooks/\w+)\.ipynb", link, words)


def entry(name, value):
    """Return what Sphinx needs to document one name."""
    if inspect.isclass(value):
        return f"\n.. autoclass:: {name}\n   :members:\n"
    if callable(value) and not isinstance(value, tuple):
        return f"\n.. autofunction:: {name}\n"
    return f"\n.. py:data:: {name}\n\n{describe_constant(value)}\n"


def describe_constant(value):
    """Say what a constant holds, in a line."""
    if isinstance(value, dict):
        return f"   By name: {', '.join(f'``{key}``' for key in sorted(value))}."
    return f"   ``{value!r}``"
