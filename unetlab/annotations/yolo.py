"""YOLO's segmentation text: a file a photo, a line a shape, and the names in another file."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
import yaml

from unetlab.annotations.shapes import Shape, box, collect_shapes, polygon

WHOLE = 1, 1
NAME_FILES = "data.yaml", "classes.txt", "obj.names", "*.yaml", "*.yml"


def read_yolo(path: Path, names: list[str]) -> tuple[list, list]:
    """Read one of YOLO's label files: the classes, and a `Drawing` of a name without an ending."""
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    lines = [line.split() for line in text.splitlines() if line.strip()]
    return names, [collect_shapes(path.stem, None, lines, partial(_read, names=names))]


def known_names(folder: Path, class_names: Sequence[str] | None) -> list[str]:
    """Find the names of the classes; where no file has them, take those given, but background."""
    names = find_names(folder)
    if names is None and class_names is None:
        raise ValueError(
            f"{folder} holds numbers for the classes, and neither it nor the folders above name "
            f"them in {', '.join(NAME_FILES)}: give class_names, the background's first."
        )
    return list(class_names)[1:] if names is None else names


def find_names(folder: Path) -> list[str] | None:
    """Find the names of the classes by number, beside the labels or up to three folders above."""
    folder = folder.resolve()
    places = [(place, name) for place in (folder, *folder.parents[:3]) for name in NAME_FILES]
    for path in (path for place, name in places for path in sorted(place.glob(name))):
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix in (".txt", ".names"):
            return [line.strip() for line in text.splitlines() if line.strip()]
        with suppress(yaml.YAMLError, KeyError, TypeError):  # It may be of anything else.
            # The base loader builds nothing but strings, lists and dictionaries.
            names = yaml.load(text, Loader=yaml.BaseLoader)["names"]
            numbers = range(len(names))
            return [names[str(i)] for i in numbers] if isinstance(names, dict) else names
    return None


def _read(line: list[str], names: list[str]) -> Shape | None:
    number, numbers = float(line[0]), np.array(line[1:], np.float64)
    numbers = numbers[:-1] if len(numbers) % 2 else numbers  # A prediction ends in its confidence.
    if number not in range(len(names)):
        found = f"of class {number:g}, expected 0 to {len(names) - 1}, which have names"
        raise ValueError(f"{found}: add its name to them")
    label = names[int(number)]
    if len(numbers) and np.abs(numbers).max() > 2:
        raise ValueError(
            "coordinates beyond 2, expected shares of the photo's sides, 0..1: divide by these"
        )
    if len(numbers) == 4:  # A box: its middle and its sides.
        return box(label, numbers[:2] - numbers[2:] / 2, numbers[2:], scale=WHOLE)
    return polygon(label, numbers, scale=WHOLE)
