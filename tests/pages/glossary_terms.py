"""The glossary's terms, and where a notebook uses each of them for the first time."""

import re
from typing import NamedTuple

FILE = "glossary.md"


class Use(NamedTuple):
    """The first use of a term in a notebook: in which cell, where in it, and as which word."""

    cell: int
    start: int
    word: str
    linked: bool


def read_terms(text):
    """Return the forms of each term, and its sentence, by its anchor."""
    terms = {}
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        name, sentence, *also = (line for line in part.splitlines() if line.strip())
        forms = [name, *(form for line in also for form in line[6:].rstrip(".").split(", "))]
        terms[name.replace(" ", "-").replace("'", "")] = (forms, sentence)
    return terms


def first_uses(notebook, terms):
    """Return the first use of each term in the prose; headings, code and other links are none."""
    forms = {form.lower(): anchor for anchor, (forms, _) in terms.items() for form in forms}
    # Longest first: the Dice in boundary Dice is no use of Dice.
    words = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w-])({words})(?:s|es)?(?![\w-])", re.IGNORECASE)
    uses = {}
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "markdown":
            continue
        for match in pattern.finditer(blank_out(cell.source)):
            anchor = forms[match[1].lower()]
            linked = cell.source.startswith(f"]({FILE}#{anchor})", match.end())
            uses.setdefault(anchor, Use(number, match.start(), match[0], linked))
    return uses


def blank_out(source):
    """Replace by spaces what is no prose: code, headings, titles of works, links and addresses."""
    kinds = (
        r"^```.*?^```",
        r"^## Further reading.*",
        r"`[^`\n]*`",
        r"^#+ .*?$",
        rf"\[[^\]]*\]\((?!{FILE})[^)]*\)",
        r"\]\([^)]*\)",
    )
    for kind in kinds:
        source = re.sub(
            kind, lambda match: " " * len(match[0]), source, flags=re.DOTALL | re.MULTILINE
        )
    return source


def unlinked_uses(notebook, terms):
    """Return a sentence for each term whose first use is no link to the glossary."""
    return [
        f"Cell {use.cell + 1} uses {use.word!r} first, expected [{use.word}]({FILE}#{anchor})."
        for anchor, use in first_uses(notebook, terms).items()
        if not use.linked
    ]


def broken_terms(notebook, terms):
    """Return a sentence for each link to a term that the glossary does not have."""
    found = re.findall(rf"\({FILE}#([^)]*)\)", "\n".join(cell.source for cell in notebook.cells))
    return [f"{anchor} is no term of the glossary." for anchor in found if anchor not in terms]
