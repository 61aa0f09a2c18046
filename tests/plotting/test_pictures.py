"""Pictures and cut-outs of any kind stand side by side, and none is left open."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from saved_figures import check_saved

from unetlab import plotting

CUT_OUT = np.zeros([2, 2, 4], np.uint8)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plotting.show_cut_outs([]), "there are 0 cut-outs"),
        (lambda: plotting.show_cut_outs([CUT_OUT], titles=["a", "b"]), "and 2 titles"),
        (lambda: plotting.show_cut_outs(CUT_OUT), r"a cut-out is uint8 \(2, 4\)"),
        (lambda: plotting.show_cut_outs([CUT_OUT / 255]), "a cut-out is float64"),
        (lambda: plotting.show_pictures({}), "pictures is an empty dict"),
        (lambda: plotting.show_pictures([CUT_OUT]), "pictures is a list, expected one or more by"),
        (lambda: plotting.show_pictures({"a": CUT_OUT}, 0), "columns is 0, expected a whole"),
        (lambda: plotting.show_pictures({"a": CUT_OUT}, 1.5), "columns is 1.5, expected a whole"),
        (
            lambda: plotting.show_pictures({"a": CUT_OUT, "b": CUT_OUT[None]}),
            "picture 'b' is uint8",
        ),
        (lambda: plotting.show_pictures({"a": CUT_OUT / 255}), r"float64 \(2, 2, 4\)"),
        (lambda: plotting.show_pictures({"a": np.full([2, 2], 0.5)}), "'a', the image's values go"),
        (lambda: plotting.show_pictures({"a": np.ones([2, 2], bool)}), "'a', the image is bool"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
    assert plt.get_fignums() == []


def test_pictures_of_any_kind_stand_under_their_titles_and_are_not_changed():
    colours = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    clear = np.dstack([colours, np.full([2, 3], 7, np.uint8)])
    grey = np.array([[0.0, 99.6]])
    figure = plotting.show_pictures({"rgb": colours, "rgba": clear, "grey": grey}, columns=2)
    assert [axis.get_title() for axis in figure.axes] == ["rgb", "rgba", "grey"]
    shown = [np.asarray(axis.images[0].get_array()) for axis in figure.axes]
    np.testing.assert_array_equal(shown[0], colours)
    np.testing.assert_array_equal(shown[1], clear)
    np.testing.assert_array_equal(shown[2], [[[0, 0, 0], [100, 100, 100]]])
    assert all(len(axis.get_xticks()) == len(axis.get_yticks()) == 0 for axis in figure.axes)
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("columns", "places"),
    [
        (None, [(0, 0), (0, 1), (0, 2)]),
        (2, [(0, 0), (0, 1), (1, 0)]),
        (9, [(0, 0), (0, 1), (0, 2)]),
    ],
)
def test_pictures_fill_row_after_row(columns, places):
    pictures = {name: np.zeros([4, 5, 3]) for name in "abc"}
    specs = [axis.get_subplotspec() for axis in plotting.show_pictures(pictures, columns).axes]
    assert [(spec.rowspan.start, spec.colspan.start) for spec in specs] == places


def test_they_can_be_saved_and_are_closed():
    figures = [
        plotting.show_pictures({"one": np.full([6, 8, 3], 100, "uint8"), "other": CUT_OUT}),
        plotting.show_cut_outs([CUT_OUT]),
    ]
    check_saved(*figures)
