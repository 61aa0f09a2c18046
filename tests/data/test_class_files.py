"""Masks of one file a class: found, laid over each other by a stated rule, or refused."""

import numpy as np
import pytest
from PIL import Image

from loaded import masks_by_name
from unetlab.data import load_folder

NAMES = "ground", "cat", "hot dog"
SIDE = 16


def box(left, right):
    """A black mask, white between two columns."""
    mask = np.zeros([SIDE, SIDE], np.uint8)
    mask[:, left:right] = 255
    return Image.fromarray(mask)


def save(folder, files, photos=("a", "b")):
    for name, image in [
        *((f"images/{name}.jpg", Image.new("RGB", (SIDE, SIDE))) for name in photos),
        *files.items(),
    ]:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)
    return folder / "images", folder / "masks"


LAYOUTS = {
    "folders": "masks/{1}/{0}.png",
    "files with hyphens": "masks/{0}-{2}.png",
    "beside the photos": "images/{0}_{1}.png",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_later_classes_lie_on_top_and_a_class_may_be_missing(tmp_path, capsys, layout):
    def path(photo, name):
        return LAYOUTS[layout].format(photo, name, name.upper().replace(" ", "-"))

    files = {path("a", "cat"): box(2, 10), path("a", "hot dog"): box(6, 14)}
    images, masks = save(tmp_path, {**files, path("b", "cat"): box(4, 8)})
    masks = images if layout == "beside the photos" else masks
    found = masks_by_name(load_folder(images, masks, class_names=NAMES))
    assert found["a"][8].tolist() == [0] * 2 + [1] * 4 + [2] * 8 + [0] * 2
    assert found["b"][8].tolist() == [0] * 4 + [1] * 4 + [0] * 8
    said = capsys.readouterr().out
    assert "the later class lies on top: cat, hot dog" in said
    assert "Left out" not in said


def test_a_photo_without_any_and_a_mask_without_a_photo_are_named(tmp_path, capsys):
    files = {f"masks/cat/{name}.png": box(2, 9) for name in ("a", "b", "nobody")}
    files |= {"masks/hot dog/a.png": box(9, 12), "masks/hot dog/a.bmp": box(9, 12)}
    files |= {"masks/hot dog/c.png": Image.new("L", (9, 7)), "masks/cat/c.png": box(1, 3)}
    folders = save(tmp_path, files, photos=("a", "b", "c", "d", "e"))
    (tmp_path / "masks/cat/notes.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"1 photos with a usable mask.*a\.bmp, a\.png: share"):
        load_folder(*folders, class_names=NAMES)
    Image.new("L", (SIDE, SIDE)).save(tmp_path / "masks/cat/d.png")
    load_folder(*folders, class_names=NAMES)
    said = capsys.readouterr().out
    for words in ("cat/nobody.png: no photo", "cat/notes.txt: no image file", "e.jpg: no mask",
                  "hot dog/c.png is 9x7, but its photo is 16x16",
                  "d holds nothing but ground"):  # fmt: skip
        assert words in said
    assert "Left out 5" in said


def test_void_in_a_class_file_is_void_unless_a_later_class_covers_it(tmp_path):
    void = np.zeros([SIDE, SIDE], np.uint8)
    void[:, 2:6], void[:, 6:8] = 1, 255
    files = {f"masks/cat/{name}.png": Image.fromarray(void) for name in "ab"}
    ones = np.zeros([SIDE, SIDE], np.uint8)
    ones[:, 7:9] = 1
    folders = save(tmp_path, {**files, "masks/hot dog/a.png": Image.fromarray(ones)})
    found = masks_by_name(load_folder(*folders, class_names=NAMES))
    assert found["a"][8].tolist() == [0] * 2 + [1] * 4 + [255, 2, 2] + [0] * 7
    assert found["b"][8].tolist() == [0] * 2 + [1] * 4 + [255] * 2 + [0] * 8


def test_a_photo_may_be_called_like_a_class(tmp_path):
    # "a_cat" is a photo of its own, with a mask of its own.
    files = {f"masks/{name}.png": box(2, 9) for name in ("a", "a_cat")}
    folders = save(tmp_path, files, photos=("a", "a_cat"))
    data = load_folder(*folders, class_names=("ground", "cat"))
    assert set(masks_by_name(data)) == {"a", "a_cat"}


def test_a_class_without_a_folder_is_refused(tmp_path):
    folders = save(tmp_path, {f"masks/cat/{name}.png": box(2, 9) for name in "ab"})
    with pytest.raises(ValueError, match="expected one for each class: hot dog has none"):
        load_folder(*folders, class_names=NAMES)


def test_beside_masks_of_all_classes_those_of_one_are_named_and_left_out(tmp_path, capsys):
    files = {"masks/a_cat.png": box(2, 9), "masks/a.png": box(2, 9), "masks/b.png": box(2, 9)}
    load_folder(*save(tmp_path, files), class_names=NAMES[:2])
    assert "Left out 1: masks/a_cat.png: no photo" in capsys.readouterr().out
