"""Link the first use of each of the glossary's terms in each notebook, where it is no link yet.

Usage: python tests/link_glossary.py
"""

from pathlib import Path

import nbformat

from pages.glossary_terms import FILE, first_uses, read_terms

FOLDER = Path("notebooks")


def link_first_uses(notebook, terms):
    """Put the links into the notebook's cells; return how many there were to put."""
    missing = [(use, anchor) for anchor, use in first_uses(notebook, terms).items()]
    missing = [(use, anchor) for use, anchor in missing if not use.linked]
    for use, anchor in sorted(missing, reverse=True):  # from the end: places stay as they are
        cell, end = notebook.cells[use.cell], use.start + len(use.word)
        link = f"[{use.word}]({FILE}#{anchor})"
        cell.source = cell.source[: use.start] + link + cell.source[end:]
    return len(missing)


def main():
    """Link them in every notebook of the series."""
    terms = read_terms((FOLDER / FILE).read_text(encoding="utf-8"))
    for path in sorted(FOLDER.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        if count := link_first_uses(notebook, terms):
            nbformat.write(notebook, path)
            print(f"{path}: {count}")


if __name__ == "__main__":
    main()
