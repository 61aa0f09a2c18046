"""Every notebook of the series keeps the rules, and every rule can tell a bad notebook."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from notebook_checks import (
    OUTLINE_CHECKS,
    SECTIONS,
    problems_in_headings,
    problems_in_name,
    problems_in_opening,
    problems_in_outputs,
    problems_in_prose,
    problems_in_sizes,
    problems_in_words,
)
from notebook_code_checks import (
    CODE_CHECKS,
    problems_in_functions,
    problems_in_imports,
    problems_in_our_imports,
    problems_in_parameters,
    problems_in_python,
    problems_on_other_backends,
)

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
if not NOTEBOOKS:  # no parameters would mean no tests, and nobody would notice
    raise FileNotFoundError(f"Found no notebook in {FOLDER}; expected the series; restore it.")

OPENING = "# Pets\n**What you'll do** a. **What you’ll learn** b. **What you'll need** 20 minutes."
CODE = {
    "Setup": "import os\n%matplotlib inline",
    "Configuration": 'SHORT_RUN = os.environ.get("UNETLAB_SHORT_RUN") == "1"\nsize = 8',
    "Data": "def halve(number):\n    return [other / len('ab') for other in [number]]",
    "Look": "display(halve(size), [size for _ in range(2)], (lambda: size)())",
}


def good_notebook(**code):
    """Return a notebook that keeps every rule, but for the sections' code that is given."""
    cells = [new_markdown_cell(OPENING)]
    for section in SECTIONS:
        words = "Words that say why. " * 5
        cells.append(new_markdown_cell(f"## {section}\n{words}\n```\n# no heading\n```"))
        if source := {**CODE, **code}.get(section):
            tags = ["parameters"] if section == "Configuration" else []
            cells.append(new_code_cell(source, metadata={"tags": tags}))
    return new_notebook(cells=cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.parametrize("check", OUTLINE_CHECKS + CODE_CHECKS, ids=lambda check: check.__name__)
def test_notebook_keeps_the_rule(path, check):
    problems = check(nbformat.read(path, as_version=4))
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_valid_and_named_after_the_series(path):
    nbformat.validate(nbformat.from_dict(nbformat.reader.reads(path.read_text(encoding="utf-8"))))
    assert problems_in_name(path.stem) == []


@pytest.mark.parametrize("check", OUTLINE_CHECKS + CODE_CHECKS, ids=lambda check: check.__name__)
def test_good_notebook_has_no_problems(check):
    assert check(good_notebook()) == []


def test_other_name():
    assert "06_more" in problems_in_name("06_more")[0]


@pytest.mark.parametrize(
    "left", [{"outputs": [new_output("stream", text="1")]}, {"execution_count": 3}], ids=str
)
def test_rest_of_a_run(left):
    notebook = good_notebook()
    notebook.cells[2].update(left)
    assert "Code cell 1 holds outputs" in problems_in_outputs(notebook)[0]


def test_long_cell():
    problems = problems_in_sizes(good_notebook(Model="size\n\n" * 21))
    assert "Code cell 5 has 21 lines" in problems[0]


@pytest.mark.parametrize(
    ("lines", "others", "fine"), [(13, 3, False), (13, 4, True), (12, 0, True)]
)
def test_share_of_long_cells(lines, others, fine):
    cells = [new_code_cell("a\n" * lines), *[new_code_cell("a") for _ in range(others)]]
    assert (problems_in_sizes(new_notebook(cells=cells)) == []) == fine


@pytest.mark.parametrize(
    ("place", "text", "problem"),
    [
        (0, "No title", "level-1 heading"),
        (3, "# Another title", "level-1 heading"),
        (7, "No heading", "Found the sections"),
        (7, "## Train", "Found the sections"),
        (0, "# Pets\n## Before", "Found ['Before'] outside"),
        (-1, "## Further reading\n## After", "Found ['After'] outside"),
    ],
)
def test_bad_headings(place, text, problem):
    notebook = good_notebook()
    notebook.cells[place].source = text
    assert any(problem in found for found in problems_in_headings(notebook))


def test_further_sections_are_welcome_between():
    notebook = good_notebook()
    notebook.cells[-1].source = "## Extra\n### Smaller\n## Further reading"
    assert problems_in_headings(notebook) == []


@pytest.mark.parametrize("missing", ["do", "learn", "need", "minutes"])
def test_opening_without(missing):
    notebook = good_notebook()
    notebook.cells[0].source = OPENING.replace(missing, "...")
    assert len(problems_in_opening(notebook)) == 1


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ([new_code_cell("1")], "begins with code"),
        ([new_markdown_cell("a"), *[new_code_cell("1")] * 3], "3 code cells in a row"),
        ([new_markdown_cell("a"), new_code_cell("1"), new_markdown_cell(" ")], "empty markdown"),
    ],
)
def test_missing_prose(cells, problem):
    assert problem in problems_in_prose(new_notebook(cells=cells))[0]


