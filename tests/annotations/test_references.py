"""Each format, 200 drawings: the masks agree with what independent programs make of them.

scikit-image's polygon holds the same pixels as ours, those whose centres lie inside: exactly the
same masks are asked. COCO's own tools move corners to fifths of a pixel: there, large shapes are
compared. Label Studio's own `mask2rle` and `read_brush` agreed on 200 random masks when this was
written; the test writes the same format itself.
"""

import base64
import io
import json

import numpy as np
import pycocotools.mask as coco_mask
import pytest
import skimage.draw
from PIL import Image

from unetlab.annotations.coco import read_coco
from unetlab.annotations.cvat import read_cvat
from unetlab.annotations.files import read_xml
from unetlab.annotations.label_studio import read_label_studio
from unetlab.annotations.labelme import read_labelme
from unetlab.annotations.runs import fill_runs, read_brush, read_coco_text
from unetlab.annotations.shapes import draw_mask
from unetlab.annotations.via import read_via, read_via_csv
from unetlab.annotations.yolo import read_yolo

HEIGHT, WIDTH, DRAWINGS = 24, 32, 200
CLASSES = {"cat": 1, "dog": 2, None: 255}


def random_scene(random, height=HEIGHT, width=WIDTH):
    """Two shapes of a class each, a corner of which may lie outside the photo."""
    scene = []
    for label in ("cat", "dog"):
        corners = random.integers(3, 9)
        points = random.uniform(-0.1, 1.1, [corners, 2]) * (width, height)
        scene.append((label, np.round(points, 3)))
    return scene


def reference(scene, height=HEIGHT, width=WIDTH):
    mask = np.zeros([height, width], np.uint8)
    for label, points in scene:
        # Its pixels' centres are at whole numbers, ours half a pixel further.
        x, y = points.T - 0.5
        mask[skimage.draw.polygon(y, x, mask.shape)] = CLASSES[label]
    return mask


def scenes():
    random = np.random.default_rng(16)
    return [random_scene(random) for _ in range(DRAWINGS)]


def iou(mask, other):
    return ((mask > 0) & (other > 0)).sum() / max(((mask > 0) | (other > 0)).sum(), 1)


def labelme(folder, scene):
    shapes = [{"label": label, "points": points.tolist()} for label, points in scene]
    return read_labelme("a.json", {"imagePath": "a.jpg", "shapes": shapes})


def coco(folder, scene):
    annotations = [
        {"image_id": 7, "category_id": CLASSES[label], "segmentation": [points.ravel().tolist()]}
        for label, points in scene
    ]
    contents = {
        "images": [{"id": 7, "file_name": "a.jpg"}],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
        "annotations": annotations,
    }
    return read_coco("a.json", contents)


def cvat(folder, scene):
    # Written upside down: the order is z_order's.
    shapes = "".join(
        f'<polygon label="{label}" z_order="{order}" points="{";".join(pairs)}"/>'
        for order, label, pairs in reversed(
            [(i, label, [f"{x},{y}" for x, y in points]) for i, (label, points) in enumerate(scene)]
        )
    )
    path = folder / "a.xml"
    path.write_text(f'<annotations><image name="a.jpg">{shapes}</image></annotations>')
    return read_cvat(path, read_xml(path))


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
    task = {"data": {"image": "a.jpg"}, "annotations": [{"result": result}]}
    return read_label_studio("a.json", [task])


def via_regions(scene):
    for label, points in scene:
        x, y = points.T.tolist()
        place = {"name": "polygon", "all_points_x": x, "all_points_y": y}
        yield {"shape_attributes": place, "region_attributes": {"class": label}}


def via_json(folder, scene):
    contents = {"a.jpg1": {"filename": "a.jpg", "regions": list(via_regions(scene))}}
    return read_via("a.json", {"_via_img_metadata": contents})


def via_csv(folder, scene):
    path = folder / "a.csv"
    quoted = [
        ['"' + json.dumps(part).replace('"', '""') + '"' for part in region.values()]
        for region in via_regions(scene)
    ]
    lines = [f"a.jpg,1,{i},{','.join(parts)}" for i, parts in enumerate(quoted)]
    header = "filename,file_size,region_id,region_shape_attributes,region_attributes"
    path.write_text("\n".join([header, *lines]))
    return read_via_csv(path)


def yolo(folder, scene):
    shares = [(CLASSES[label] - 1, (points / (WIDTH, HEIGHT)).ravel()) for label, points in scene]
    lines = [f"{number} {' '.join(map(repr, map(float, values)))}" for number, values in shares]
    (folder / "a.txt").write_text("\n".join(lines))
    return read_yolo(folder, [folder / "a.txt"], ("background", "cat", "dog"))


