"""Figures show what they are given, and none is left open."""

import io

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from unetlab import plotting
from unetlab.plotting import plot_unet
from unetlab.unet import build_plain_unet, build_unet

NAMES = ("pet", "background", "border")
IMAGES = [np.full([6, 8, 3], 100, "uint8"), np.full([5, 5, 3], 255.0)]
MASKS = [np.zeros([6, 8, 1], "uint8"), np.full([5, 5, 1], 2)]
HISTORY = {"loss": [2.0, 1.0], "val_loss": [2.5, 1.5], "dice": [0.1, 0.4], "learning_rate": [1, 1]}

FIGURES = {
    "samples": lambda: plotting.show_samples(IMAGES, MASKS, NAMES, ["first", "second"]),
    "predictions": lambda: plotting.show_predictions(
        IMAGES, MASKS, [MASKS[0], MASKS[1] - 1], NAMES
    ),
    "progress": lambda: plotting.show_progress(HISTORY, IMAGES, MASKS, MASKS, NAMES),
    "history": lambda: plotting.plot_history(HISTORY),
    "shares": lambda: plotting.plot_class_shares([0.3, 0.6, 0.1], NAMES),
    "confusion": lambda: plotting.plot_confusion(
        np.array([[3, 1, 0], [0, 4, 0], [0, 0, 0]]), NAMES
    ),
    "pictures": lambda: plotting.show_pictures({"one": IMAGES[0], "other": IMAGES[1]}),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figure_can_be_saved_and_is_closed(name):
    figure = FIGURES[name]()
    assert plt.get_fignums() == []
    file = io.BytesIO()
    figure.savefig(file, format="png")
    picture = plt.imread(io.BytesIO(file.getvalue()))
    assert picture.std() > 0.02


def texts(figure):
    found = [text.get_text() for axis in figure.axes for text in axis.texts]
    return found + [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_every_class_is_in_the_legend():
    assert texts(FIGURES["samples"]()) == list(NAMES)


def test_titles_stand_above_their_images():
    assert [axis.get_title() for axis in FIGURES["samples"]().axes[:2]] == ["first", "second"]


def test_confusion_is_in_shares_of_the_true_class():
    assert texts(FIGURES["confusion"]())[:3] == ["75.0%", "25.0%", "0.0%"]


def shown_percentages(confusion):
    names = [str(i) for i in range(len(confusion))]
    cells = texts(plotting.plot_confusion(confusion, names))
    return np.reshape(cells, np.shape(confusion)).tolist()


def test_rows_of_shares_and_of_single_pixels_add_up_to_100_percent():
    # Divided by no less than 1, these rows would have shown 20% and 50% in all.
    assert shown_percentages([[0.1, 0.1], [0.25, 0.25]]) == [["50.0%", "50.0%"]] * 2
    assert shown_percentages([[1, 0], [0.2, 0.8]]) == [["100.0%", "0.0%"], ["20.0%", "80.0%"]]


def test_a_class_without_true_pixels_has_no_percentages():
    assert shown_percentages([[0, 0], [1, 3]]) == [["–", "–"], ["25.0%", "75.0%"]]


@settings(max_examples=15, deadline=None)
@given(arrays(float, (3, 3), elements=st.integers(0, 30)))
def test_rounding_neither_adds_nor_takes(confusion):
    confusion += np.eye(3)
    for row, exact in zip(shown_percentages(confusion), confusion, strict=True):
        tenths = [round(10 * float(text[:-1])) for text in row]
        assert sum(tenths) == 1000
        assert np.abs(tenths - 1000 * exact / exact.sum()).max() < 1


VOID = np.array([[0, 1, 255], [1, 1, 255]], "uint8")[None, ..., None]


def test_ids_without_a_name_have_a_colour_and_an_entry_of_their_own():
    figure = plotting.show_samples(np.zeros([1, 2, 3, 3]), VOID, ["cat", "background"])
    assert texts(figure) == ["cat", "background", "no class: 255"]
    handles = figure.legends[0].get_patches()
    colours = [np.round(np.multiply(patch.get_facecolor()[:3], 255)) for patch in handles]
    painted = figure.axes[1].images[0].get_array()
    assert len({tuple(colour) for colour in colours}) == 3
    for place, number in (((0, 0), 0), ((0, 1), 1), ((0, 2), 2), ((1, 2), 2)):
        np.testing.assert_allclose(painted[place], colours[number], atol=1)


def test_many_ids_without_a_name_are_a_range():
    mask = np.arange(6).reshape(1, 2, 3)
    figure = plotting.show_samples(np.zeros([1, 2, 3, 3]), mask, ["only"])
    assert texts(figure) == ["only", "no class: 1 to 5"]


def test_each_of_many_classes_has_a_colour_of_its_own():
    names = [str(i) for i in range(21)]
    mask = np.append(np.arange(21), 255).reshape(1, 2, 11)
    figure = plotting.show_samples(np.zeros([1, 2, 11, 3]), mask, names)
    painted = figure.axes[1].images[0].get_array()
    assert len(np.unique(painted.reshape(-1, 3), axis=0)) == 22
    assert texts(figure) == [*names, "no class: 255"]


def test_where_the_truth_is_void_nothing_is_wrong():
    predicted = np.zeros_like(VOID)
    figure = plotting.show_predictions(np.zeros([1, 2, 3, 3]), VOID, predicted, ["cat", "rest"])
    red = (figure.axes[-1].images[0].get_array() == (230, 30, 30)).all(axis=-1)
    np.testing.assert_array_equal(red, VOID[0, ..., 0] == 1)


def test_bool_masks_and_masks_without_their_last_axis_are_painted_alike():
    image, mask = np.zeros([1, 2, 3, 3]), VOID == 1
    painted = [
        plotting.show_samples(image, part, ["a", "b"]).axes[1].images[0].get_array()
        for part in (mask, mask[..., 0], mask.astype(int))
    ]
    assert len(np.unique(painted[0].reshape(-1, 3), axis=0)) == 2
    np.testing.assert_array_equal(painted[0], painted[1])
    np.testing.assert_array_equal(painted[0], painted[2])


SAMPLE = {
    "images": np.zeros([2, 2, 3, 3]),
    "masks": np.zeros([2, 2, 3, 1], int),
    "class_names": ["a", "b"],
}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"images": SAMPLE["images"][:1]}, "there are 1 images, but 2 masks"),
        ({"images": SAMPLE["images"][0]}, r"images is one image \(2, 3, 3\)"),
        ({"images": [], "masks": []}, "there are no images"),
        ({"images": np.zeros([2, 2, 3, 1])}, r"the image is float64 \(2, 3, 1\)"),
        ({"masks": np.zeros([2, 2, 3, 1])}, r"the mask is float64 \(2, 3, 1\)"),
        ({"masks": np.zeros([2, 2, 3, 2], int)}, r"the mask is int64 \(2, 3, 2\)"),
        ({"masks": np.zeros([2, 3, 2, 1], int)}, r"the mask is int64 \(3, 2, 1\)"),
        ({"class_names": []}, r"class_names is \[\]"),
        ({"class_names": "cat"}, "class_names is 'cat'"),
        ({"titles": ["one"]}, "there are 2 images, but 1 titles"),
    ],
)
def test_what_does_not_fit_together_is_refused(changed, message):
    arguments = {**SAMPLE, **changed}
    with pytest.raises(ValueError, match=message):
        plotting.show_samples(**arguments)
    arguments["predicted_masks"] = SAMPLE["masks"][: len(arguments["masks"])]
    with pytest.raises(ValueError, match=message):
        plotting.show_predictions(**arguments)
    assert plt.get_fignums() == []


