"""Each format's drawings become the masks that independent programs make of them.

scikit-image's polygon holds the same pixels as ours, those whose centres lie inside: exactly the
same masks are asked. Label Studio's own `mask2rle` and `read_brush` agreed on 200 random masks when
this was written; the test writes the same format itself.
"""

import base64
import csv
import io
import json

import numpy as np
import pycocotools.mask as coco_mask
import pytest
import skimage.draw
from PIL import Image

from unetlab.annotations.loading import read_annotations
from unetlab.annotations.runs import fill_runs, read_brush, read_coco_text
from unetlab.annotations.shapes import draw_mask
from unetlab.annotations.yolo import read_yolo

HEIGHT, WIDTH, DRAWINGS = 24, 32, 60
CLASSES = {"cat": 1, "dog": 2}


def read(folder, file_name, contents):
    """Write a file, and read it as the tool's that it is."""
    text = contents if isinstance(contents, str) else json.dumps(contents)
    (folder / file_name).write_text(text)
    return read_annotations(folder / file_name)


def labelme(folder, scene):
    shapes = [{"label": label, "points": points.tolist()} for label, points in scene]
    return read(folder, "a.json", {"imagePath": "a.jpg", "shapes": shapes})


def coco(folder, scene):
    categories, annotations = [], []
    for number, (label, points) in enumerate(scene, 1):
        categories.append({"id": number, "name": label})
        outlines = [points.ravel().tolist()]
        annotations.append({"image_id": 7, "category_id": number, "segmentation": outlines})
    images = [{"id": 7, "file_name": "a.jpg"}]
    contents = {"images": images, "categories": categories, "annotations": annotations}
    return read(folder, "a.json", contents)


def cvat(folder, scene):
    shapes = [
        f'<polygon label="{label}" z_order="{order}" '
        f'points="{";".join(f"{x},{y}" for x, y in points)}"/>'
        for order, (label, points) in enumerate(scene)
    ]
    # Written upside down: the order is z_order's.
    return read_cvat(folder, *reversed(shapes))


def read_cvat(folder, *shapes):
    image = f'<image name="a.jpg">{"".join(shapes)}</image>'
    return read(folder, "a.xml", f"<annotations>{image}</annotations>")


def label_studio(folder, scene):
    shares = [(label, points * 100 / (WIDTH, HEIGHT)) for label, points in scene]
    shapes = [("polygon", {"points": points.tolist()}, label) for label, points in shares]
    return read_label_studio(folder, *shapes)


def read_label_studio(folder, *shapes):
    result = [
        {"type": f"{kind}labels", "value": {**value, f"{kind}labels": [label]}}
        for kind, value, label in shapes
    ]
    task = {"data": {"image": "a.jpg"}, "annotations": [{"result": result}]}
    return read(folder, "a.json", [task])


def via(folder, scene):
    keys = "all_points_x", "all_points_y"
    shapes = [(dict(zip(keys, points.T.tolist(), strict=True)), label) for label, points in scene]
    return read_via(folder, *shapes)


def read_via(folder, *shapes):
    regions = [
        {
            "shape_attributes": {"name": "polygon", **place},
            "region_attributes": {"class": label},
        }
        for place, label in shapes
    ]
    # The same as a table.
    csv.writer(table := io.StringIO()).writerows(
        [
            ["filename", "region_shape_attributes", "region_attributes"],
            *(["a.jpg", *map(json.dumps, region.values())] for region in regions),
        ]
    )
    found = read(folder, "a.json", {"a.jpg1": {"filename": "a.jpg", "regions": regions}})
    from_table = mask_of(read(folder, "a.csv", table.getvalue()))
    np.testing.assert_array_equal(mask_of(found), from_table)
    return found


def yolo(folder, scene):
    shares = [(CLASSES[label] - 1, (points / (WIDTH, HEIGHT)).ravel()) for label, points in scene]
    lines = [f"{number} {' '.join(map(repr, map(float, values)))}" for number, values in shares]
    (folder / "a.txt").write_text("\n".join(lines))
    return read_yolo(folder / "a.txt", ["cat", "dog"])


def mask_of(found, height=HEIGHT, width=WIDTH):
    _, (drawing,) = found
    assert drawing.fault == ""
    return draw_mask(drawing, CLASSES, (height, width))[..., 0]


@pytest.mark.parametrize("tool", [labelme, coco, cvat, label_studio, via, yolo])
def test_polygons_are_those_of_scikit_image(tmp_path, tool):
    random = np.random.default_rng(16)
    for _ in range(DRAWINGS):
        scene, expected = [], np.zeros([HEIGHT, WIDTH], np.uint8)
        for label in ("cat", "dog"):
            # A corner may lie outside the photo.
            points = random.uniform(-0.1, 1.1, [random.integers(3, 9), 2]) * (WIDTH, HEIGHT)
            scene.append((label, np.round(points, 3)))
            # Its pixels' centres are at whole numbers, ours half a pixel further.
            x, y = np.round(points, 3).T - 0.5
            expected[skimage.draw.polygon(y, x, expected.shape)] = CLASSES[label]
        np.testing.assert_array_equal(mask_of(tool(tmp_path, scene)), expected)


def random_masks():
    random = np.random.default_rng(3)
    for number in range(DRAWINGS):
        height, width = random.integers(1, 40, 2)
        mask = np.kron(random.random((height, width)) < number / DRAWINGS, np.ones([2, 3]))
        yield mask.astype(np.uint8)
    # Of a large photo, the differences of lengths are negative, too.
    mask = np.zeros([3000, 2000], np.uint8)
    mask[5:2990, 3:1800] = 1
    mask[100:103, 500] = 0
    yield mask


