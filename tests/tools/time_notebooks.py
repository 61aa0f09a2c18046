"""Print the minutes that the notebooks take: to read, and to run where they have run.

Usage: python tests/tools/time_notebooks.py
"""

import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
WORDS, LINES = 200, 15  # read in a minute, of prose and of code


def reading_minutes(notebook):
    """Return how long its words and its code take; links' addresses are not read."""
    texts = {"markdown": "", "code": ""}
    for cell in notebook.cells:
        texts[cell.cell_type] += cell.source + "\n"
    words = len(re.sub(r"\]\([^)]*\)", "]", texts["markdown"]).split())
    lines = sum(1 for line in texts["code"].splitlines() if line.strip())
    return words / WORDS + lines / LINES


if __name__ == "__main__":
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        run = ROOT / f"build/notebooks/{path.stem}.txt"
        words = run.read_text(encoding="utf-8").strip() if run.exists() else "not run"
        minutes = reading_minutes(nbformat.read(path, as_version=4))
        print(f"{path.stem:22} {minutes:3.0f} min to read; {words}")
