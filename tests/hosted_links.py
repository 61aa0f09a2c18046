"""Write the badges that open the notebooks in Colab, Kaggle and Binder, and the line that installs.

Usage: python tests/hosted_links.py

Everything comes from `Repository` in [project.urls] of pyproject.toml: set it once, run this, and
README and notebooks have their links. Without it there are none, and none that lead nowhere.
"""

import re
import sys
import tomllib
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
SHOW = "import unetlab\n\nunetlab.show_machine()"
INSTALL = """from importlib.util import find_spec

if find_spec("unetlab") is None:  # on a hosted machine: install it, once
    get_ipython().run_line_magic("pip", "install --quiet git+{address}")

"""
BADGES = {
    "Colab": (
        "https://colab.research.google.com/assets/colab-badge.svg",
        "https://colab.research.google.com/github/{repository}/blob/main/{path}",
    ),
    "Kaggle": (
        "https://kaggle.com/static/images/open-in-kaggle.svg",
        "https://kaggle.com/kernels/welcome?src=https://github.com/{repository}/blob/main/{path}",
    ),
    "Binder": (
        "https://mybinder.org/badge_logo.svg",
        "https://mybinder.org/v2/gh/{repository}/main?labpath={path}",
    ),
}


def read_address(pyproject=ROOT / "pyproject.toml"):
    """Return the project's address on GitHub, or None while it has none."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    address = project.get("urls", {}).get("Repository")
    if address and not re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+", address):
        raise SystemExit(
            f"Repository in {pyproject} is {address!r}; expected https://github.com/OWNER/NAME, "
            "from which Colab, Kaggle and Binder can read; correct it."
        )
    return address


def badges(address, path):
    """Return a line of badges that open a notebook, or "" without an address."""
    if address is None:
        return ""
    places = {"repository": address.removeprefix("https://github.com/"), "path": path}
    links = [
        f"[![Open in {name}]({picture})]({link.format(**places)})"
        for name, (picture, link) in BADGES.items()
    ]
    return " ".join(links)


def with_badges(text, line):
    """Put a line of badges under a text's title, in place of the one that is there."""
    text = re.sub(r"\n\n\[!\[Open in .*", "", text)
    title, rest = text.split("\n", 1)
    return f"{title}\n\n{line}\n{rest}" if line else text


def write_notebook(path, address):
    """Give a notebook its badges and the line that installs, or take them out."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source = with_badges(
        notebook.cells[0].source, badges(address, f"notebooks/{path.name}")
    )
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    if not first.source.endswith(SHOW):
        raise SystemExit(
            f"The first code cell of {path} begins '{first.source[:40]}'; expected it to end with "
            "unetlab.show_machine(), before which unetlab is installed; put that first."
        )
    first.source = (INSTALL.format(address=address) if address else "") + SHOW
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")


def write_all(folder, address):
    """Write the links of the README and of every notebook under a folder."""
    readme = folder / "README.md"
    text = with_badges(
        readme.read_text(encoding="utf-8"), badges(address, "notebooks/01_pets_segmentation.ipynb")
    )
    readme.write_text(text, encoding="utf-8", newline="\n")
    for path in sorted((folder / "notebooks").glob("*.ipynb")):
        write_notebook(path, address)


if __name__ == "__main__":
    write_all(ROOT, read_address())
    sys.exit(0)
