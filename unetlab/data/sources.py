"""Where data comes from: what every `load_*` returns, where it looks, and whom it asks."""

import os
import threading
import urllib.error
import urllib.request
from collections.abc import Sequence
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
    # An HTTP error is an answer too. The thread bounds the name look-up, which knows no time limit.
    failure = [f"nothing within {seconds:g} s"]
    thread = threading.Thread(target=_probe, args=(url, seconds, failure), daemon=True)
    thread.start()
    thread.join(seconds)
    if failure:
        raise ConnectionError(
            f"{url} does not answer ({failure[0]}); check the network, or use data that is "
            "already on this machine."
        )


def _probe(url, seconds, failure):
    try:
        urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=seconds).close()
    except urllib.error.HTTPError:
        failure.clear()
    except (OSError, ValueError) as error:
        failure[0] = str(getattr(error, "reason", error))
    else:
        failure.clear()


class SegmentationData(NamedTuple):
    """Images with their masks, and where they come from.

    Attributes:
        train: examples (image uint8 [H, W, 3] in 0..255, mask uint8 [H, W, 1], ids from 0).
        test: as `train`; no example is in both.
        train_names: a name for each training example, in order, as a data set of strings.
        test_names: as `train_names`.
        class_names: the class ids' meanings, from id 0.
        source: one line for people: which data this is and where it was found.
    """

    train: tf.data.Dataset
    test: tf.data.Dataset
    train_names: tf.data.Dataset
    test_names: tf.data.Dataset
    class_names: tuple[str, ...]
    source: str
