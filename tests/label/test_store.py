"""Photos and their masks in a folder: read back as saved, and never lost or overwritten."""

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from unetlab.data import load_folder
from unetlab.label import LabelFolder, Stroke, apply_stroke, store

CLASSES = ("background", "cat", "dog")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "PATIENCE", 0.2)
    random_generator = np.random.default_rng(0)
    for name in "abc":
        pixels = random_generator.integers(0, 256, (60, 80, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    return tmp_path


def test_what_is_saved_is_read_by_the_loaders_with_its_class_names(folder, capsys):
    masks = {}
    photos = LabelFolder(folder, CLASSES)
    for number, name in enumerate(photos.names):
        masks[name] = np.zeros([60, 80, 1], np.uint8)
        masks[name][5 * number : 30, 10:40] = 1
        masks[name][40:50, 10:40] = 2
        masks[name][:2] = 255
        photos.save_mask(name, masks[name])
    assert photos.labelled() == ["a", "b", "c"]
    photos.close()
    again = LabelFolder(folder, CLASSES)
    for name, mask in masks.items():
        np.testing.assert_array_equal(again.load_mask(name, (60, 80)), mask)
    again.close()
    sets = load_folder(folder, folder / "masks", image_size=(60, 80), test_share=0.34)
    assert sets.class_names == CLASSES
    assert "class_names.txt" not in capsys.readouterr().out  # It is no mask that went wrong.
    found = [mask for part in (sets.train, sets.test) for _, mask in part.as_numpy_iterator()]
    for mask in masks.values():
        assert any(np.array_equal(mask, other) for other in found)


def test_a_mask_of_another_size_than_its_photo_is_told_and_stays(folder):
    photos = LabelFolder(folder)
    photos.save_mask("a", np.ones([60, 80, 1], np.uint8))
    Image.new("RGB", (80, 61)).save(folder / "a.png")
    with pytest.raises(ValueError, match=r"a\.png is 80x60, but its photo a\.png is 80x61"):
        photos.load_mask("a", photos.load_photo("a")[1])
    assert np.asarray(Image.open(photos.mask_path("a"))).all()
    photos.close()


def test_class_names_are_kept_and_may_grow(folder):
    LabelFolder(folder, CLASSES[:2]).close()
    LabelFolder(folder, CLASSES).close()
    with pytest.raises(ValueError, match="were drawn with"):
        LabelFolder(folder, ("background", "dog", "cat"))


def test_two_photos_of_one_name_are_left_out(folder):
    Image.new("RGB", (8, 8)).save(folder / "b.jpg")
    photos = LabelFolder(folder)
    assert photos.names == ["a", "c"] and "b.jpg, b.png: share a name" in photos.left_out[0]
    photos.close()


def test_the_brush_agrees_with_discs_painted_one_by_one():
    points = [(3, 4), (44, 30), (60, 20)]  # The last one is outside.
    mask = apply_stroke(np.zeros([40, 50, 1], np.uint8), Stroke("brush", 1, points, 3))
    rows, columns = np.mgrid[:40, :50]
    expected = np.zeros([40, 50], bool)
    for (x, y), (end, bottom) in pairwise(points):
        for step in range(end - x + 1):
            row = y + (2 * step * (bottom - y) + end - x) // (2 * (end - x))
            expected |= (rows - row) ** 2 + (columns - x - step) ** 2 <= 9
    np.testing.assert_array_equal(mask[..., 0], expected)


def test_a_polygon_and_a_fill_paint_what_they_surround():
    corners = [(10, 5), (30, 5), (30, 25), (10, 25)]
    mask = apply_stroke(np.zeros([40, 50, 1], np.uint8), Stroke("polygon", 2, corners))
    assert (mask[5:25, 10:30] == 2).all() and abs(np.count_nonzero(mask) - 400) <= 45
    filled = apply_stroke(mask, Stroke("fill", 1, [(0.7, 39.2)]))
    np.testing.assert_array_equal(filled, np.where(mask == 2, 2, 1))
    np.testing.assert_array_equal(apply_stroke(mask, Stroke("fill", 1, [(50, 3)])), mask)
