"""Each format's drawings become the masks that independent programs make of them.

scikit-image's polygon holds the same pixels as ours, those whose centres lie inside: exactly the
same masks are asked. COCO's own tools move corners to fifths of a pixel: there, large shapes are
compared. Label Studio's own `mask2rle` and `read_brush` agreed on 200 random masks when this was
written; the test writes the same format itself.
"""

import base64
import io
import json
from xml.etree import ElementTree

import numpy as np
import pycocotools.mask as coco_mask
import pytest
import skimage.draw
from PIL import Image

from unetlab.annotations.coco import read_coco
from unetlab.annotations.cvat import read_cvat
from unetlab.annotations.label_studio import read_label_studio
from unetlab.annotations.labelme import read_labelme
from unetlab.annotations.runs import fill_runs, read_brush, read_coco_text
from unetlab.annotations.shapes import draw_mask
from unetlab.annotations.via import read_via, read_via_csv
from unetlab.annotations.yolo import read_yolo

HEIGHT, WIDTH, DRAWINGS = 24, 32, 60
CLASSES = {"cat": 1, "dog": 2, None: 255}


def labelme(folder, scene):
    shapes = [{"label": label, "points": points.tolist()} for label, points in scene]
    return read_labelme({"imagePath": "a.jpg", "shapes": shapes})


def coco(folder, scene):
    annotations = [
        {"image_id": 7, "category_id": CLASSES[label], "segmentation": [points.ravel().tolist()]}
        for label, points in scene
    ]
    categories = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
    images = [{"id": 7, "file_name": "a.jpg"}]
    return read_coco({"images": images, "categories": categories, "annotations": annotations})


def cvat(folder, scene):
    shapes = [
        f'<polygon label="{label}" z_order="{order}" '
        f'points="{";".join(f"{x},{y}" for x, y in points)}"/>'
        for order, (label, points) in enumerate(scene)
    ]
    # Written upside down: the order is z_order's.
    return read_cvat_text("".join(reversed(shapes)))


def read_cvat_text(shapes):
    text = f'<annotations><image name="a.jpg">{shapes}</image></annotations>'
    return read_cvat(ElementTree.fromstring(text))


def label_studio(folder, scene):
    result = [
        {
            "type": "polygonlabels",
            "original_width": WIDTH,
            "original_height": HEIGHT,
            "value": {
                "points": (points * 100 / (WIDTH, HEIGHT)).tolist(),
                "polygonlabels": [label],
            },
        }
        for label, points in scene
    ]
    return read_label_studio([{"data": {"image": "a.jpg"}, "annotations": [{"result": result}]}])


def via_regions(scene):
    for label, points in scene:
        x, y = points.T.tolist()
        place = {"name": "polygon", "all_points_x": x, "all_points_y": y}
        yield {"shape_attributes": place, "region_attributes": {"class": label}}


def via_json(folder, scene):
    photo = {"filename": "a.jpg", "regions": list(via_regions(scene))}
    return read_via({"_via_img_metadata": {"a.jpg1": photo}})


def via_csv(folder, scene):
    lines = ["filename,region_shape_attributes,region_attributes"]
    for region in via_regions(scene):
        cells = (json.dumps(part).replace('"', '""') for part in region.values())
        lines.append(",".join(["a.jpg", *(f'"{cell}"' for cell in cells)]))
    return read_via_csv("\n".join(lines))


def yolo(folder, scene):
    shares = [(CLASSES[label] - 1, (points / (WIDTH, HEIGHT)).ravel()) for label, points in scene]
    lines = [f"{number} {' '.join(map(repr, map(float, values)))}" for number, values in shares]
    (folder / "a.txt").write_text("\n".join(lines))
    return read_yolo([folder / "a.txt"], ("background", "cat", "dog"))


def mask_of(read, height=HEIGHT, width=WIDTH):
    _, (drawing,) = read
    assert drawing.fault == ""
    return draw_mask(drawing.shapes, CLASSES, height, width)[..., 0]


@pytest.mark.parametrize("read", [labelme, coco, cvat, label_studio, via_json, via_csv, yolo])
def test_polygons_are_those_of_scikit_image(tmp_path, read):
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
        np.testing.assert_array_equal(mask_of(read(tmp_path, scene)), expected)


def test_large_polygons_are_those_of_coco():
    random = np.random.default_rng(5)
    for _ in range(DRAWINGS):
        # A star around the middle: pycocotools differs where an outline crosses itself.
        angles = np.sort(random.uniform(0, 2 * np.pi, 12))
        radii = random.uniform(300, 500, 12)
        points = 512 + radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        mask = mask_of(coco(None, [("cat", points)]), 1024, 1024)
        coded = coco_mask.frPyObjects([points.ravel().tolist()], 1024, 1024)
        other = coco_mask.decode(coded)[..., 0]
        assert (mask & other).sum() / (mask | other).sum() >= 0.999


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


def test_cvat_masks_lie_in_their_box():
    for number, mask in enumerate(random_masks()):
        changes = np.flatnonzero(np.diff(mask.ravel(), prepend=0))
        counts = np.diff(changes, prepend=0, append=mask.size)
        height, width = mask.shape
        top, left = number % 5, number % 7
        found = mask_of(
            read_cvat_text(
                f'<mask label="cat" rle="{", ".join(map(str, counts))}" left="{left}" top="{top}" '
                f'width="{width}" height="{height}"/>'
            ),
            height + 9,
            width + 9,
        )
        np.testing.assert_array_equal(found[top : top + height, left : left + width], mask)
        assert found.sum() == mask.sum()


def test_labelme_masks_are_cut_off_where_the_photo_ends():
    for number, mask in enumerate(random_masks()):
        Image.fromarray(mask * 255).save(buffer := io.BytesIO(), "PNG")
        height, width = mask.shape
        left, top = number % 5 - 2, number % 3 - 1
        shape = {
            "label": "cat",
            "shape_type": "mask",
            "points": [[left, top], [left + width - 1, top + height - 1]],
            "mask": base64.b64encode(buffer.getvalue()).decode(),
        }
        found = mask_of(read_labelme({"imagePath": "a", "shapes": [shape]}), height, width)
        whole = np.pad(mask, 3)
        expected = whole[3 - top : 3 - top + height, 3 - left : 3 - left + width]
        np.testing.assert_array_equal(found, expected)


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


@pytest.mark.parametrize("degrees", [0, 30, 90, 200])
def test_turned_ellipses_and_boxes_hold_the_centres_within(degrees):
    mask = mask_of(
        read_cvat_text(
            f'<ellipse label="cat" cx="40.3" cy="30.2" rx="25.1" ry="12.7" rotation="{degrees}"/>'
            f'<box label="dog" xtl="60" ytl="50" xbr="90" ybr="60" rotation="{degrees}"/>'
        ),
        80,
        100,
    )

    def turned_back(x, y):
        # On a photo, whose rows go down, clockwise is from x to y.
        across, down = np.meshgrid(np.arange(100) + 0.5 - x, np.arange(80) + 0.5 - y)
        turn = np.exp(-1j * np.radians(degrees))
        place = (across + 1j * down) * turn
        return place.real, place.imag

    along, beside = turned_back(40.3, 30.2)
    expected = np.uint8((along / 25.1) ** 2 + (beside / 12.7) ** 2 < 1)
    along, beside = turned_back(75, 55)
    expected[(np.abs(along) < 15) & (np.abs(beside) < 5)] = 2
    np.testing.assert_array_equal(mask, expected)
