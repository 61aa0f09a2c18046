"""The small sets of two articles, chairs and cats: photos where they can be had, else drawn."""

import tempfile
import urllib.request
from pathlib import Path

import cv2
import keras
import numpy as np
import tensorflow as tf

from unetlab.data.folders import load_folder
from unetlab.data.pairs import Naming
from unetlab.data.pets import find_pets, load_pets
from unetlab.data.sources import (
    PARTS,
    SegmentationData,
    data_places,
    draw_parts,
    find_data,
    load_or_draw,
)
from unetlab.data.splits import split_by_subject

BLUE, RED = (0, 0, 255), (255, 0, 0)
# Of one commit, so that everyone learns from the same photos.
CATS_URL = (
    "https://github.com/ardamavi/Cat-Segmentation/archive/08535d2e1c02a9dcf14804d279d9891beac97803"
    ".zip"
)


def load_chairs(
    source: str = "auto",
    image_size: int | tuple[int, int] | None = None,
    seed: int = 0,
    sample_size: int = 97,
) -> SegmentationData:
    """Load the chairs: fewer than a hundred photos, a fifth of them (20 of 97) held out.

    The photos are looked for in `$UNETLAB_DATA/chairs`, then in `data/chairs` here and one folder
    up: `images/NAME.jpg` with `masks/NAME.png`, blue for the background and red for the chair.

    Args:
        source: "auto" takes the photos found, else draws a sample and prints a line saying so;
            "real" insists on the photos; "sample" draws.
        image_size: as in `load_folder`; the drawn sample has this size, or 256 pixels.
        seed: seed of the split.
        sample_size: how many chairs the drawn sample holds, training and test together.

    Returns:
        A `SegmentationData` of the classes 0 background and 1 chair.

    Raises:
        ValueError: `source` is none of the three.
        FileNotFoundError: "real" was asked for, and the photos are not here.

    Example:
        >>> data = load_chairs("sample", image_size=32, sample_size=10)
        >>> data.class_names, len(data.train), len(data.test)
        (('background', 'chair'), 8, 2)
    """
    split = {"test_share": 20 / 97, "seed": seed, "class_names": ("background", "chair")}

    def load():
        folders = find_data("chairs")
        if not folders:
            place, names = data_places("chairs")[0], " and ".join(PARTS["chairs"])
            raise FileNotFoundError(f"{place} does not hold the folders {names}.")
        return load_folder(*folders, colours=(BLUE, RED), image_size=image_size, **split)

    def draw():
        return _draw("chairs", sample_size, image_size, **split)

    advice = "put these folders there, or set UNETLAB_DATA to the folder that holds chairs"
    return load_or_draw(source, load, draw, "the photos of chairs", advice)


def load_cats(
    source: str = "auto",
    image_size: int | tuple[int, int] | None = None,
    seed: int = 0,
    sample_size: int = 61,
) -> SegmentationData:
    """Load the cats: some dozens of photos with masks, a third of them (20 of 61) held out.

    The photos are looked for as those of the chairs: `input/cat.N.jpg` with `mask/mask_cat.N.jpg`.
    Where they are not, the 81 of Arda Mavi's Cat-Segmentation are fetched from GitHub, once.

    Args:
        source: "auto" takes the photos found or fetched; else, if TFDS has prepared the pets, cats
            of their test part, whose masks end in the middle of the border that their authors left
            open; else it draws a sample; and a line says which. "real" insists on the photos;
            "sample" draws.
        image_size: as in `load_chairs`; the cats among the pets keep their size.
        seed: seed of the split.
        sample_size: how many cats there are, training and test together, drawn or among the pets.

    Returns:
        A `SegmentationData` of the classes 0 background and 1 cat.

    Raises:
        ValueError: `source` is none of the three.
        ConnectionError: "real" was asked for, and the photos are neither here nor to be had.

    Example:
        >>> data = load_cats("sample", image_size=32, sample_size=6)
        >>> data.class_names, len(data.train), len(data.test)
        (('background', 'cat'), 4, 2)

    Source: https://github.com/ardamavi/Cat-Segmentation (Apache-2.0).
    """
    split = {"test_share": 20 / 61, "seed": seed, "class_names": ("background", "cat")}

    def load():
        try:
            folders = find_data("cats") or _fetch_cats()
        except ConnectionError as error:
            if source == "real" or not find_pets():
                raise
            print(f"Cats among the pets instead of the photos of cats: {error}")
            return _take_cats(sample_size, split["test_share"], seed)
        naming = Naming(mask_prefix="mask_")
        return load_folder(*folders, naming, image_size=image_size, **split)

    def draw():
        return _draw("cats", sample_size, image_size, **split)

    advice = "connect to the internet once, or set UNETLAB_DATA to the folder that holds cats"
    return load_or_draw(source, load, draw, "the photos of cats", advice)


def _draw(kind, count, image_size, test_share, seed, class_names) -> SegmentationData:
    names = [f"drawn{number:04}" for number in range(count)]
    size = 256 if image_size is None else image_size
    return draw_parts(kind, names, size, test_share, seed, class_names)


def _fetch_cats() -> list[Path]:
    folder = data_places("cats")[0]
    try:
        # Left alone, the download waits for minutes for a server that is not there.
        with urllib.request.urlopen(CATS_URL, timeout=10):
            print(f"Fetching the photos of cats into {folder.resolve()}, once.")
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Beside the target and renamed: a run cut short leaves no half-filled folder.
        with tempfile.TemporaryDirectory(dir=folder.parent) as half_done:
            keras.utils.get_file("archive", CATS_URL, extract=True, cache_dir=half_done)
            (found,) = Path(half_done).glob("**/Train_Data")
            found.rename(folder)
    except Exception as error:  # Keras lets through whatever its many layers raise.
        raise ConnectionError(f"the download from {CATS_URL} failed ({error}).") from error
    return find_data("cats")


def _take_cats(count: int, test_share: float, seed: int) -> SegmentationData:
    pets = load_pets("real")
    # In the photos' names a breed of cats begins with a capital, a breed of dogs does not.
    cats = [name.decode() for name in pets.test_names.as_numpy_iterator() if name[:1].isupper()]
    cats = np.random.default_rng(seed).permutation(sorted(cats))[:count]
    parts = [
        pets.with_names("test")
        .filter(lambda image, mask, name, chosen=chosen: tf.reduce_any(name == chosen))
        .apply(tf.data.experimental.assert_cardinality(len(chosen)))
        for chosen in split_by_subject(cats, test_share, seed)
    ]
    examples = [part.map(lambda image, mask, name: (image, _close_border(mask))) for part in parts]
    names = [part.map(lambda image, mask, name: name) for part in parts]
    class_names, source = ("background", "cat"), f"cats among the {pets.source}"
    return SegmentationData(*examples, *names, class_names, source)


def _close_border(trimap):
    # The border goes to what is nearer, the pet, 0, or the background, 1.
    def close(trimap):
        from_pet, from_background = (
            cv2.distanceTransform(np.uint8(trimap != one), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
            for one in (0, 1)
        )
        return np.uint8(from_pet < from_background)[..., None]

    mask = tf.numpy_function(close, [trimap], tf.uint8)
    return tf.ensure_shape(mask, [None, None, 1])
