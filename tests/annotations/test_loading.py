"""What tools save loads as data; what is bad is named; what is saved loads again."""

import json
import re

import numpy as np
import pycocotools.coco
import pytest
from PIL import Image

from loaded import masks_by_name
from unetlab.annotations import load_annotations, save_annotations
from unetlab.data import load_folder

WIDTH, HEIGHT = 12, 8
BOX = {"label": "cat", "shape_type": "rectangle", "points": [[6, 0], [12, 8]]}


def photo(path, size=(WIDTH, HEIGHT), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (90, 120, 30)).save(path, **options)


def labelme(folder, name, shapes=(BOX,), **more):
    contents = {"imagePath": f"{name}.png", "shapes": list(shapes), **more}
    (folder / f"{name}.json").write_text(json.dumps(contents))


@pytest.fixture
def folder(tmp_path):
    """Two good photos with labelme's files, so that one more is judged for itself."""
    for name in ("good1", "good2"):
        photo(tmp_path / f"{name}.png")
        labelme(tmp_path, name)
    return tmp_path


def test_the_last_shape_lies_on_top_and_void_is_255(folder):
    shapes = [
        BOX,
        {"label": "dog", "points": [[8, 0], [10, 0], [10, 8], [8, 8]]},
        {"label": "__ignore__", "shape_type": "circle", "points": [[2, 4], [2, 5.6]]},
        {"label": "_background_", "shape_type": "rectangle", "points": [[12, 8], [11, 7]]},
        {"label": "cat", "shape_type": "line", "points": [[0, 0], [5, 5]]},
    ]
    labelme(folder, "good1", shapes)
    labelme(folder, "good2", [])  # Without shapes, a photo is background.
    masks = masks_by_name(load_annotations(folder, folder))
    mask = masks["good1"]
    assert not masks["good2"].any()
    assert mask[0].tolist() == [0] * 6 + [1, 1, 2, 2, 1, 1]
    assert mask[7, 11] == 0 and mask[4, 2] == 255


def test_a_photo_on_its_side_is_upright_and_a_large_one_is_read_smaller(folder):
    exif = Image.Exif()
    exif[0x0112] = 6
    photo(folder / "turned.jpg", (80, 160), exif=exif)
    shape = {**BOX, "points": [[80, 0], [160, 80]]}
    labelme(folder, "turned", [shape], imagePath="turned.jpg", imageWidth=160, imageHeight=80)
    mask = masks_by_name(load_annotations(folder, folder, image_size=20))["turned"]
    assert mask.shape == (20, 40) and (mask == (np.arange(40) >= 20)).all()


def spoil_photo(folder):
    (folder / "bad.png").write_bytes(b"")


def spoil_shape(**changes):
    return lambda folder: labelme(folder, "bad", [{**BOX, **changes}])


BAD = [
    (lambda folder: (folder / "bad.png").unlink(), "bad.png: no photo of this name"),
    (lambda folder: (folder / "bad.json").unlink(), "bad.png: no shapes"),
    (spoil_photo, "cannot be read as an image"),
    (lambda folder: (folder / "bad.json").write_text('{"shapes": [{"lab'), "JSONDecodeError"),
    (spoil_shape(points=[[1], [2], [3]]), "bad.png: shape 1: cannot reshape"),
    (spoil_shape(points=[[0, 0], [np.nan, 6]]), "bad.png: shape 1: array must not contain"),
    (spoil_shape(shape_type="mask", mask="AAAA"), "a shape of class 'cat': cannot identify"),
    (
        lambda folder: labelme(folder, "more", imagePath="bad.png"),
        "bad.png: 2 sets of shapes name this photo",
    ),
]


@pytest.mark.parametrize("spoil, expected", BAD, ids=[expected for _, expected in BAD])
def test_a_bad_one_among_many_is_left_out_and_named(folder, capsys, spoil, expected):
    photo(folder / "bad.png")
    labelme(folder, "bad")
    spoil(folder)
    data = load_annotations(folder, folder)
    said = capsys.readouterr().out
    # Where the file cannot be read, its photo is left out beside it.
    assert re.search("Left out [12]: ", said)
    assert re.search(expected, said), said
    assert sorted(masks_by_name(data)) == ["good1", "good2"]


def test_names_of_another_machine_find_their_photos_here_and_none_outside(tmp_path, capsys):
    folder = tmp_path / "photos"
    names = {
        "a": r"C:\Users\me\a.jpg",
        "b": r"..\images\b.jpg",
        "c": "../../etc/c.png",
        "d": "sub/d.jpg",
        "e": "0a1b2c3d-e.jpg",
        "secret": "../secret.jpg",
        "twice": "twice.jpg",
    }
    photo(tmp_path / "secret.jpg")
    for inside in ("a", "b", "c", "sub/d", "e", "sub/twice", "twin/twice"):
        photo(folder / f"{inside}.jpg")
    (tmp_path / "shapes").mkdir()
    for name, told in names.items():
        labelme(tmp_path / "shapes", name, imagePath=told)
    found = masks_by_name(load_annotations(tmp_path / "shapes", folder))
    assert sorted(name.rpartition("/")[2] for name in found) == ["a", "b", "c", "d", "e"]
    said = capsys.readouterr().out
    assert "secret.jpg: no photo of this name" in said
    assert "twice.jpg: 2 photos have this name" in said


def test_an_unknown_class_is_refused(folder):
    with pytest.raises(ValueError, match=r"holds 'cat' \(2 shapes\), expected one of class_names"):
        load_annotations(folder, folder, ("background", "dog"))


