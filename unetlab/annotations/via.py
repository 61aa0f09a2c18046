"""The VGG Image Annotator's JSON and CSV, version 2: one file for all photos."""

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from unetlab.annotations.files import Annotations, read_text
from unetlab.annotations.shapes import BadShape, Shape, box, collect_shapes, ellipse, outline

WITHOUT_AREA = ("point", "polyline", "line")
COLUMNS = "filename", "region_shape_attributes", "region_attributes"


def read_via(path: Path, contents: dict) -> Annotations:
    """Read a VIA project or its annotations as JSON.

    Args:
        path: the file, for messages.
        contents: what it holds.

    Returns:
        An `Annotations`.

    Raises:
        ValueError: it is no such file, or its regions have several attributes.

    Example:
        >>> read_via("a.json", {"a.jpg12": {"filename": "a.jpg", "regions": []}}).drawings[0].image
        'a.jpg'
    """
    photos = contents.get("_via_img_metadata", contents)
    found = []
    try:
        for photo in photos.values():
            regions = photo["regions"]
            regions = list(regions.values()) if isinstance(regions, dict) else regions
            found.append((photo["filename"], regions))
        return _collect(path, found)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path} is no whole VIA file ({type(error).__name__} {error}), expected filename and "
            "regions of each photo: export the annotations again, as JSON."
        ) from error


def read_via_csv(path: Path) -> Annotations:
    """Read VIA's annotations as CSV.

    Args:
        path: the file.

    Returns:
        An `Annotations`.

    Raises:
        ValueError: it is no such file, was cut short, or its regions have several attributes.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "a.csv")
        ...     _ = path.write_text(",".join(COLUMNS) + "\\n" + "a.jpg,{},{}\\n")
        ...     read_via_csv(path).drawings
        [Drawing(image='a.jpg', size=None, shapes=[], skipped=0, fault='')]
    """
    rows = csv.DictReader(io.StringIO(read_text(path)))
    if not set(COLUMNS) <= set(rows.fieldnames or ()):
        raise ValueError(
            f"{path} has the columns {', '.join(rows.fieldnames or ())}, expected VIA's "
            f"{', '.join(COLUMNS)}: export the annotations again, as CSV."
        )
    photos = {}
    for number, row in enumerate(rows, 2):
        regions = photos.setdefault(row["filename"], [])
        try:
            shape, attributes = (json.loads(row[column]) for column in COLUMNS[1:])
        except (ValueError, TypeError, RecursionError) as error:
            raise ValueError(
                f"{path} cannot be read in row {number} ({type(error).__name__}): was it cut "
                "short? Export it again."
            ) from error
        if shape:
            regions.append({"shape_attributes": shape, "region_attributes": attributes})
    return _collect(path, photos.items())


def _collect(path, photos: Iterable) -> Annotations:
    photos = list(photos)
    keys = {key for _, regions in photos for one in regions for key in one["region_attributes"]}
    if len(keys) > 1:
        raise ValueError(
            f"{path} has regions with the attributes {', '.join(sorted(keys))}, expected one that "
            "names the class: delete the others in VIA, and export again."
        )
    key = next(iter(keys), None)
    return Annotations(
        [],
        [collect_shapes(name, None, items, lambda one: _read(one, key)) for name, items in photos],
    )


def _read(region: dict, key: str | None) -> Shape | None:
    place = region["shape_attributes"]
    kind = place["name"]
    if kind in WITHOUT_AREA:
        return None
    label = "subject" if key is None else region["region_attributes"].get(key)
    if isinstance(label, dict):  # Check boxes.
        chosen = [name for name, is_chosen in label.items() if is_chosen]
        label = chosen[0] if len(chosen) == 1 else None
    if not label:
        raise BadShape(f'has no one value of "{key}", which names its class: choose one')
    if kind == "polygon":
        return outline(label, np.column_stack([place["all_points_x"], place["all_points_y"]]))
    if kind == "rect":
        return box(label, (place["x"], place["y"]), (place["width"], place["height"]))
    if kind == "circle":
        return ellipse(label, (place["cx"], place["cy"]), (place["r"], place["r"]))
    if kind == "ellipse":
        radii, theta = (place["rx"], place["ry"]), float(place.get("theta", 0))
        return ellipse(label, (place["cx"], place["cy"]), radii, np.degrees(theta))
    raise BadShape(f'is a "{kind}", expected a polygon, rect, circle or ellipse: draw it so')
