"""Where data comes from: what every `load_*` returns, and which data sets are on this machine."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import tensorflow as tf

from unetlab.data.splits import split_by_subject
from unetlab.drawn import draw_examples

DRAWN = "drawn by unetlab"  # What `source` says of a sample.
# The folders of each data set that is looked for by its name.
PARTS = {
    "carvana": ("train", "train_masks"),
    "chairs": ("images", "masks"),
    "cats": ("input", "mask"),
}


class SegmentationData(NamedTuple):
    """Images with their masks, and where they come from.

    Attributes:
        train: examples (image uint8 [H, W, 3] in 0..255, mask uint8 [H, W, 1], ids from 0).
        test: as `train`; no example is in both. Empty where no such part was asked for.
        train_names: a name for each training example, in order, as a data set of strings.
        test_names: as `train_names`.
        class_names: the class ids' meanings, from id 0.
        source: one line for people: which data this is and where it was found.
        validation: as `train`, or None where no part was asked for.
        validation_names: as `train_names`, or None.
    """

    train: tf.data.Dataset
    test: tf.data.Dataset
    train_names: tf.data.Dataset
    test_names: tf.data.Dataset
    class_names: tuple[str, ...]
    source: str
    validation: tf.data.Dataset | None = None
    validation_names: tf.data.Dataset | None = None

    @property
    def num_classes(self) -> int:
        """The number of classes, the background among them."""
        return len(self.class_names)

    @property
    def parts(self) -> dict[str, tuple[tf.data.Dataset, tf.data.Dataset]]:
        """The examples and names of each part that there is: train, validation, test."""
        found = {
            "train": (self.train, self.train_names),
            "validation": (self.validation, self.validation_names),
            "test": (self.test, self.test_names),
        }
        return {part: held for part, held in found.items() if held[0] and held[0].cardinality()}

    def with_names(self, part: str = "train") -> tf.data.Dataset:
        """Give a part's examples as (image, mask, name), so that no shuffle parts them."""
        examples = tf.data.Dataset.zip(self.parts[part])
        return examples.map(lambda example, name: (*example, name))


def data_places(name: str) -> list[Path]:
    """List the folders where a data set of this name is looked for, in order."""
    places = [Path("data") / name, Path("../data") / name]  # A notebook runs in notebooks/.
    if folder := os.environ.get("UNETLAB_DATA"):
        places.insert(0, Path(folder) / name)
    return places


def find_data(name: str) -> list[Path]:
    """Find the photos' and the masks' folder in the first place that has both; [] where none."""
    places = ([place / part for part in PARTS[name]] for place in data_places(name))
    return next((folders for folders in places if all(map(Path.is_dir, folders))), [])


def load_or_draw(
    source: str,
    load: Callable[[], SegmentationData],
    draw: Callable[[], SegmentationData],
    photos: str,
    how_to_get: str,
) -> SegmentationData:
    """Give the photos, or the drawn sample in their place, as `source` says.

    `load` raises a ConnectionError or a FileNotFoundError, a sentence, where there are none.
    """
    if source not in ("auto", "real", "sample"):
        raise ValueError(f'source is {source!r}; use "auto", "real" or "sample".')
    if source == "sample":
        return draw()
    try:
        return load()
    except (ConnectionError, FileNotFoundError) as error:
        if source == "real":
            raise type(error)(f"{error} To get {photos}, {how_to_get}.") from error
        print(f"Drawn sample instead of {photos}: {error} For the photos, {how_to_get}.")
    return draw()


def draw_parts(
    kind: str,
    names: list[str],
    image_size: int | tuple[int, int],
    test_share: float,
    seed: int,
    class_names: tuple[str, ...],
) -> SegmentationData:
    """Draw a scene for each name, of a kind and a size as in `draw_examples`, and split them."""
    split = split_by_subject(names, test_share, seed)
    examples = [draw_examples(kind, part, image_size) for part in split]
    names = [tf.data.Dataset.from_tensor_slices(part) for part in split]
    return SegmentationData(*examples, *names, class_names, f"{kind} {DRAWN}")
