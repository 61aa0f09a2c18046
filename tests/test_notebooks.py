"""Rules of the notebooks that a reader would miss; that they run from top to bottom, CI sees."""

import ast
import builtins
import re
import symtable
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
# IPython puts these among the built-in names.
BUILT_IN = {*dir(builtins), "display", "get_ipython"}
UNNAMED = ("lambda", "genexpr", "listcomp", "setcomp", "dictcomp")
# `NAME = value` or `A, B = 1, 2` as code in the prose.
CHANGE = re.compile(r"`([A-Z_]+(?:, [A-Z_]+)*) = [^`]+`")


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    """Read one notebook of the series."""
    return nbformat.read(request.param, as_version=4)


def code_of(notebook):
    """Return the code cells' texts by their numbers, from 1 as in In [1]."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return {number: cell.source for number, cell in enumerate(cells, start=1)}


def places_of(tag, notebook):
    """Return the numbers of the cells with a tag, from 0."""
    cells = enumerate(notebook.cells)
    return [number for number, cell in cells if tag in cell.metadata.get("tags", [])]


def prose_of(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def test_settings_are_plain_and_the_short_run_changes_them_in_the_next_cell(notebook):
    (place,) = places_of("parameters", notebook)
    assert "SHORT_RUN" not in notebook.cells[place].source
    assert places_of("short-run", notebook) == [place + 1]
    assert "UNETLAB_SHORT_RUN" in notebook.cells[place + 1].source


def test_what_the_prose_says_to_change_is_set_in_the_configuration(notebook):
    (place,) = places_of("parameters", notebook)
    settings = ast.parse(notebook.cells[place].source)
    known = {node.id for node in ast.walk(settings) if isinstance(node, ast.Name)}
    told = {name for names in CHANGE.findall(prose_of(notebook)) for name in names.split(", ")}
    assert told and told <= known


def test_functions_read_their_arguments_and_no_variable_of_a_cell(notebook):
    cells = code_of(notebook)
    lasting = BUILT_IN.union(*(names_that_last(ast.parse(text)) for text in cells.values()))
    for number, text in cells.items():
        reads = reads_of_functions(symtable.symtable(text, "cell", "exec"))
        others = {pair for pair in reads if pair[1] not in lasting}
        assert not others, f"In [{number}]: function and variable of a cell: {others}"


def names_that_last(tree):
    """Return the names that a cell's imports, functions and classes define."""
    names = set()
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
    return names


def reads_of_functions(table, function=None):
    """Return pairs of a function's name and a global name that it, or code within it, reads.

    Comprehensions and lambdas outside functions do not count: they are used where they stand.
    """
    reads = set()
    for child in table.get_children():
        named = child.get_type() == "function" and child.get_name() not in UNNAMED
        owner = function or (child.get_name() if named else None)
        if owner:
            reads |= {(owner, one.get_name()) for one in child.get_symbols() if one.is_global()}
        reads |= reads_of_functions(child, owner)
    return reads


def check_links(text, folder):
    """A file is there, and in a text the heading, as JupyterLab and Sphinx name it."""
    for link in re.findall(r"\]\((?!http)([^)\s]+)\)", text):
        name, _, anchor = link.partition("#")
        path = folder / name
        assert path.exists(), link
        if anchor and name.endswith(".md"):
            headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            known = {heading.replace(" ", "-").replace("'", "") for heading in headings}
            assert anchor in known, link


def test_links_within_the_project_lead_somewhere(notebook):
    check_links(prose_of(notebook), FOLDER)


def test_links_of_the_readme_lead_somewhere():
    check_links((FOLDER.parent / "README.md").read_text(encoding="utf-8"), FOLDER.parent)
