"""How Sphinx makes pages of the notebooks that ran; `make site` lays its sources together."""

import re
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell

import unetlab
from unetlab.exercises import solution_text

project = "unetlab"
author = "the authors of unetlab"
release = unetlab.__version__
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
]
templates_path = ["_templates"]
# A warning is a broken link or a docstring that cannot be read, and ends the build. What docstrings
# name of other packages, of an argument or a constant, is code and no link.
nitpicky = True
nitpick_ignore_regex = [
    ("py:class|py:exc", ".*"),
    ("py:obj", r"(?s)(?!unetlab\.).*"),
    ("py:obj", r".*\.[A-Z_]+"),
]

# The notebooks have run already, where one could look at what came out.
nb_execution_mode = "off"
nb_merge_streams = True
nb_output_stderr = "remove"  # progress bars, and what TensorFlow's compiler says
myst_enable_extensions = ["colon_fence", "attrs_block"]
myst_heading_anchors = 4

default_role = "py:obj"  # a name in single backticks is a link where it is public
napoleon_use_ivar = True  # attributes stand in the class's text, and only there
napoleon_use_rtype = False  # what is returned is said in one sentence
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
python_display_short_literal_types = True
python_maximum_signature_line_length = 80

html_theme = "furo"
html_title = "unetlab"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_show_copyright = False

# What is printed is not to be run, nor are prompts.
copybutton_selector = "div:not(.output) > div.highlight > pre"
copybutton_exclude = ".linenos, .gp, .go"

linkcheck_timeout = 20
linkcheck_anchors = False

ROOT = Path(unetlab.__file__).parents[1]
ROOMS = tuple(f"unetlab.{path.parent.name}." for path in ROOT.glob("unetlab/*/__init__.py"))


def complete_notebook(app, name, content):
    """Say under a notebook's title which run it shows; picture its pages, fold its solutions in."""
    if not re.match(r"notebooks/\d", name):
        return
    notebook = nbformat.reads(content[0], as_version=4)
    run = (ROOT / f"build/{name}.txt").read_text(encoding="utf-8").strip()
    download = f"{{download}}`download it <{Path(name).name}.ipynb>`"
    note = f"The outputs are of {run}. To run the notebook yourself, {download} or `make lab`."
    cells = [notebook.cells[0], new_markdown_cell(f":::{{note}}\n{note}\n:::")]
    notebook.metadata.pop("widgets", None)  # Without Python behind them, they would be dead.
    for cell in notebook.cells[1:]:
        cells.append(cell)
        for output in cell.get("outputs", []):
            if output.output_type == "stream":  # Keras draws its progress among what is printed.
                output.text = re.sub(r"(?m)^(Downloading data from|.*━).*\n?", "", output.text)
        for call, page in {r"\bStudio\(": "studio", r"\bopen_labeller\(": "labeller"}.items():
            if re.search(call, cell.source):
                cells.append(new_markdown_cell(f"![The {page} at work](images/{page}.jpg)"))
        for exercise in re.findall(r'^check_answer\("(\w+)"', cell.source, re.MULTILINE):
            code = f"```python\n{solution_text(exercise).rstrip()}\n```"
            cells.append(new_markdown_cell(f":::{{dropdown}} A solution\n{code}\n:::"))
    notebook.cells = cells
    content[0] = nbformat.writes(notebook)


def skip_twice(app, kind, name, value, skip, options):
    """Leave out what stands elsewhere: fields in a class's text, a room's names on its own page."""
    field = str(getattr(value, "__doc__", "")).startswith("Alias for field number")
    on_front_page = app.env.docname == "reference/unetlab"
    of_a_room = str(getattr(value, "__module__", "")).startswith(ROOMS)
    return True if field or (on_front_page and of_a_room) else None


def setup(app):
    """Tell Sphinx of the two."""
    app.connect("source-read", complete_notebook)
    app.connect("autodoc-skip-member", skip_twice)
