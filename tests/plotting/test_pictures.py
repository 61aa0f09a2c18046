"""Pictures of any kind stand side by side, and none is left open."""

import matplotlib.pyplot as plt
import numpy as np

from unetlab.plotting import show_pictures


def test_pictures_of_any_kind_stand_under_their_titles_and_are_not_changed():
    colours = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    clear = np.dstack([colours, np.full([2, 3], 7, np.uint8)])
    grey = np.array([[0.0, 99.6]])
    figure = show_pictures({"rgb": colours, "rgba": clear, "grey": grey}, columns=2)
    assert [axis.get_title() for axis in figure.axes] == ["rgb", "rgba", "grey"]
    shown = [np.asarray(axis.images[0].get_array()) for axis in figure.axes]
    np.testing.assert_array_equal(shown[0], colours)
    np.testing.assert_array_equal(shown[1], clear)
    np.testing.assert_array_equal(shown[2], [[[0, 0, 0], [100, 100, 100]]])
    assert {picture.dtype for picture in shown} == {np.dtype("uint8")}  # floats would be in 0..1
    assert plt.get_fignums() == []
