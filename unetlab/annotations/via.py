"""The VGG Image Annotator's JSON and CSV, version 2: one file for all photos."""

import csv
import io
import json
import math
from functools import partial

import numpy as np

from unetlab.annotations.shapes import Shape, box, collect_shapes, ellipse, polygon

WITHOUT_AREA = ("point", "polyline", "line")


def read_via(contents: dict) -> tuple[list, list]:
    """Read a VIA project or its annotations as JSON: no classes, and a `Drawing` for each photo."""
    photos = []
    for photo in contents.get("_via_img_metadata", contents).values():
        regions = photo["regions"]
        regions = list(regions.values()) if isinstance(regions, dict) else regions
        photos.append((photo["filename"], regions))
    return _collect(photos)


def read_via_csv(text: str) -> tuple[list, list]:
    """Read VIA's annotations as CSV, a row a region."""
    photos = {}
    for row in csv.DictReader(io.StringIO(text)):
        regions = photos.setdefault(row["filename"], [])
        shape = json.loads(row["region_shape_attributes"])
        attributes = json.loads(row["region_attributes"])
        if shape:
            regions.append({"shape_attributes": shape, "region_attributes": attributes})
    return _collect([*photos.items()])


def _collect(photos: list[tuple]) -> tuple[list, list]:
    keys = {key for _, regions in photos for one in regions for key in one["region_attributes"]}
    if len(keys) > 1:
        raise ValueError(
            f"its regions have the attributes {', '.join(sorted(keys))}, expected one that names "
            "the class: delete the others in VIA"
        )
    key = next(iter(keys), None)
    read = partial(_read, key=key)
    return [], [collect_shapes(name, None, regions, read) for name, regions in photos]


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
        raise ValueError(f'no one value of "{key}", which names its class: choose one')
    label = str(label)
    if kind == "polygon":
        return polygon(label, np.column_stack([place["all_points_x"], place["all_points_y"]]))
    if kind == "rect":
        return box(label, (place["x"], place["y"]), (place["width"], place["height"]))
    if kind == "circle":
        return ellipse(label, (place["cx"], place["cy"]), (place["r"], place["r"]))
    if kind == "ellipse":
        radii, degrees = (place["rx"], place["ry"]), math.degrees(float(place.get("theta", 0)))
        return ellipse(label, (place["cx"], place["cy"]), radii, degrees)
    raise ValueError(f'a "{kind}", expected a polygon, rect, circle or ellipse: draw it so')