@pytest.mark.parametrize("save", [labelme, coco, cvat, label_studio, via_json, via_csv, yolo])
def test_polygons_are_those_of_scikit_image(tmp_path, save):
    for scene in scenes():
        (drawing,) = save(tmp_path, scene).drawings
        assert drawing.fault == ""
        mask = draw_mask(drawing.shapes, CLASSES, HEIGHT, WIDTH)[..., 0]
        np.testing.assert_array_equal(mask, reference(scene))


def test_large_polygons_are_those_of_coco():
    random = np.random.default_rng(5)
    for _ in range(DRAWINGS):
        # A star around the middle: pycocotools differs where an outline crosses itself.
        angles = np.sort(random.uniform(0, 2 * np.pi, 12))
        radii = random.uniform(300, 500, 12)
        points = 512 + radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        (drawing,) = coco(None, [("cat", points)]).drawings
        mask = draw_mask(drawing.shapes, CLASSES, 1024, 1024)[..., 0]
        coded = coco_mask.frPyObjects([points.ravel().tolist()], 1024, 1024)
        assert iou(mask, coco_mask.decode(coded)[..., 0]) >= 0.999


def random_masks():
    random = np.random.default_rng(3)
    for number in range(DRAWINGS):
        height, width = random.integers(1, 40, 2)
        mask = np.kron(random.random((height, width)) < number / DRAWINGS, np.ones([2, 3]))
        yield mask.astype(np.uint8)


def test_both_forms_of_run_lengths_are_those_of_coco():
    for mask in random_masks():
        text = coco_mask.encode(np.asfortranarray(mask))["counts"].decode()
        counts = read_coco_text(text)
        for numbers in (counts, counts.tolist()):
            np.testing.assert_array_equal(fill_runs(numbers, *mask.shape, by_columns=True), mask)


def test_the_run_lengths_of_a_large_photo_have_negative_differences():
    mask = np.zeros([3000, 2000], np.uint8, order="F")
    mask[5:2990, 3:1800] = 1
    mask[100:103, 500] = 0
    counts = read_coco_text(coco_mask.encode(mask)["counts"].decode())
    np.testing.assert_array_equal(fill_runs(counts, 3000, 2000, by_columns=True), mask)


def test_cvat_masks_lie_in_their_box(tmp_path):
    for number, mask in enumerate(random_masks()):
        changes = np.flatnonzero(np.diff(mask.ravel(), prepend=0))
        counts = np.diff(changes, prepend=0, append=mask.size)
        height, width = mask.shape
        top, left = number % 5, number % 7
        path = tmp_path / "a.xml"
        path.write_text(
            f'<annotations><image name="a"><mask label="cat" rle="{", ".join(map(str, counts))}" '
            f'left="{left}" top="{top}" width="{width}" height="{height}"/></image></annotations>'
        )
        (drawing,) = read_cvat(path, read_xml(path)).drawings
        found = draw_mask(drawing.shapes, CLASSES, height + 9, width + 9)[..., 0]
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
        found = read_labelme("a.json", {"imagePath": "a", "shapes": [shape]}).drawings[0]
        whole = np.pad(mask, 3)
        expected = whole[3 - top : 3 - top + height, 3 - left : 3 - left + width]
        found = draw_mask(found.shapes, CLASSES, height, width)[..., 0]
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
        with pytest.raises(ValueError, match=r"cut short|pixels"):
            read_brush(numbers[:-2], *mask.shape)


@pytest.mark.parametrize("degrees", [0, 30, 90, 200])
def test_ellipses_and_turned_boxes_are_those_of_scikit_image(tmp_path, degrees):
    path = tmp_path / "a.xml"
    path.write_text(
        '<annotations><image name="a">'
        f'<ellipse label="cat" cx="40.3" cy="30.2" rx="25.1" ry="12.7" rotation="{degrees}"/>'
        f'<box label="dog" xtl="60" ytl="50" xbr="90" ybr="60" rotation="{degrees}"/>'
        "</image></annotations>"
    )
    (drawing,) = read_cvat(path, read_xml(path)).drawings
    mask = draw_mask(drawing.shapes, CLASSES, 80, 100)[..., 0]
    expected = np.zeros([80, 100], np.uint8)
    angle = np.radians(degrees)
    # scikit-image turns the other way around, as rows go down.
    place = skimage.draw.ellipse(29.7, 39.8, 12.7, 25.1, (80, 100), rotation=-angle)
    expected[place] = 1
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([(-15, -5), (15, -5), (15, 5), (-15, 5)]) @ turn.T + (75, 55)
    expected[skimage.draw.polygon(corners[:, 1] - 0.5, corners[:, 0] - 0.5, (80, 100))] = 2
    assert (mask == expected).mean() > 0.995
    assert (mask == 1).sum() > 900 and (mask == 2).sum() > 250
