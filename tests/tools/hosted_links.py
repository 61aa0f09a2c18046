"""Write the badges that open the notebooks in Colab, Kaggle and Binder, and the line that installs.

Usage: python tests/tools/hosted_links.py

Everything comes from `Repository` in [project.urls] of pyproject.toml, an address on GitHub: set it
once, run this, and README and notebooks have their links. Without it there are none.
"""

import re
import tomllib
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
SHOW = "import unetlab\n\nunetlab.show_machine()"
INSTALL = """from importlib.util import find_spec

if find_spec("unetlab") is None:  # on a hosted machine: install it, once
    get_ipython().run_line_magic("pip", "install --quiet git+{address}")

"""
BADGES = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/{repository}/blob/main/{path}) "
    "[![Open in Kaggle](https://kaggle.com/static/images/open-in-kaggle.svg)]"
    "(https://kaggle.com/kernels/welcome?src=https://github.com/{repository}/blob/main/{path}) "
    "[![Open in Binder](https://mybinder.org/badge_logo.svg)]"
    "(https://mybinder.org/v2/gh/{repository}/main?labpath={path})"
)


def with_badges(text, address, path):
    """Put the badges under a text's title, in place of those that are there."""
    text = re.sub(r"\n\n\[!\[Open in .*", "", text)
    if not address:
        return text
    title, rest = text.split("\n", 1)
    repository = address.removeprefix("https://github.com/")
    return f"{title}\n\n{BADGES.format(repository=repository, path=path)}\n{rest}"


def main():
    """Write the links of the README and of every notebook, or take them out."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    address = project.get("urls", {}).get("Repository")
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    readme = ROOT / "README.md"
    text = with_badges(readme.read_text(encoding="utf-8"), address, f"notebooks/{paths[0].name}")
    readme.write_text(text, encoding="utf-8", newline="\n")
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        opening = notebook.cells[0]
        opening.source = with_badges(opening.source, address, f"notebooks/{path.name}")
        first = next(cell for cell in notebook.cells if cell.cell_type == "code")
        _, show, after = first.source.partition(SHOW)
        assert show, f"{path.name} does not begin with {SHOW!r}"
        first.source = (INSTALL.format(address=address) if address else "") + show + after
        path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
