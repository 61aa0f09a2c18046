"""Build the pages to read: the notebooks with their outputs, the README and the API reference.

Usage: python tests/build_site.py

Nothing is run: the outputs are those that `make notebooks` or `make notebooks-full` left, the words
those of the notebooks as they are now. Files stand in the same places as in the project, so that a
link that works there works on the site.
"""

import html
import re
import shutil
import sys
import time
from base64 import b64decode
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell
from sphinx.cmd.build import build_main

from pages.front_page import fill_front_page
from pages.page_checks import check_pages
from pages.reference_pages import write_reference
from pages.still_widgets import STATE, VIEW, draw_widget
from run_notebooks import failures_in
from unetlab.exercises import solution_text

ROOT = Path(__file__).parents[1]
RUNS, SOURCES, SITE = ROOT / "build/notebooks", ROOT / "build/site_sources", ROOT / "build/site"
COPIED = ("README.md", "LICENSE", "unetlab/starter/CARD.md", "notebooks/glossary.md")
KINDS = {"image/png": "png", "image/jpeg": "jpg"}


def main():
    """Gather the sources, let Sphinx make pages of them, and check each page."""
    began = time.monotonic()
    shutil.rmtree(SOURCES, ignore_errors=True)
    gather_sources(ROOT, RUNS, SOURCES)
    shutil.rmtree(SITE, ignore_errors=True)  # only now: what cannot be gathered costs no pages
    # A warning is a broken reference or a docstring that cannot be read: both are errors.
    status = build_main(["-b", "html", "-W", "--keep-going", "-q", str(SOURCES), str(SITE)])
    if status:
        return status
    problems, counts = check_pages(SITE)
    print(*problems, sep="\n", end="\n" if problems else "")
    size = sum(path.stat().st_size for path in SITE.rglob("*") if path.is_file()) / 1e6
    figures = ", ".join(f"{count} {name}" for name, count in counts.items())
    print(f"{figures}, {size:.1f} MB in {time.monotonic() - began:.0f} s; open {SITE}/index.html")
    return 1 if problems else 0


def gather_sources(root, runs, target):
    """Lay all sources of the site into one folder, in the project's own order."""
    for name in COPIED:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        text = name_far_pictures((root / name).read_text(encoding="utf-8"))
        (target / name).write_text(text, encoding="utf-8")
    shutil.copytree(root / "notebooks/images", target / "notebooks/images")
    shutil.copytree(root / "notebooks/site", target, dirs_exist_ok=True)
    notebooks = {}
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        notebook = notebooks[path.stem] = join_run(path, runs / path.name)
        show_pictures(notebook, target / "extra/notebooks/pictures" / path.stem)
        show_widgets(notebook)
        fold_solutions(notebook)
        notebook.cells[0].source = name_far_pictures(notebook.cells[0].source)
        notebook.cells.insert(1, new_markdown_cell(describe_run(notebook.metadata)))
        nbformat.write(notebook, target / "notebooks" / path.name)
    front, readme = target / "index.md", (root / "README.md").read_text(encoding="utf-8")
    template = front.read_text(encoding="utf-8")
    filled = fill_front_page(template, readme, notebooks, root / "notebooks/images")
    front.write_text(filled, encoding="utf-8")
    write_reference(target / "reference")


def name_far_pictures(text):
    """Put a picture's words in its place where it lies elsewhere, as a badge does."""
    return re.sub(r"!\[([^\]]*)\]\(https?://[^)]*\)", r"\1", text)


def join_run(path, run_path):
    """Return the notebook as it is, with the outputs of a run of the same code."""
    again = f"run `make notebooks NB={path.name[:2]}`."
    if not run_path.exists():
        raise SystemExit(f"{run_path} does not exist, expected a run of {path.name}; {again}")
    notebook, run = (nbformat.read(one, as_version=4) for one in (path, run_path))
    if failures := failures_in(run):
        raise SystemExit(f"{run_path} failed ({failures[0]}), expected a run to the end; {again}")
    code, ran = (
        [cell for cell in one.cells if cell.cell_type == "code"] for one in (notebook, run)
    )
    if [cell.source for cell in code] != [cell.source for cell in ran]:
        raise SystemExit(f"{run_path} is of other code than {path}; {again}")
    for cell, other in zip(code, ran, strict=True):
        cell.outputs, cell.execution_count = other.outputs, other.execution_count
    notebook.metadata.update(run.metadata)
    return notebook


def describe_run(metadata):
    """Say which run the outputs of a page are from."""
    run = metadata.get("unetlab", {})
    if run.get("short", True):
        words = (
            "The outputs on this page are of a **short run**: drawn photos, small images and few "
            "epochs, so that it ends soon on any machine. With the full settings and real photos "
            "the figures are other ones, and mostly better."
        )
    else:
        words = "The outputs on this page are of a **full run**, with the settings as given."
    seconds = f" It took {run['seconds']} seconds." if "seconds" in run else ""
    return f"```{{note}}\n{words}{seconds} To run it yourself: `make lab`.\n```"


def fold_solutions(notebook):
    """Put an exercise's solution behind the cell that asks for it, folded away."""
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        asked = re.findall(r'^check_answer\("(\w+)"', cell.source, re.MULTILINE)
        for name in asked if cell.cell_type == "code" else ():
            code = f"```python\n{solution_text(name).rstrip()}\n```"
            cells.append(new_markdown_cell(f":::{{dropdown}} A solution\n{code}\n:::"))
    notebook.cells = cells


def show_pictures(notebook, folder):
    """Turn each picture in the outputs into a file and a line of Markdown with its words."""
    for number, cell in enumerate(notebook.cells):
        for place, output in enumerate(cell.get("outputs", ())):
            kind = next((kind for kind in KINDS if kind in output.get("data", {})), None)
            if kind is None:
                continue
            words = output.metadata.get(kind, {}).get("alt") or cell.metadata.get("alt")
            if not words:
                raise SystemExit(
                    f"A picture has no words, expected some in the metadata `alt` of the cell that "
                    f"begins {cell.source[:50]!r}; write them there, or run the notebook again."
                )
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / f"{number:03}_{place}.{KINDS[kind]}"
            file.write_bytes(b64decode(output.data[kind]))
            output.data = {"text/html": picture_tag(words, f"pictures/{folder.name}/{file.name}")}


def picture_tag(words, address):
    """Return a picture in HTML."""
    return f'<img alt="{html.escape(words)}" src="{address}" loading="lazy">'


def show_widgets(notebook):
    """Turn each widget in the outputs into the HTML of its last state."""
    state = notebook.metadata.pop("widgets", {}).get(STATE, {}).get("state", {})
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if view := output.get("data", {}).get(VIEW):
                drawn = draw_widget(state, view["model_id"]) if view["model_id"] in state else None
                output.data = {"text/html": drawn} if drawn else {"text/plain": ""}


if __name__ == "__main__":
    sys.exit(main())
