"""Exports as they were unzipped, in the tools' own layouts: one call, and what it says."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from loaded import masks_by_name, names_by_part
from unetlab.annotations import load_annotations

HEIGHT, WIDTH = 8, 12
SQUARE = [0, 0, 6, 0, 6, 8, 0, 8]  # The left half.
LEFT = np.arange(WIDTH) < 6
YOLO = "0 0 0 .5 0 .5 1 0 1"


@pytest.fixture
def root(tmp_path):
    return tmp_path / "export"


def write(root, files):
    """Write files by their paths: texts, JSON, arrays as pictures, and sizes for photos."""
    for name, held in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if held is PHOTO:
            Image.new("RGB", (WIDTH, HEIGHT), (90, 120, 30)).save(path)
        elif isinstance(held, np.ndarray):
            Image.fromarray(held).save(path)
        else:
            path.write_text(held if isinstance(held, str) else json.dumps(held))


PHOTO = object()


def parts_of(data):
    """The names of each part, and every mask by name."""
    names = names_by_part(data).items()
    return {part: {Path(name).stem for name in held} for part, held in names}, masks_by_name(data)


def coco(*names, categories=("cat",), **more):
    annotation = {"category_id": 1, "segmentation": [SQUARE], **more}
    return {
        "images": [{"id": i, "file_name": name, "width": WIDTH, "height": HEIGHT}
                   for i, name in enumerate(names)],
        "annotations": [{"id": i, "image_id": i, **annotation} for i in range(len(names))],
        "categories": [{"id": i, "name": name} for i, name in enumerate(categories, 1)],
    }  # fmt: skip


def cvat(*photos):
    shape = '<polygon label="cat" points="0,0;6,0;6,8;0,8" z_order="0"></polygon>'
    images = [f'<image id="{i}" name="{name}" subset="{subset}" width="{WIDTH}" height="{HEIGHT}">'
              f'{shape}</image>' for i, (name, subset) in enumerate(photos)]  # fmt: skip
    return f"<annotations><version>1.1</version>{''.join(images)}</annotations>"


def coloured(left, right):
    return np.where(LEFT[None, :, None], left, right).astype(np.uint8).repeat(HEIGHT, axis=0)


IDS = np.uint8([LEFT] * HEIGHT)
RED = coloured((200, 10, 20), (0, 0, 0))
SPLIT = {"train": {"a", "b"}, "validation": {"c"}, "test": {"d"}}
IN_PART = {"a": "train", "b": "train", "c": "valid", "d": "test"}
NAMES_IN_PART = {"train": "ab", "valid": "c", "test": "d"}
VOC_LISTS = {f"ImageSets/Segmentation/{part}.txt": "\n".join(names) + "\n"
             for part, names in {"train": "ab", "val": "c", "trainval": "abc", "test": "d"}.items()
             }  # fmt: skip


def each(pattern, held):
    """A file for each photo, in the folder of its part, or one for each part."""
    if "NAME" not in pattern:
        return {pattern.replace("PART", part): held for part in NAMES_IN_PART}
    return {pattern.replace("NAME", name).replace("PART", part): held
            for name, part in IN_PART.items()}  # fmt: skip


LAYOUTS = {
    "Ultralytics": {
        "data.yaml": "path: .\ntrain: images/train\nval: images/val\nnames:\n  0: cat\n",
        **each("images/PART/NAME.jpg", PHOTO), **each("labels/PART/NAME.txt", YOLO),
    },
    "Roboflow's YOLO": {
        "data.yaml": "train: ../train/images\nval: ../valid/images\nnc: 1\nnames: ['cat']\n",
        "README.roboflow.txt": "1. of them\n", "README.dataset.txt": "Provided by a user\n",
        **each("PART/images/NAME.jpg", PHOTO), **each("PART/labels/NAME.txt", YOLO),
    },
    "one name in every part": {
        "data.yaml": "names: [cat]", "train/images/b.jpg": PHOTO, "train/labels/b.txt": YOLO,
        **{f"{part}/images/{n}.jpg": PHOTO for part, n in zip(NAMES_IN_PART, "aaa", strict=True)},
        **{f"{part}/labels/{n}.txt": YOLO for part, n in zip(NAMES_IN_PART, "aaa", strict=True)},
    },
    "Darknet's lists": {
        "obj.names": "cat\n", "obj.data": "classes = 1\nnames = obj.names\n",
        **{f"{part}.txt": "\n".join(f"obj_data/{n}.jpg" for n in names)
           for part, names in NAMES_IN_PART.items()},
        **each("obj_data/NAME.jpg", PHOTO), **each("obj_data/NAME.txt", YOLO),
    },
    "Roboflow's COCO": {
        **each("PART/NAME.jpg", PHOTO),
        **{f"{part}/_annotations.coco.json": {
            **coco(*(f"{n}.jpg" for n in names)), "categories": [
                {"id": 0, "name": "pets", "supercategory": "none"},
                {"id": 1, "name": "cat", "supercategory": "pets"}]}
           for part, names in NAMES_IN_PART.items()},
    },
    "COCO's own": {
        **each("PART2017/NAME.jpg", PHOTO),
        **{f"annotations/instances_{part}2017.json": coco(*(f"{n}.jpg" for n in names))
           for part, names in NAMES_IN_PART.items()},
        "annotations/captions_train2017.json": coco("a.jpg", "b.jpg", caption="a cat"),
    },
    "CVAT's project": {
        "annotations.xml": cvat(*((f"{name}.png", part) for name, part in IN_PART.items())),
        **each("images/PART/NAME.png", PHOTO),
    },
    "labelme": {
        **each("PART/NAME.jpg", PHOTO),
        **{f"{part}/{name}.json": {
            "imagePath": f"{name}.jpg", "shapes": [
                {"label": "cat", "points": np.reshape(SQUARE, [-1, 2]).tolist()}]}
           for name, part in IN_PART.items()},
    },
    "VIA": {
        **each("PART/NAME.jpg", PHOTO),
        **{f"{part}/via_region_data.json": {
            f"{n}.jpg9": {"filename": f"{n}.jpg", "size": 9, "regions": [
                {"shape_attributes": {"name": "rect", "x": 0, "y": 0, "width": 6, "height": 8},
                 "region_attributes": {"class": "cat"}}]} for n in names}
           for part, names in NAMES_IN_PART.items()},
    },
    "CVAT's Segmentation mask": {
        "labelmap.txt": "# label:color_rgb:parts:actions\ncat:200,10,20::\nbackground:0,0,0::\n",
        **VOC_LISTS, **each("JPEGImages/NAME.jpg", PHOTO),
        **each("SegmentationClass/NAME.png", RED), **each("SegmentationObject/NAME.png", RED),
    },
    "CamVid": {
        "class_dict.csv": "name,r,g,b\nbackground,0,0,0\ncat,200,10,20\nVoid,9,9,9\n",
        **each("PART/NAME.png", PHOTO), **each("PART_labels/NAME_L.png", RED),
    },
    "Roboflow's masks": {
        **each("PART/_classes.csv", "Pixel Value, Class\n0, background\n1, cat\n"),
        **each("PART/NAME.jpg", PHOTO), **each("PART/NAME_mask.png", IDS),
    },
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_export_loads_from_its_root_and_keeps_its_split(root, capsys, layout):
    write(root, LAYOUTS[layout])
    data = load_annotations(root / "data.yaml" if layout == "Ultralytics" else root)
    said = capsys.readouterr().out
    names, masks = parts_of(data)
    if layout == "one name in every part":
        assert names == {"train": {"a", "b"}, "validation": {"a"}, "test": {"a"}}
    else:
        assert names == SPLIT
    assert data.class_names == ("background", "cat")
    assert len(masks) == 4 and all((mask == LEFT).all() for mask in masks.values())
    assert " and 4 photos" in said and "is kept: 2 train, 1 test, 1 validation" in said
    assert "Left out" not in said


# Masks that no table explains, and what they are of.
MASKS = {
    "white": (IDS * 255, None, ("background", "subject")),
    "from 1": (IDS + 1, ("sky", "cat"), ("sky", "cat")),
    "VOC's colours": (coloured((128, 0, 0), (0, 0, 0)), ("sky", "cat"), ("sky", "cat")),
    "greys": (np.where(np.eye(8, 12), 128, IDS * 255).astype(np.uint8), ("a", "b", "c"), "abc"),
}


@pytest.mark.parametrize("coding", MASKS)
def test_masks_without_a_table_are_read_as_load_folder_reads_them(root, coding):
    mask, given, names = MASKS[coding]
    write(
        root,
        {**each("PART/images/NAME.jpg", PHOTO), **each("PART/masks/NAME_segmentation.png", mask)},
    )
    data = load_annotations(root, class_names=given)
    found, masks = parts_of(data)
    assert found == SPLIT and data.class_names == tuple(names)
    expected = np.where(np.eye(8, 12), 1, IDS * 2) if coding == "greys" else IDS
    assert all((mask == expected).all() for mask in masks.values())


def test_training_and_validation_alone_are_a_split_and_training_alone_is_none(root):
    write(root, LAYOUTS["CVAT's project"])
    (root / "images/test/d.png").unlink()
    data = load_annotations(root, test_share=0.5)
    assert parts_of(data)[0] == {"train": {"a", "b"}, "validation": {"c"}} and not len(data.test)
    (root / "images/valid/c.png").unlink()
    assert sorted(map(len, parts_of(load_annotations(root))[0].values())) == [1, 1]
    data = load_annotations(root, test_share=0)
    assert parts_of(data)[0] == {"train": {"a", "b"}} and data.test.element_spec
    assert len(data.train.concatenate(data.test)) == 2 and data.validation is None


def test_masks_of_unclear_coding_are_sent_to_load_folder(root):
    files = {**each("images/NAME.jpg", PHOTO), **each("masks/NAME.png", IDS * 15)}
    write(root, files)
    with pytest.raises(ValueError, match=r"give ids=.* load_folder takes these arguments"):
        load_annotations(root)


def test_a_split_whose_training_photos_are_all_bad_is_refused(root, capsys):
    write(root, {**LAYOUTS["Ultralytics"], "labels/train/a.txt": "7" + YOLO[1:]})
    (root / "labels/train/b.txt").unlink()
    with pytest.raises(ValueError, match="no photo in train is usable"):
        load_annotations(root)
    assert "Left out 2: a: shape 1: of class 7" in capsys.readouterr().out


def test_a_photo_of_another_subset_is_never_taken(root, capsys):
    named = [(name, subset) for subset in ("Cellar", "Roof") for name in ("a.png", "b.png")]
    write(root, {"annotations.xml": cvat(*named, ("c.png", "Roof")), "images/Roof/a.png": PHOTO,
                 "images/Cellar/b.png": PHOTO, "images/Roof/b.png": PHOTO,
                 "images/Cellar/c.png": PHOTO})  # fmt: skip
    _, masks = parts_of(load_annotations(root / "annotations.xml", root / "images"))
    assert {Path(name).stem for name in masks} == {"a", "b"} and len(masks) == 3
    said = capsys.readouterr().out
    assert "a.png: no photo of this name in 'cellar'" in said
    assert "c.png: no photo of this name in 'roof'" in said and "c.png: no shapes" in said


def test_a_label_of_one_part_never_takes_the_photo_of_another(root, capsys):
    write(root, LAYOUTS["Ultralytics"])
    (root / "images/train/a.jpg").rename(root / "images/valid/a.jpg")
    assert parts_of(load_annotations(root))[0] == {**SPLIT, "train": {"b"}}
    assert "a: no photo of this name in 'train'" in capsys.readouterr().out


def task(name, *annotations):
    keys = {"original_width": WIDTH, "original_height": HEIGHT, "type": "polygonlabels"}
    points = (np.reshape(SQUARE, [-1, 2]) * 100 / (WIDTH, HEIGHT)).tolist()
    return {
        "data": {"image": f"/data/upload/1/0a1b2c3d-{name}"},
        "annotations": [
            {"ground_truth": truth, "result": [
                {**keys, "value": {"points": points, "polygonlabels": [label]}}]}
            for label, truth in annotations],
    }  # fmt: skip


def test_label_studios_ground_truth_wins_and_its_rewritten_names_are_found(root, capsys):
    photos = "my cat (1).jpg", "b.jpg", "größe&2.jpg", "two (1).jpg", "two 1.jpg"
    cat, dog = ("cat", True), ("dog", False)
    tasks = [task("my_cat_1.jpg", cat, dog), task("b.jpg", dog, ("cat", False)),
             task("größe2.jpg", cat), task("two_1.jpg", cat)]  # fmt: skip
    write(root, {"tasks.json": tasks, **{f"images/{name}": PHOTO for name in photos}})
    data = load_annotations(root, class_names=("background", "cat", "dog"))
    said = capsys.readouterr().out
    _, masks = parts_of(data)
    assert sorted(masks) == ["b", "größe&2", "my cat (1)"]
    assert all((mask == LEFT).all() for mask in masks.values())
    assert "2 tasks had several annotations: the ground truth counts, else the last" in said
    assert ("my_cat" not in said and "0a1b2c3d-two_1.jpg: no photo" not in said) or "two 1" in said


def test_label_studios_zip_is_read_by_its_labels(root):
    names = [f"{number}a1b2c3d-photo_{number}" for number in range(3)]
    write(root, {"notes.json": {"categories": [{"id": 0, "name": "cat"}], "info": {"year": 2025}},
                 "classes.txt": "cat\n", **{f"images/{name}.jpg": PHOTO for name in names},
                 **{f"labels/{name}.txt": YOLO for name in names}})  # fmt: skip
    data = load_annotations(root)
    assert data.class_names == ("background", "cat") and sorted(parts_of(data)[1]) == names


def test_crowds_say_what_becomes_void_and_may_keep_their_class(root, capsys):
    runs = {"counts": [0, 48, 48], "size": [HEIGHT, WIDTH]}
    held = coco("a.jpg", "b.jpg", segmentation=runs, iscrowd=1, area=48)
    write(root, {"annotations/instances_default.json": held, **{
        f"images/{name}.jpg": PHOTO for name in "ab"}})  # fmt: skip
    _, masks = parts_of(load_annotations(root, crowd_is_void=False))
    assert all((mask == LEFT).all() for mask in masks.values())
    said = "Void, as COCO's crowds are: 2 shapes of cat, 96 pixels by the file; crowd_is_void=False"
    with pytest.raises(ValueError, match=f"nothing but background.* {said}"):
        load_annotations(root)
    assert said in capsys.readouterr().out


def labelme(name, *shapes):
    return {"imagePath": f"{name}.jpg", "imageWidth": WIDTH, "imageHeight": HEIGHT,
            "shapes": [{"label": "cat", **shape} for shape in shapes]}  # fmt: skip


CORNERS = [[0, 0], [6, 0], [6, 8], [0, 8]]
CUT = {"type": "polygonlabels", "value": {"points": [[1, 1], [2, 2]], "polygonlabels": ["cat"]}}
RUBBED_OUT = {"type": "brushlabels", "value": {"rle": [], "brushlabels": ["cat"]}}
LABEL_STUDIO = [task(f"{name}.jpg", ("cat", True)) for name in "ab"]
LABEL_STUDIO[0]["annotations"][0]["result"] += [CUT, RUBBED_OUT]
# Files of two photos, and how many crumbs they hold.
CRUMBS = {
    "coco": ({"x.json": coco("a.jpg", "b.jpg", segmentation=[SQUARE, [], [3, 3], [1, 2, 3, 4]])},
             6),
    "labelme": ({
        "a.json": labelme("a", {"points": CORNERS}, {"points": [[1, 1], [2, 2]]}, {"points": []},
                          {"points": [[1, 1]], "shape_type": "rectangle"}),
        "b.json": labelme("b", {"points": CORNERS, "shape_type": "rotation"}),  # X-AnyLabeling's
    }, 3),
    "yolo": ({"a.txt": f"{YOLO}\n0\n0 .5 .5\n", "b.txt": f"{YOLO} .93\n",  # a prediction
              "classes.txt": "cat"}, 2),
    "cvat": ({"x.xml": cvat(("a.jpg", ""), ("b.jpg", "")).replace(
        "</image>", '<polygon label="cat" points="1,1;2,2"/><polygon label="cat" points=""/>'
        "</image>")}, 4),
    "label studio": ({"x.json": LABEL_STUDIO}, 2),
}  # fmt: skip


@pytest.mark.parametrize("tool", CRUMBS)
def test_crumbs_are_passed_over_and_counted(root, capsys, tool):
    files, crumbs = CRUMBS[tool]
    write(root, {**files, "a.jpg": PHOTO, "b.jpg": PHOTO})
    _, masks = parts_of(load_annotations(root))
    assert len(masks) == 2 and all((mask == LEFT).all() for mask in masks.values())
    assert f"2 shapes ({crumbs} points, lines and crumbs" in capsys.readouterr().out


def turned(*names):
    tasks = [task(f"{name}.jpg", ("cat", True)) for name in names]
    for one in tasks:
        one["annotations"][0]["result"][0]["image_rotation"] = 90
    return {"tasks.json": tasks}


def yolo_files(text, names="cat"):
    return {"classes.txt": names, **{f"labels/{name}.txt": text for name in "abc"}}


FAULTS = {
    "no photos": ({"x.json": coco("x.jpg", "y.jpg", "z.jpg")}, "no photo of this name: give its f"),
    "boxes": ({"x.json": coco("a.jpg", "b.jpg", "c.jpg", segmentation=[])}, "draw its outline"),
    "sizes": ({f"{name}.json": {**labelme(name), "imageWidth": 99} for name in "abc"},
              "for 99x8: give the photos that were labelled"),
    "unfinished": ({"t.json": [task(f"{name}.jpg") for name in "abc"]}, "submit it, and export"),
    "JSON-MIN": ({f"t{i}.json": [{"image": f"{i}.jpg"}] for i in "abc"}, 'export it as "JSON"'),
    "two points": ({f"{name}.json": labelme(name, {"points": [[1, 1], [2, 2]]}) for name in "abc"},
                   r"nothing but background.*as in a.jpg: draw outlines"),
    "turned": (turned(*"abc"), "on it as it is"),
    "classes": (yolo_files(YOLO.replace("0 ", "7 ", 1)), "of class 7, expected 0 to 0.*add its"),
    "pixels": (yolo_files("0 0 0 50 0 50 80"), "expected shares .*divide"),
    "category": ({"x.json": coco("a.jpg", "b.jpg", "c.jpg", category_id=4)}, "export it again"),
    "boxes of VOC": ({f"{name}.xml": "<annotation/>" for name in "abc"}, "SegmentationClass"),
    "masks of other sizes": ({
        "class_names.txt": "background\ncat", **{f"masks/{n}.png": IDS[:4] for n in "abc"}},
        "is 12x8, but its mask is 12x4: save both in one size"),
}  # fmt: skip


@pytest.mark.parametrize("cause", FAULTS)
def test_one_fault_in_every_file_is_said_once_with_what_to_do(root, cause):
    files, expected = FAULTS[cause]
    write(root, {**files, **{f"{name}.jpg": PHOTO for name in "abc"}})
    words = rf"holds 0 photos with a usable mask.*: [^;]*[axb]\S* .*{expected}.*\(and 2 more so\)"
    with pytest.raises(ValueError, match=expected if "nothing" in expected else words) as refused:
        load_annotations(root)
    assert "class_names" not in str(refused.value)
