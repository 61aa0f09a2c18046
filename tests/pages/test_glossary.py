"""Every term is explained in a sentence, and linked where a notebook first uses it."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from link_glossary import link_first_uses
from pages.glossary_terms import broken_terms, first_uses, read_terms, unlinked_uses

FOLDER = Path(__file__).parents[2] / "notebooks"
TERMS = read_terms((FOLDER / "glossary.md").read_text(encoding="utf-8"))
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SMALL = read_terms(
    "# G\n\n## dice\n\nA score.\n\n## boundary dice\n\nAnother.\n\n"
    "## freezing\n\nLeaving.\n\nAlso: freeze, frozen.\n"
)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_first_use_of_each_term_is_a_link(path):
    notebook = nbformat.read(path, as_version=4)
    problems = unlinked_uses(notebook, TERMS) + broken_terms(notebook, TERMS)
    assert not problems, "\n".join([*problems, "Run python tests/link_glossary.py."])


@pytest.mark.parametrize("anchor", TERMS)
def test_a_term_is_one_sentence_and_used(anchor):
    forms, sentence = TERMS[anchor]
    assert sentence.endswith(".") and ". " not in sentence, sentence
    assert forms[0] == forms[0].lower()  # JupyterLab looks for a heading as it is written
    used = [
        path.stem
        for path in NOTEBOOKS
        if anchor in first_uses(nbformat.read(path, as_version=4), TERMS)
    ]
    assert used, f"no notebook uses {forms}"


def test_terms_stand_in_order():
    names = [forms[0] for forms, _ in TERMS.values()]
    assert len(names) > 50 and names == sorted(names)


def test_uses_are_found_as_a_reader_sees_them():
    cells = [
        new_markdown_cell("# Dice\n\nNo `dice` but [Dice](https://a.b), ordice.\n```\ndice\n```"),
        new_code_cell("dice = 1"),
        new_markdown_cell("Boundary Dice is no Dice. Frozen."),
        new_markdown_cell("Then freeze.\n\n## Further reading\n\nDice"),
    ]
    uses = first_uses(new_notebook(cells=cells), SMALL)
    assert {anchor: (use.cell, use.word) for anchor, use in uses.items()} == {
        "boundary-dice": (2, "Boundary Dice"),
        "dice": (2, "Dice"),
        "freezing": (2, "Frozen"),
    }


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("[Dice](glossary.md#dice) and Dice", None),
        ("Dice and [Dice](glossary.md#dice)", "uses 'Dice' first"),
        ("two *[dices](glossary.md#dice)*", None),
        ("[Dice](glossary.md#freezing)", "uses 'Dice' first"),
    ],
)
def test_a_first_use_without_its_link_is_named(source, problem):
    problems = unlinked_uses(new_notebook(cells=[new_markdown_cell(source)]), SMALL)
    assert [problem in found for found in problems] == ([True] if problem else [])


def test_a_link_to_no_term_is_named():
    notebook = new_notebook(cells=[new_markdown_cell("[x](glossary.md#nothing)")])
    assert broken_terms(notebook, SMALL) == ["nothing is no term of the glossary."]


def test_the_links_that_are_missing_can_be_put_in():
    cells = [new_markdown_cell("Boundary Dice, then Dice and [dice](glossary.md#dice). Frozen.")]
    notebook = new_notebook(cells=cells)
    assert link_first_uses(notebook, SMALL) == 3
    assert cells[0].source == (
        "[Boundary Dice](glossary.md#boundary-dice), then [Dice](glossary.md#dice) and "
        "[dice](glossary.md#dice). [Frozen](glossary.md#freezing)."
    )
    assert link_first_uses(notebook, SMALL) == 0