def test_predicted_masks_are_as_many_as_images():
    with pytest.raises(ValueError, match="there are 2 images, but 1 predicted_masks"):
        plotting.show_predictions(**SAMPLE, predicted_masks=SAMPLE["masks"][:1])


CUT_OUT = np.zeros([2, 2, 4], np.uint8)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plotting.plot_confusion(np.eye(3), ["a", "b"]), r"the confusion is \(3, 3\)"),
        (lambda: plotting.plot_confusion(np.ones([5, 2, 2]), ["a", "b"]), "add up the matrices"),
        (lambda: plotting.plot_confusion([[1, np.nan], [0, 1]], ["a", "b"]), "from nan to nan"),
        (lambda: plotting.plot_confusion([[1, -1], [0, 1]], ["a", "b"]), "from -1 to 1"),
        (lambda: plotting.plot_class_shares([0.5], ["a", "b"]), "for 2 class names"),
        (lambda: plotting.plot_class_shares([50, 50], ["a", "b"]), "divide counts by their sum"),
        (lambda: plotting.plot_history({}), r"history is \{\}"),
        (lambda: plotting.plot_history(keras.callbacks.History()), r"pass fit\(...\).history"),
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


def test_wrong_pixels_are_red():
    wrong_right, wrong_left = FIGURES["predictions"]().axes[-1], FIGURES["predictions"]().axes[-2]
    assert (wrong_left.images[0].get_array() == 100).all()
    assert (wrong_right.images[0].get_array() == (230, 30, 30)).all()


def test_curves_have_their_validation_beside_them_and_no_learning_rate():
    loss, other = FIGURES["history"]().axes
    assert [line.get_label() for line in loss.lines] == ["loss", "val_loss"]
    assert [line.get_label() for line in other.lines] == ["dice"]
    np.testing.assert_array_equal(loss.lines[1].get_ydata(), [2.5, 1.5])


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


def boxes_of(figure):
    return [text.get_text() for text in figure.axes[0].texts if "×" in text.get_text()]


def test_every_tap_and_step_has_its_box():
    figure = plot_unet(build_unet("mobilenet_v2", image_size=64, weights=None, decoder="resize"))
    encoder = ["64 × 64 × 3", "32 × 32 × 96", "16 × 16 × 144", "8 × 8 × 192", "4 × 4 × 576"]
    decoder = ["4 × 4 × 192", "8 × 8 × 128", "16 × 16 × 64", "32 × 32 × 48", "64 × 64 × 3"]
    assert boxes_of(figure) == [*encoder, "2 × 2 × 320", *decoder]


def test_an_encoder_without_fine_taps_can_be_drawn():
    image = keras.Input([None, None, 3])
    coarse = keras.layers.Conv2D(8, 3, strides=8, padding="same")(image)
    model = build_unet(keras.Model(image, coarse), image_size=(32, 64))
    assert boxes_of(plot_unet(model))[:2] == ["32 × 64 × 3", "4 × 8 × 8"]


def test_a_model_without_encoder_is_refused():
    with pytest.raises(ValueError, match=r'no layer named "encoder" .* pass one made'):
        plot_unet(build_plain_unet(image_size=32, filters=(4, 8)))