def test_too_few_words_for_the_code():
    cells = [new_markdown_cell("two [words](https://a.b/c)\n```\nnot a word\n```")]
    assert problems_in_words(new_notebook(cells=cells)) == []
    cells.append(new_code_cell("a = 1\n\n"))
    assert "Found 2 words for 1 lines" in problems_in_words(new_notebook(cells=cells))[0]
    cells.append(new_markdown_cell("and six more, to make up eight"))
    assert problems_in_words(new_notebook(cells=cells)) == []


@pytest.mark.parametrize("magic", ["%timeit 1", "%%bash\nls", "!pip install keras", "a = %pwd"])
def test_magics(magic):
    assert "Code cell 5 is no plain Python" in problems_in_python(good_notebook(Train=magic))[0]


@pytest.mark.parametrize("source", ["import keras", "def f():\n    from keras import ops"])
def test_import_outside_setup(source):
    assert "under Train" in problems_in_imports(good_notebook(Train=source))[0]


def test_too_many_lines_that_import_from_the_package():
    many = "import os\n" + "\n".join(f"from unetlab.room{i} import name{i}" for i in range(7))
    assert "Found 7 lines" in problems_in_our_imports(good_notebook(Setup=many))[0]
    assert not problems_in_our_imports(good_notebook(Setup=many.rpartition("\n")[0]))


def test_parameters_cell_that_is_missing_double_or_without_a_short_run():
    assert "has no short run" in problems_in_parameters(good_notebook(Configuration="size = 8"))[0]
    notebook = good_notebook()
    notebook.cells[2].metadata.tags = ["parameters"]
    assert "Found 2 cells" in problems_in_parameters(notebook)[0]
    assert "Found 0 cells" in problems_in_parameters(new_notebook())[0]


@pytest.mark.parametrize("source", ["size if SHORT_RUN else 0", "os.environ['UNETLAB_SHORT_RUN']"])
def test_short_run_outside_the_parameters(source):
    assert "Code cell 5" in problems_in_parameters(good_notebook(Train=source))[0]


@pytest.mark.parametrize(
    "source",
    [
        "def grow(number):\n    return number * size",
        "def grow(number):\n    return [lambda: size for _ in number]",
        "class Grow:\n    def grow(self):\n        return size",
        "def outer():\n    def grow():\n        return size\n    return grow",
        "def grow():\n    global size\n    size = 1",
    ],
)
def test_function_that_reads_a_variable(source):
    problems = problems_in_functions(good_notebook(Train=source))
    assert [problem for problem in problems if "in code cell 5 reads the variable size" in problem]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("np.asarray(class_ids(logits))[0]", "has np.asarray(class_ids(logits)), which fails"),
        ("same = class_ids(logits) == mask\nnp.mean(same)", "has np.mean(same), which fails"),
        ("metrics.class_ids(logits)[0].numpy()", "has metrics.class_ids(logits)[0].numpy(), "),
        ("batches.map(lambda image, mask: (encoder(image), mask))", "calls a network within"),
    ],
)
def test_code_that_only_tensorflow_runs(source, problem):
    problems = problems_on_other_backends(good_notebook(Train=source))
    assert len(problems) == 1 and f"Code cell 5 {problem}" in problems[0]


@pytest.mark.parametrize(
    "source",
    [
        "np.mean(keras.ops.convert_to_numpy(class_ids(logits)) == mask)",
        "ids = class_ids(logits)\nshow(ids)",
        "batches.map(lambda image, mask: (mirror(image), mask))",
        "next(iter(batches))[0].numpy()",
    ],
)
def test_code_that_every_backend_runs(source):
    assert problems_on_other_backends(good_notebook(Train=source)) == []