def test_both_forms_of_run_lengths_are_those_of_coco():
    for mask in random_masks():
        text = coco_mask.encode(np.asfortranarray(mask))["counts"].decode()
        counts = read_coco_text(text)
        for numbers in (counts, counts.tolist()):
            np.testing.assert_array_equal(fill_runs(numbers, *mask.shape, by_columns=True), mask)


def test_masks_lie_in_their_box_and_are_cut_off_where_the_photo_ends(tmp_path):
    for number, mask in enumerate(random_masks()):
        (height, width), left, top = mask.shape, number % 5 - 2, number % 3 - 1
        Image.fromarray(mask * 255).save(buffer := io.BytesIO(), "PNG")
        shape = {
            "label": "cat",
            "shape_type": "mask",
            "points": [[left, top], [left + width - 1, top + height - 1]],
            "mask": base64.b64encode(buffer.getvalue()).decode(),
        }
        changes = np.flatnonzero(np.diff(mask.ravel(), prepend=0))
        counts = np.diff(changes, prepend=0, append=mask.size)
        cvat_mask = (
            f'<mask label="cat" rle="{", ".join(map(str, counts))}" '
            f'left="{left}" top="{top}" width="{width}" height="{height}"/>'
        )
        expected = np.pad(mask, 3)[3 - top : 3 - top + height, 3 - left : 3 - left + width]
        for found in (
            read(tmp_path, "a.json", {"imagePath": "a", "shapes": [shape]}),
            read_cvat(tmp_path, cvat_mask),
        ):
            np.testing.assert_array_equal(mask_of(found, height, width), expected)


def brush_of(alpha, random):
    """Write a brush as Label Studio does: runs of one value, or values one by one, at random."""
    values = np.repeat(alpha.ravel(), 4)
    bits, sizes = [f"{values.size:032b}", f"{7:05b}"], (3, 4, 8, 16)
    bits += [f"{size - 1:04b}" for size in sizes]
    place = 0
    while place < values.size:
        which = int(random.integers(4))
        longest = min(2 ** sizes[which], values.size - place)
        same = int(np.argmax(np.append(values[place:] != values[place], True)))
        repeated = same > 2
        length = min(longest, same) if repeated else min(longest, 5)
        run = values[place : place + length]
        bits += [str(int(repeated)), f"{which:02b}", f"{length - 1:0{sizes[which]}b}"]
        bits += [f"{value:08b}" for value in (run[:1] if repeated else run)]
        place += length
    text = "".join(bits)
    text += "0" * (-len(text) % 8)
    return [int(text[i : i + 8], 2) for i in range(0, len(text), 8)]


def test_brushes_are_what_label_studio_writes():
    random = np.random.default_rng(9)
    for mask in random_masks():
        mask = mask[:12, :12]
        numbers = brush_of(mask * random.integers(1, 256, dtype=np.uint8), random)
        np.testing.assert_array_equal(read_brush(numbers, *mask.shape), mask)
        with pytest.raises(ValueError):
            read_brush(numbers[:-2], *mask.shape)  # Cut short.


def cvat_turned(folder, degrees):
    return read_cvat(
        folder,
        f'<ellipse label="cat" cx="14.3" cy="10.2" rx="9.1" ry="5.7" rotation="{degrees}"/>',
        f'<box label="dog" xtl="18" ytl="15" xbr="28" ybr="19" rotation="{degrees}"/>',
    )


def label_studio_turned(folder, degrees):
    # A box is turned around its corner there: around its middle, the corner goes with it.
    turn = np.exp(1j * np.radians(degrees))
    corner = (23 + 17j) + (-5 - 2j) * turn
    x, y = 100 / WIDTH, 100 / HEIGHT
    oval = {"x": 14.3 * x, "y": 10.2 * y, "radiusX": 9.1 * x, "radiusY": 5.7 * y}
    box = {"x": corner.real * x, "y": corner.imag * y, "width": 10 * x, "height": 4 * y}
    return read_label_studio(
        folder,
        ("ellipse", {**oval, "rotation": degrees}, "cat"),
        ("rectangle", {**box, "rotation": degrees}, "dog"),
    )


def via_upright(folder, degrees):
    oval = {"name": "ellipse", "cx": 14.3, "cy": 10.2, "rx": 5.7, "ry": 9.1, "theta": np.pi / 2}
    box = {"name": "rect", "x": 18, "y": 15, "width": 10, "height": 4}
    return read_via(folder, (oval, "cat"), (box, "dog"))


@pytest.mark.parametrize(
    "tool, degrees", [(via_upright, 0), (cvat_turned, 30), (label_studio_turned, 200)]
)
def test_ellipses_and_boxes_hold_the_centres_within(tmp_path, tool, degrees):
    def turned_back(x, y):
        # On a photo, whose rows go down, clockwise is from x to y.
        across, down = np.meshgrid(np.arange(WIDTH) + 0.5 - x, np.arange(HEIGHT) + 0.5 - y)
        place = (across + 1j * down) * np.exp(-1j * np.radians(degrees))
        return place.real, place.imag

    along, beside = turned_back(14.3, 10.2)
    expected = np.uint8((along / 9.1) ** 2 + (beside / 5.7) ** 2 < 1)
    along, beside = turned_back(23, 17)
    expected[(np.abs(along) < 5) & (np.abs(beside) < 2)] = 2
    np.testing.assert_array_equal(mask_of(tool(tmp_path, degrees)), expected)
