"""Where data is looked for: at the variable UNETLAB_DATA, in `data` here, and one folder up.

Taught in: notebooks/02_carvana_masking.ipynb
"""

import os
from collections.abc import Sequence
from pathlib import Path


def data_places(name: str) -> list[Path]:
    """List the folders where a data set of this name is looked for, in order.

    Args:
        name: the data set's name, such as "carvana".

    Returns:
        Paths, which need not exist.

    Example:
        >>> [str(place) for place in data_places("chairs")][-2:]
        ['data/chairs', '../data/chairs']

    Taught in: notebooks/02_carvana_masking.ipynb
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

    Taught in: notebooks/02_carvana_masking.ipynb
    """
    for place in data_places(name):
        if all((place / part).is_dir() for part in parts):
            return place
    return None
