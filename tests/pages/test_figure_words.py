"""A Figure's words name what is in it, with its values, and reach the notebook's output."""

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from pages.figure_words import MOST_VALUES, describe_figure
from run_notebooks import run_apart
from unetlab.plotting import plot_class_shares, plot_confusion, plot_history, show_predictions

PLOTS = """\
import matplotlib.pyplot as plt
from IPython.display import display
figure, axis = plt.subplots()
axis.bar(["left", "right"], [1, 3])
axis.set_ylabel("photos")
handle = display(figure, display_id=True)
axis.set_ylabel("cats")
handle.update(figure)
plt.close(figure)
figure"""


def test_rows_of_pictures_are_counted_and_named():
    images, masks = np.zeros([3, 8, 8, 3]), np.zeros([3, 8, 8, 1], int)
    figure = show_predictions(images, masks, masks, ["cat", "wall"], ["one", "two\nIoU 0.3", "c"])
    assert describe_figure(figure) == (
        "12 pictures in 4 rows of 3, from above: image, mask, predicted_mask, wrong. "
        "Titles: one, two IoU 0.3, c. Colours: cat, wall."
    )


def test_bars_are_named_with_their_values():
    words = describe_figure(plot_class_shares([0.25, 0.75], ["cat", "wall"]))
    assert words == "Plot of share of all pixels: bars: cat 0.25, wall 0.75."


def test_a_matrix_is_read_row_by_row():
    words = describe_figure(plot_confusion(np.array([[3, 1], [0, 2]]), ["cat", "wall"]))
    assert "columns cat, wall; rows cat 75.0%, 25.0%; wall 0.0%, 100.0%" in words


def test_curves_say_where_they_begin_and_end():
    words = describe_figure(plot_history({"loss": [1, 0.5, 0.7], "val_loss": [2, 1, 0.25]}))
    assert "loss curve from 1 to 0.7, at most 1" in words
    assert "val_loss curve from 2 to 0.25" in words


def test_points_titles_and_the_figures_own_title():
    figure, axis = plt.subplots()
    axis.plot([3], [0.5], "o", label="best")
    axis.axvline(0.5)
    axis.set(title="A title", xlabel="milliseconds", ylabel="mean IoU")
    figure.suptitle("Before")
    plt.close(figure)
    assert describe_figure(figure) == (
        "Before. A title: Plot of mean IoU against milliseconds: "
        "best point (3, 0.5); upright line at 0.5."
    )


def test_a_long_list_is_cut_and_says_so():
    figure, axis = plt.subplots()
    axis.bar([f"b{number}" for number in range(MOST_VALUES + 3)], range(MOST_VALUES + 3))
    plt.close(figure)
    assert describe_figure(figure).endswith(f"b{MOST_VALUES - 1} {MOST_VALUES - 1} and 3 more.")


@pytest.mark.parametrize("short", [True, False])
def test_a_run_keeps_the_words_beside_the_picture_and_says_what_run_it_was(tmp_path, short):
    path, output = tmp_path / "01_plots.ipynb", tmp_path / "out"
    output.mkdir()
    nbformat.write(new_notebook(cells=[new_code_cell(PLOTS)]), path)
    assert run_apart(path, output, short, 60).failures == []
    run = nbformat.read(output / path.name, as_version=4)
    words = [output.metadata["image/png"]["alt"] for output in run.cells[0].outputs]
    assert words == ["Plot of cats: bars: left 1, right 3."] * 2
    assert run.metadata["unetlab"]["short"] is short
