"""Where data comes from: what every `load_*` returns, where it looks, and whom it asks."""

import os
import queue
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import tensorflow as tf


def data_places(name: str) -> list[Path]:
    """List the folders where a data set of this name is looked for, in order.

    Args:
        name: the data set's name, such as "carvana".

    Returns:
        Paths, which need not exist.

    Example:
        >>> [str(place) for place in data_places("chairs")][-2:]
        ['data/chairs', '../data/chairs']
    """
    places = [Path("data") / name, Path("../data") / name]  # A notebook runs in notebooks/.
    if folder := os.environ.get("UNETLAB_DATA"):
        places.insert(0, Path(folder) / name)
    return places


def find_data(name: str, parts: Sequence[str]) -> Path | None:
    """Find the first place that has all the parts of a data set.

    Args:
        name: the data set's name, such as "carvana".
        parts: names of the folders that it consists of.

    Returns:
        The place, or None.

    Example:
        >>> print(find_data("nothing_of_this_name", ["images", "masks"]))
        None
    """
    for place in data_places(name):
        if all((place / part).is_dir() for part in parts):
            return place
    return None


class SegmentationData(NamedTuple):
    """Images with their masks, and where they come from.

    Attributes:
        train: examples (image uint8 [H, W, 3] in 0..255, mask uint8 [H, W, 1], ids from 0).
        test: as `train`; no example is in both.
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
        return {part: held for part, held in found.items() if held[0] is not None}

    def with_names(self, part: str = "train") -> tf.data.Dataset:
        """Give the examples of a part with their names inside, so that no shuffle parts them.

        Args:
            part: "train", "test" or "validation".

        Returns:
            Examples (image, mask, name), the name a string.

        Raises:
            ValueError: the data has no such part.

        Example:
            >>> from unetlab.data import load_chairs
            >>> data = load_chairs("sample", image_size=32, sample_size=10)
            >>> image, mask, name = next(iter(data.with_names("test").shuffle(2)))
            >>> name.dtype
            tf.string
        """
        if part not in self.parts:
            raise ValueError(
                f"part is {part!r}, expected one of {[*self.parts]}, which this data has."
            )
        examples = tf.data.Dataset.zip(self.parts[part])
        return examples.map(lambda example, name: (*example, name))


def load_or_draw(
    source: str,
    load: Callable[[], SegmentationData],
    draw: Callable[[], SegmentationData],
    photos: str,
    how_to_get: str,
) -> SegmentationData:
    """Give the photos, or the drawn sample in their place, as `source` says.

    Args:
        source: "auto" takes the photos, else draws and prints a line saying so; "real" insists on
            the photos; "sample" draws.
        load: gives the photos, or raises a ConnectionError or a FileNotFoundError: a sentence.
        draw: gives the drawn sample.
        photos: what the photos are called.
        how_to_get: what to do to have them.

    Returns:
        A `SegmentationData`.

    Raises:
        ValueError: `source` is none of the three.
        ConnectionError: "real" was asked for, and the photos are neither here nor to be had.
        FileNotFoundError: "real" was asked for, and the photos are not here.

    Example:
        >>> load_or_draw("drawn", None, None, "the pets", "ask a friend")
        Traceback (most recent call last):
        ...
        ValueError: source is 'drawn'; use "auto", "real" or "sample".
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


def check_reachable(url: str, seconds: float = 5.0) -> None:
    """Raise unless a server answers within a time limit.

    Args:
        url: an address on the server, "https://...".
        seconds: how long to wait for an answer.

    Raises:
        ConnectionError: says which server did not answer, and what to do.

    Example:
        >>> check_reachable("http://127.0.0.1:9/", seconds=1)
        Traceback (most recent call last):
        ...
        ConnectionError: http://127.0.0.1:9/ does not answer (...); check the network, or ...
    """
    # The thread bounds the name look-up, which knows no time limit. It says one thing, once: what
    # comes after the limit is heard by nobody.
    verdicts = queue.SimpleQueue()
    threading.Thread(target=_probe, args=(url, seconds, verdicts), daemon=True).start()
    try:
        failure = verdicts.get(timeout=seconds)
    except queue.Empty:
        failure = f"nothing within {seconds:g} s"
    if failure:
        raise ConnectionError(
            f"{url} does not answer ({failure}); check the network, or use data that is already on "
            "this machine."
        )


def _probe(url, seconds, verdicts):
    try:
        urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=seconds).close()
    except urllib.error.HTTPError:  # An answer too.
        verdicts.put("")
    except Exception as error:  # Whatever it is, nobody else is there to say it.
        verdicts.put(str(getattr(error, "reason", error)) or type(error).__name__)
    else:
        verdicts.put("")
