"""YOLO's segmentation text: a file a photo, a line a shape, and the names in another file."""

from pathlib import Path

import numpy as np
import yaml

from unetlab.annotations.files import Annotations, read_text
from unetlab.annotations.shapes import BadShape, Drawing, Shape, box, collect_shapes, outline

WHOLE = 1, 1
NAME_FILES = "data.yaml", "dataset.yaml", "classes.txt"


def read_yolo(folder: Path, paths: list[Path], class_names=None) -> Annotations:
    """Read YOLO's label files.

    Args:
        folder: that of the labels; the names are looked for there and up to two folders above.
        paths: the label files.
        class_names: the names, the background's first, where no file has them.

    Returns:
        An `Annotations`; its drawings name their photos without an ending.

    Raises:
        ValueError: there are no names, or their file cannot be read.

    Example:
        >>> read_yolo(Path("/nowhere"), [], ("background", "cat")).labels
        ['cat']
    """
    names = find_names(folder)
    if names is None:
        if class_names is None:
            raise ValueError(
                f"{folder} holds numbers for the classes, and neither it nor the folders above "
                f"have a {', '.join(NAME_FILES)}: give class_names, the background's first."
            )
        names = list(class_names)[1:]
    drawings = []
    for path in paths:
        try:
            lines = [line.split() for line in read_text(path).splitlines() if line.strip()]
        except ValueError as error:
            drawings.append(Drawing(path.stem, fault=f"{error}"))
            continue
        drawings.append(collect_shapes(path.stem, None, lines, lambda line: _read(line, names)))
    return Annotations(names, drawings)


def find_names(folder: Path) -> list[str] | None:
    """Find the names of the classes.

    Args:
        folder: that of the labels.

    Returns:
        The names in the order of their numbers, or None where no file has them.

    Raises:
        ValueError: the file that should have them has none.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = Path(folder, "data.yaml").write_text("names: {0: cat, 1: dog}")
        ...     find_names(Path(folder))
        ['cat', 'dog']
    """
    folder = folder.resolve()
    places = [place / name for place in (folder, *folder.parents[:2]) for name in NAME_FILES]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        return None
    text = read_text(path)
    if path.suffix == ".txt":
        return [line.strip() for line in text.splitlines() if line.strip()]
    try:
        # The base loader builds nothing but strings, lists and dictionaries.
        names = yaml.load(text, Loader=yaml.BaseLoader)["names"]
        if isinstance(names, dict):
            names = [names[str(number)] for number in range(len(names))]
        if not (names and all(isinstance(name, str) for name in names)):
            raise TypeError("names")
        return list(names)
    except (yaml.YAMLError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(
            f"{path} has no names for the classes from 0 ({type(error).__name__}), expected a line "
            'such as "names: [cat, dog]".'
        ) from error


def _read(line: list[str], names: list[str]) -> Shape:
    try:
        number, numbers = int(line[0]), np.array(line[1:], np.float64)
    except ValueError as error:
        raise BadShape(f"is no line of numbers ({error}): export it again") from error
    if not 0 <= number < len(names):
        raise BadShape(f"is of class {number}, expected 0 to {len(names) - 1}, which have names")
    if len(numbers) and np.abs(numbers).max() > 2:
        raise BadShape("has coordinates beyond 2, expected shares of the photo's sides, 0..1")
    if len(numbers) == 4:  # A box: its middle and its sides.
        return box(names[number], numbers[:2] - numbers[2:] / 2, numbers[2:], scale=WHOLE)
    if len(numbers) % 2:
        raise BadShape("has an odd number of coordinates, expected x, y, x, y, ...")
    return outline(names[number], numbers.reshape(-1, 2), WHOLE)
