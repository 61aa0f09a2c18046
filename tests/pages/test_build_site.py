"""Pages take the words of a notebook and the outputs of a run of the same code, or say why not."""

import base64
import io

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from build_site import (
    describe_run,
    fold_solutions,
    join_run,
    name_far_pictures,
    show_pictures,
    show_widgets,
)


def encode_picture():
    """Return a small PNG as notebooks hold it."""
    file = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(file, "png")
    return base64.b64encode(file.getvalue()).decode()


def write_pair(folder, source="1 + 1", output=None):
    """Write a notebook with a new word, and a run of it with an older one."""
    path, run = folder / "01_pets.ipynb", folder / "run.ipynb"
    cell = new_code_cell("1 + 1", id="code")
    nbformat.write(new_notebook(cells=[new_markdown_cell("new", id="words"), cell]), path)
    output = output or new_output("execute_result", {"text/plain": "2"}, execution_count=1)
    ran = new_code_cell(source, id="code", outputs=[output], execution_count=1)
    notebook = new_notebook(cells=[new_markdown_cell("old", id="words"), ran])
    notebook.metadata["unetlab"] = {"short": True, "seconds": 5}
    nbformat.write(notebook, run)
    return path, run


def test_words_are_new_and_outputs_those_of_the_run(tmp_path):
    notebook = join_run(*write_pair(tmp_path))
    assert notebook.cells[0].source == "new"
    assert notebook.cells[1].outputs[0].data == {"text/plain": "2"}
    assert notebook.metadata["unetlab"]["seconds"] == 5


def test_a_run_of_other_code_is_refused(tmp_path):
    with pytest.raises(SystemExit, match=r"of other code .* run `make notebooks NB=01`"):
        join_run(*write_pair(tmp_path, source="1 + 2"))


def test_a_run_that_is_missing_or_failed_is_refused(tmp_path):
    error = new_output("error", ename="ValueError", evalue="no photo", traceback=[])
    path, run = write_pair(tmp_path, output=error)
    with pytest.raises(SystemExit, match=r"failed \(code cell 1: ValueError: no photo\)"):
        join_run(path, run)
    run.unlink()
    with pytest.raises(SystemExit, match="does not exist, expected a run"):
        join_run(path, run)


def test_a_page_says_what_its_outputs_are_of():
    short = describe_run({"unetlab": {"short": True, "seconds": 61}})
    assert "**short run**" in short and "61 seconds" in short
    assert "**full run**" in describe_run({"unetlab": {"short": False, "seconds": 300}})
    assert "**short run**" in describe_run({})  # of a run that did not say


def picture_cell(metadata=None, **cell_metadata):
    """Return a cell that shows a picture."""
    data = {"image/png": encode_picture(), "text/plain": "<Figure>"}
    output = new_output("display_data", data, metadata=metadata or {})
    return new_code_cell("draw()", outputs=[output], metadata=cell_metadata)


def test_a_picture_becomes_a_file_with_its_words(tmp_path):
    notebook = new_notebook(cells=[picture_cell({"image/png": {"alt": 'Two "cats" & a dog.'}})])
    show_pictures(notebook, tmp_path / "01")
    (file,) = (tmp_path / "01").iterdir()
    assert Image.open(file).size == (4, 4)
    page = notebook.cells[0].outputs[0].data["text/html"]
    assert 'alt="Two &quot;cats&quot; &amp; a dog."' in page
    assert f'src="pictures/01/{file.name}"' in page


def test_the_cells_own_words_do_where_the_picture_is_no_figure(tmp_path):
    notebook = new_notebook(cells=[picture_cell(alt="A red square.")])
    show_pictures(notebook, tmp_path)
    assert 'alt="A red square."' in notebook.cells[0].outputs[0].data["text/html"]


def test_a_picture_without_words_is_refused(tmp_path):
    with pytest.raises(SystemExit, match=r"has no words, .* begins 'draw\(\)'"):
        show_pictures(new_notebook(cells=[picture_cell()]), tmp_path)


def test_widgets_leave_no_state_that_a_script_would_be_fetched_for():
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "a"}}
    state = {"a": {"model_name": "LabelModel", "state": {"value": "hello"}}}
    saved = {"application/vnd.jupyter.widget-state+json": {"state": state}}
    cell = new_code_cell("1", outputs=[new_output("display_data", view)])
    notebook = new_notebook(cells=[cell], metadata={"widgets": saved})
    show_widgets(notebook)
    assert "hello" in notebook.cells[0].outputs[0].data["text/html"]
    assert "widgets" not in notebook.metadata


def test_a_solution_stands_folded_behind_its_exercise():
    asking = 'def my_iou(mask, predicted_mask):\n    ...\n\n\ncheck_answer("iou", my_iou)'
    notebook = new_notebook(cells=[new_code_cell("1"), new_code_cell(asking), new_code_cell("2")])
    fold_solutions(notebook)
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds == ["code", "code", "markdown", "code"]
    solution = notebook.cells[2].source
    assert solution.startswith(":::{dropdown}") and "\ndef " in solution and "return" in solution


def test_a_badge_becomes_its_words_and_keeps_its_link():
    badge = "[![Open in Colab](https://a.b/badge.svg)](https://a.b/open) ![Cat](images/cat.jpg)"
    named = "[Open in Colab](https://a.b/open) ![Cat](images/cat.jpg)"
    assert name_far_pictures(badge) == named
