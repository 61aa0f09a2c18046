"""The small sets of two articles, chairs and cats: photos where they are found, else drawn.

Taught in: notebooks/03_chair_extraction.ipynb
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import tensorflow as tf

from unetlab.checks import height_and_width
from unetlab.data.folders import load_folder
from unetlab.data.found import PARTS
from unetlab.data.pairs import Naming
from unetlab.data.sources import SegmentationData, data_places, find_data, load_or_draw
from unetlab.data.splits import split_by_subject
from unetlab.drawn import draw_examples

TEST_SHARES = {"chairs": 20 / 97, "cats": 20 / 61}


def load_small_set(
    name: str,
    parts: Sequence[str],
    load: Callable[[Path], SegmentationData],
    source: str,
    image_size: int | tuple[int, int] | None,
    seed: int,
    sample_size: int,
    class_names: tuple[str, ...],
) -> SegmentationData:
    """Load a small data set from its folder, or draw it.

    Args:
        name: "chairs" or "cats".
        parts: names of the folders that it consists of.
        load: from the place where these folders are to the data.
        source: "auto", "real" or "sample".
        image_size: height and width of the drawn sample in pixels, None for 256.
        seed: seed of the sample's split.
        sample_size: how many scenes the sample holds, training and test together.
        class_names: the class ids' meanings, from id 0.

    Returns:
        A `SegmentationData`.

    Raises:
        ValueError: `source` is none of the three.
        FileNotFoundError: "real" was asked for, and the photos are not here.

    Example:
        >>> names = ("background", "cat")
        >>> load_small_set("cats", ("input", "mask"), None, "sample", 32, 0, 4, names).source
        'cats drawn by unetlab'
    """

    if image_size is not None:
        height_and_width(image_size)

    def find():
        place = find_data(name, parts)
        if place is None:
            where = data_places(name)[0]
            raise FileNotFoundError(f"{where} does not hold the folders {' and '.join(parts)}.")
        return load(place)

    def draw():
        scenes = [f"drawn{number:04}" for number in range(sample_size)]
        split = split_by_subject(scenes, TEST_SHARES[name], seed)
        size = 256 if image_size is None else image_size
        examples = [draw_examples(name, part, size) for part in split]
        names = [tf.data.Dataset.from_tensor_slices(part) for part in split]
        return SegmentationData(*examples, *names, class_names, f"{name} drawn by unetlab")

    how = f"put these folders there, or set UNETLAB_DATA to the folder that holds {name}"
    return load_or_draw(source, find, draw, f"the photos of {name}", how)


CAT_CLASSES = ("background", "cat")


def load_cats(
    source: str = "auto",
    image_size: int | tuple[int, int] | None = None,
    seed: int = 0,
    sample_size: int = 61,
) -> SegmentationData:
    """Load the cats: photos with masks as JPEG, a third of them (20 of 61) held out.

    The photos are looked for in `$UNETLAB_DATA/cats`, then in `data/cats` here and one folder up:
    `input/cat.N.jpg` with `mask/mask_cat.N.jpg`. JPEG leaves noise in a mask's black, so that only
    what is brighter than half counts as cat.

    Args:
        source: "auto" takes the photos found, else draws a sample and prints a line saying so;
            "real" insists on the photos; "sample" draws.
        image_size: as in `load_folder`; the drawn sample has this size, or 256 pixels.
        seed: seed of the split.
        sample_size: how many cats the drawn sample holds, training and test together.

    Returns:
        A `SegmentationData` of the classes 0 background and 1 cat.

    Raises:
        ValueError: `source` is none of the three.
        FileNotFoundError: "real" was asked for, and the photos are not here.

    Example:
        >>> data = load_cats("sample", image_size=32, sample_size=6)
        >>> data.class_names, len(data.train), len(data.test)
        (('background', 'cat'), 4, 2)
    """

    def load(folder):
        return load_folder(
            folder / "input",
            folder / "mask",
            naming=Naming(mask_prefix="mask_"),
            image_size=image_size,
            test_share=TEST_SHARES["cats"],
            seed=seed,
            class_names=CAT_CLASSES,
        )

    return load_small_set(
        "cats", PARTS["cats"], load, source, image_size, seed, sample_size, CAT_CLASSES
    )


CHAIR_CLASSES = ("background", "chair")
BLUE, RED = (0, 0, 255), (255, 0, 0)


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

    def load(folder):
        return load_folder(
            folder / "images",
            folder / "masks",
            colours=(BLUE, RED),
            image_size=image_size,
            test_share=TEST_SHARES["chairs"],
            seed=seed,
            class_names=CHAIR_CLASSES,
        )

    return load_small_set(
        "chairs", PARTS["chairs"], load, source, image_size, seed, sample_size, CHAIR_CLASSES
    )
