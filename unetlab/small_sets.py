"""What the small data sets share: their photos where they are found, else a drawn sample.

Taught in: notebooks/03_chair_extraction.ipynb
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import tensorflow as tf

from unetlab.data_places import data_places, find_data
from unetlab.datasets import SegmentationData
from unetlab.drawn_examples import draw_examples
from unetlab.photo_pairs import split_by_subject

DRAWINGS = {"chairs": "chairs", "cats": "pets"}
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

    Taught in: notebooks/03_chair_extraction.ipynb
    """
    if source not in ("auto", "real", "sample"):
        raise ValueError(f'source is {source!r}; use "auto", "real" or "sample".')
    place = find_data(name, parts) if source != "sample" else None
    if place:
        return load(place)
    missing = (
        f"the photos of {name} are not here: put {' and '.join(parts)} into {data_places(name)[0]}"
    )
    if source == "real":
        raise FileNotFoundError(f"{missing}, or set UNETLAB_DATA to the folder that holds {name}.")
    if source == "auto":
        print(f"Drawn sample, as {missing}.")
    scenes = [f"drawn{number:04}" for number in range(sample_size)]
    split = split_by_subject(scenes, TEST_SHARES[name], seed)
    examples = [draw_examples(DRAWINGS[name], part, image_size or 256) for part in split]
    names = [tf.data.Dataset.from_tensor_slices(part) for part in split]
    return SegmentationData(*examples, *names, class_names, f"{name} drawn by unetlab")