def coco(folder, annotations):
    images = []
    for number in (1, 2):
        photo(folder / f"p{number}.png")
        named = {"id": number, "file_name": f"p{number}.png"}
        images.append({**named, "width": WIDTH, "height": HEIGHT})
    categories = [{"id": 90, "name": "dog"}, {"id": 3, "name": "cat"}]
    contents = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "coco.json").write_text(json.dumps(contents))
    return folder / "coco.json"


SQUARE = {"image_id": 1, "category_id": 3, "segmentation": [[0, 0, 4, 0, 4, 4, 0, 4]]}


def test_coco_takes_its_categories_in_their_order_and_lays_crowds_beneath(tmp_path):
    counts = {"counts": [0, 48, 48], "size": [HEIGHT, WIDTH]}
    crowd = {"image_id": 1, "category_id": 3, "segmentation": counts, "iscrowd": 1}
    data = load_annotations(coco(tmp_path, [SQUARE, crowd]), tmp_path)
    assert data.class_names == ("background", "cat", "dog")
    masks = masks_by_name(data)
    assert (masks["p1"][:4, :4] == 1).all() and masks["p1"][5, 5] == 255
    assert masks["p1"][0, 6] == 0 and not masks["p2"].any()


@pytest.mark.parametrize(
    "wrong, fault",
    [
        ({"segmentation": {"counts": [1, 2], "size": [HEIGHT, WIDTH]}}, "cat': cannot reshape"),
        (
            {"segmentation": {"counts": [96], "size": [WIDTH, HEIGHT]}},
            "cat': boolean index did not match",
        ),
        ({"image_id": 9}, "image 9, which it does not list"),
    ],
)
def test_bad_coco_is_named(tmp_path, wrong, fault):
    path = coco(tmp_path, [SQUARE, {**SQUARE, **wrong}])
    with pytest.raises(ValueError, match=fault):  # One photo is left, and two are needed.
        load_annotations(path, tmp_path)


@pytest.mark.parametrize(
    "name, text",
    [
        ("data.yaml", "path: .\nnames:\n  0: cat\n  1: dog\n"),
        ("classes.txt", "cat\ndog\n"),
    ],
)
def test_yolo_finds_its_names(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    labels = tmp_path / "labels"
    labels.mkdir()
    for number, line in enumerate(["1 0 0 .5 0 .5 1 0 1", "0 0.25 0.5 0.5 1", ""]):
        photo(tmp_path / "images" / f"p{number}.jpg")
        (labels / f"p{number}.txt").write_text(line)
    data = load_annotations(labels, tmp_path / "images")
    assert data.class_names == ("background", "cat", "dog")
    masks = masks_by_name(data)
    assert (masks["p0"] == 2 * (np.arange(WIDTH) < 6)).all()
    assert (masks["p1"] == (np.arange(WIDTH) < 6)).all() and not masks["p2"].any()


def examples(random):
    for height, width in [(9, 14), (16, 7), (8, 8), (5, 21)]:
        image = random.integers(0, 256, [height, width, 3], np.uint8)
        yield image, random.choice(np.uint8([0, 1, 2, 255]), [height, width, 1])


@pytest.mark.parametrize("format", ["coco", "png"])
def test_what_is_saved_loads_again(tmp_path, format):
    names = ["a", "b", "c", "größe 1"]
    given = dict(zip(names, examples(np.random.default_rng(1)), strict=True))
    classes = ("background", "cat", "dog")
    path = save_annotations(given.values(), tmp_path / "one", format, classes, names)
    data = load_annotations(path, tmp_path / "one/images", test_share=0.25)
    assert data.class_names == classes and len(data.test) == 1
    if format == "png":  # Masks as any others.
        assert Image.open(path / "a.png").mode == "P"
        assert load_folder(tmp_path / "one/images", path, class_names=classes).num_classes == 3
    # And once more, from the data that was loaded.
    path = save_annotations(data, tmp_path / "two", format)
    masks = masks_by_name(load_annotations(path, tmp_path / "two/images"))
    assert sorted(masks) == sorted(names)
    for name, (image, mask) in given.items():
        np.testing.assert_array_equal(masks[name], mask[..., 0])
        saved = np.asarray(Image.open(tmp_path / f"two/images/{name}.png"))
        np.testing.assert_array_equal(saved, image)


def test_saved_coco_is_what_pycocotools_reads(tmp_path):
    (image, mask), *_ = examples(np.random.default_rng(2))
    path = save_annotations([(image, mask)], tmp_path, class_names=("background", "cat", "dog"))
    read = pycocotools.coco.COCO(path)
    for one in read.loadAnns(read.getAnnIds()):
        class_id = 255 if one["iscrowd"] else one["category_id"]
        np.testing.assert_array_equal(read.annToMask(one), mask[..., 0] == class_id)
        assert one["area"] == (mask == class_id).sum()


@pytest.mark.parametrize(
    "options, fault",
    [
        ({"class_names": ("background", "cat")}, r"holds \[2\], expected ids from 0 to 1"),
        ({"names": ["../a", "b", "c", "d"]}, r"'../a' is no file's"),
        ({"examples": []}, "no example"),
        ({"examples": [(np.zeros([4, 4, 3], np.uint8), np.zeros([4, 5], int))]}, r"is \[4, 5\]"),
    ],
)
def test_what_cannot_be_saved_is_refused_and_leaves_nothing(tmp_path, options, fault):
    options = {
        "examples": examples(np.random.default_rng(1)),
        "class_names": ("b", "c", "d"),
        **options,
    }
    with pytest.raises(ValueError, match=fault):
        save_annotations(folder=tmp_path / "set", **options)
    assert not any(tmp_path.iterdir())


def test_an_earlier_set_is_not_written_over(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="already holds something"):
        save_annotations(examples(np.random.default_rng(1)), tmp_path, class_names=("b", "c", "d"))
