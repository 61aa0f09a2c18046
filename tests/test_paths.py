"""Folders with blanks and accents, signs of other scripts, long names: they serve like any."""

import os

import keras
import numpy as np
import pytest
from PIL import Image

from unetlab.data.folders import load_folder
from unetlab.data.photos import load_image
from unetlab.label.store import LabelFolder
from unetlab.saving import save_model
from unetlab.submission.submission import write_submission

# 226 bytes of the 255 that a file system takes, as a copy that is being written has a longer name.
# Windows takes no whole path beyond 260 signs, unless it is told to.
LONG = "ein langer Name" + (2 if os.name == "nt" else 10) * " für Zoë und Émile"
NAMES = ["a", "Kätzchen 1", "猫", LONG]


def model_of_brightness():
    model = keras.Sequential([keras.Input([32, 32, 3]), keras.layers.Conv2D(1, 1)])
    model.set_weights([np.full([1, 1, 3, 1], 1 / 3), np.array([-110.0])])
    return model


@pytest.fixture
def photos(tmp_path):
    """Return a folder of photos, each with a bright half, whose path needs care."""
    folder = tmp_path / "Bilder von Zoë & Émile (2026) 100%" / "#1 im Sommer, 猫"
    folder.mkdir(parents=True)
    for number, name in enumerate(NAMES):
        pixels = np.zeros([40, 48, 3], np.uint8)
        pixels[:, : 20 + number] = 230
        Image.fromarray(pixels).save(folder / f"{name}.png")
    return folder


def bright_half(image):
    return np.uint8(np.asarray(image)[..., :1] > 110)


def test_masks_are_painted_and_loaded(photos):
    labels = LabelFolder(photos)
    for name in labels.names:
        labels.save_mask(name, bright_half(labels.load_photo(name)[0]))
    labels.close()
    data = load_folder(photos, photos / "masks", image_size=(40, 48), test_share=0.5)
    examples = [*data.train.as_numpy_iterator(), *data.test.as_numpy_iterator()]
    names = [*data.train_names.as_numpy_iterator(), *data.test_names.as_numpy_iterator()]
    assert sorted(name.decode() for name in names) == sorted(NAMES)
    for image, mask in examples:
        np.testing.assert_array_equal(mask, bright_half(image))


def test_a_model_is_saved_and_writes_a_submission(photos):
    path = save_model(model_of_brightness(), photos / f"{LONG}.keras")
    model = keras.saving.load_model(path)
    rows = photos / f"{LONG}.csv"
    paths = sorted(photos.glob("*.png"))
    assert write_submission(model, paths, rows).written == len(NAMES)
    lines = rows.read_text(encoding="utf-8").splitlines()[1:]
    assert [line.split(",")[0] for line in lines] == [path.name for path in paths]
    for line, path in zip(lines, paths, strict=True):
        lengths = [int(number) for number in line.split(",")[1].split()][1::2]
        assert sum(lengths) == bright_half(load_image(path)).sum()
