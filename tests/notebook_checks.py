"""The rules that every notebook of the series keeps in its outline, one function for each.

Each takes a notebook and returns its problems, one sentence each; none for a good notebook.
"""

import re
from itertools import groupby

SERIES = (
    "01_pets_segmentation",
    "02_carvana_masking",
    "03_chair_extraction",
    "04_photoshop",
    "05_swap_the_encoder",
    "06_train_faster",
    "07_label_your_own",
)
SECTIONS = (
    "Setup",
    "Configuration",
    "Data",
    "Look",
    "Model",
    "Train",
    "Judge",
    "Use",
    "Try this",
    "In practice",
    "Further reading",
)
MOST_LINES, USUAL_LINES, USUAL_SHARE = 20, 12, 0.8
FEWEST_WORDS = 8  # of prose for each line of code


def code_cells(notebook):
    """Return pairs of a code cell's number, from 1 as in In [1], and the cell."""
    return list(enumerate((c for c in notebook.cells if c.cell_type == "code"), start=1))


def headings_in(cell):
    """Return pairs of level and text for the headings of a markdown cell."""
    if cell.cell_type != "markdown":
        return []
    prose = re.sub(r"^```.*?^```", "", cell.source, flags=re.DOTALL | re.MULTILINE)
    found = re.findall(r"^(#{1,6})\s+(.+?)\s*$", prose, flags=re.MULTILINE)
    return [(len(signs), text) for signs, text in found]


def section_of_cells(notebook):
    """Return pairs of each cell and the level-2 heading it stands under, None before the first."""
    section, pairs = None, []
    for cell in notebook.cells:
        names = [text for level, text in headings_in(cell) if level == 2]
        section = names[-1] if names else section
        pairs.append((cell, section))
    return pairs


def problems_in_name(name):
    """The notebook is one of the series."""
    if name in SERIES:
        return []
    return [f"Found the name {name}; expected one of {', '.join(SERIES)}; rename it."]


def problems_in_outputs(notebook):
    """Nothing of a run is kept."""
    return [
        f"Code cell {number} holds outputs or a count; expected none; run make strip."
        for number, cell in code_cells(notebook)
        if cell.outputs or cell.execution_count is not None
    ]


def problems_in_sizes(notebook):
    """A cell fits on a screen, and most are shorter."""
    sizes = {
        number: sum(1 for line in cell.source.splitlines() if line.strip())
        for number, cell in code_cells(notebook)
    }
    problems = [
        f"Code cell {number} has {size} lines; expected at most {MOST_LINES}; divide it."
        for number, size in sizes.items()
        if size > MOST_LINES
    ]
    longer = [number for number, size in sizes.items() if size > USUAL_LINES]
    if len(longer) > (1 - USUAL_SHARE) * len(sizes) + 1e-9:
        problems.append(
            f"{len(longer)} of {len(sizes)} code cells have over {USUAL_LINES} lines; expected at "
            f"most {1 - USUAL_SHARE:.0%}; divide some of {longer}."
        )
    return problems


def problems_in_headings(notebook):
    """A title, then the sections of the series in their order."""
    headings = [heading for cell in notebook.cells for heading in headings_in(cell)]
    problems = []
    if [level for level, _ in headings[:1]] != [1] or sum(lvl == 1 for lvl, _ in headings) != 1:
        problems.append("Expected one level-1 heading, before all others; make it the title.")
    sections = [text for level, text in headings if level == 2]
    known = [text for text in sections if text in SECTIONS]
    if known != list(SECTIONS):
        problems.append(f"Found the sections {known}; expected {list(SECTIONS)}; follow them.")
    outside = [text for text in (*sections[:1], *sections[-1:]) if text not in SECTIONS]
    if outside:
        problems.append(
            f"Found {outside} outside the sections of the series; expected further ones only "
            f"between {SECTIONS[0]} and {SECTIONS[-1]}; move them there."
        )
    return problems


def problems_in_opening(notebook):
    """Before Setup a reader learns what awaits them and how long it takes."""
    opening = "\n".join(c.source for c, section in section_of_cells(notebook) if section is None)
    problems = [
        f"The opening lacks **What you'll {word}**; expected it before Setup; write it."
        for word in ("do", "learn", "need")
        if not re.search(rf"\*\*What you['’]ll {word}\b", opening)
    ]
    if not re.search(r"\d+\s*min", opening):
        problems.append("The opening names no time; expected a number of minutes; add it.")
    return problems


def problems_in_prose(notebook):
    """Words come before code, and no more than two code cells stand together."""
    kinds = ["prose" if c.cell_type == "markdown" else "code" for c in notebook.cells]
    problems = []
    if kinds[:1] != ["prose"]:
        problems.append("The notebook begins with code; expected words first; write the opening.")
    for kind, run in groupby(zip(kinds, notebook.cells, strict=True), key=lambda pair: pair[0]):
        cells = [cell for _, cell in run]
        if kind == "code" and len(cells) > 2:
            first = cells[0].source.split("\n")[0]
            problems.append(
                f"Found {len(cells)} code cells in a row from '{first}'; expected at most 2; "
                "say in words what comes next."
            )
        if kind == "prose" and not any(cell.source.strip() for cell in cells):
            problems.append("Found an empty markdown cell; expected words; write or remove it.")
    return problems


def problems_in_words(notebook):
    """There is more to read than to run: words of prose, addresses of links not counted."""
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    prose = re.sub(r"^```.*?^```", "", prose, flags=re.DOTALL | re.MULTILINE)
    words = len(re.sub(r"\]\([^)]*\)", "]", prose).split())
    code = "\n".join(cell.source for _, cell in code_cells(notebook))
    lines = sum(1 for line in code.splitlines() if line.strip())
    if words >= FEWEST_WORDS * lines:
        return []
    return [
        f"Found {words} words for {lines} lines of code; expected {FEWEST_WORDS} a line; say why "
        "where a cell only says what."
    ]


OUTLINE_CHECKS = (
    problems_in_outputs,
    problems_in_sizes,
    problems_in_headings,
    problems_in_opening,
    problems_in_prose,
    problems_in_words,
)
