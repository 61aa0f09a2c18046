"""Masks of several classes, coded as people code them: read right, or refused in words."""

import numpy as np
import pytest
from PIL import Image

from loaded import masks_by_name
from unetlab.data import load_folder

NAMES = ("ground", "cat", "dog", "cow", "hen", *(f"kind{number}" for number in range(5, 21)))
# Pascal VOC's palette: the bits of an index, three by three, from the highest down.
VOC = np.array(
    [[sum((i >> 3 * b + c & 1) << 7 - b for b in range(3)) for c in range(3)] for i in range(256)],
    np.uint8,
)


def ids_with_void(classes, void=True):
    """Stripes of all classes in a frame of the first, and void around the second if asked for."""
    ids = np.pad(np.repeat(np.arange(classes), 4)[None].repeat(24, 0), 2).astype(np.uint8)
    if void:
        ids[:, 5:7] = 255
    return ids


def palette(ids):
    image = Image.fromarray(ids).convert("P")
    image.putdata(ids.ravel())
    image.putpalette(VOC.tobytes())
    return image


def from_one(ids):
    return np.where(ids == 255, 255, ids + 1).astype(np.uint8)


def spread(ids):
    return np.uint8(ids * (255 // ids.max()))


def spread_rounded(ids):
    return np.uint8(np.rint(ids * (255 / ids.max())))


def with_alpha(colours, alpha):
    return Image.fromarray(np.dstack([colours, alpha]))


def black_and_white(ids):
    return np.uint8(ids > 0) * 255


def grey_colours(greys):
    return greys[..., None].repeat(3, 2)


def photo_colours(ids):
    return np.random.default_rng(0).integers(0, 256, [*ids.shape, 3], np.uint8)


def clear_background(ids):
    return with_alpha(grey_colours(black_and_white(ids)), black_and_white(ids))


def another_alpha(ids):
    alpha = np.zeros_like(ids)
    alpha[: len(ids) // 2] = 255
    return with_alpha(grey_colours(black_and_white(ids)), alpha)


ANY_TABLE = np.random.default_rng(1).permutation(
    [(r, g, b) for r in (10, 130, 250) for g in (20, 120, 220) for b in (5, 105, 205)]
).astype(np.uint8)  # fmt: skip

# How the masks are saved, with void or without, and what must come of it, with several classes and
# with two, which may also be told by their brightness: "read", or words of what is said.
CODINGS = {
    "ids from 0": (Image.fromarray, True, "read", "read"),
    "ids from 1": (lambda ids: Image.fromarray(from_one(ids)), True, "read", "read"),
    "VOC's palette": (palette, True, "read", "read"),
    "VOC's colours": (lambda ids: Image.fromarray(VOC[ids]), True, "read", "read"),
    "greys spread": (lambda ids: Image.fromarray(spread(ids)), False, "read", "read"),
    "greys spread and rounded": (lambda ids: Image.fromarray(spread_rounded(ids)), False, "read",
                                 "read"),
    "ids in the alpha": (lambda ids: with_alpha(grey_colours(ids * 0), ids), True, "read", "read"),
    "a cut-out of the photo": (lambda ids: with_alpha(photo_colours(ids), spread(ids)), False,
                               "read", "read"),
    "white on what is clear": (clear_background, False, "ids=", "read"),
    "another mask in the alpha": (another_alpha, False, "ids=", "from_alpha=True .*from_alpha=Fal"),
    "ids from 2": (lambda ids: Image.fromarray(ids + 2), False, "ids=", r"ids=\(2, 3\)"),
    "ids with gaps": (lambda ids: Image.fromarray(ids * 5), False, r"ids=\(0, 5, 10",
                      r"ids=\(0, 5\)"),
    "0, 1, 3 of three": (lambda ids: Image.fromarray(ids + (ids > 1)), False,
                         r"give ids=\(0, 1, 3", "read"),
    "any colours": (lambda ids: Image.fromarray(ANY_TABLE[ids]), False, "colours=", "read"),
    "greys as a JPEG": (lambda ids: Image.fromarray(spread(ids)), False, "the noise of a JPEG",
                        "read"),
    "black and white": (lambda ids: Image.fromarray(black_and_white(ids)), False, "ids=", "read"),
    "1 and 2 only": (lambda ids: Image.fromarray(np.uint8(1 + ids % 2)), False, "give ids",
                     "read"),
}  # fmt: skip


def save_masks(folder, masks, suffix="png"):
    for part in ("images", "masks"):
        (folder / part).mkdir()
    for number, mask in enumerate(masks):
        mask.save(folder / f"masks/{number}.{suffix}")
        Image.new("RGB", mask.size, (90, 120, 30)).save(folder / f"images/{number}.png")
    return folder / "images", folder / "masks"


@pytest.mark.parametrize("classes", [2, 3, 21])
@pytest.mark.parametrize("coding", CODINGS)
def test_a_coding_is_read_or_refused(tmp_path, capsys, coding, classes):
    code, void, *expected = CODINGS[coding]
    expected = expected[classes == 2]
    ids = ids_with_void(classes, void)
    folders = save_masks(tmp_path, [code(ids)] * 2, "jpg" if "JPEG" in coding else "png")
    names = NAMES[:classes]
    if expected != "read":
        with pytest.raises(ValueError, match=expected):
            load_folder(*folders, class_names=names)
        return
    data = load_folder(*folders, class_names=names)
    assert data.num_classes == classes
    for mask in masks_by_name(data).values():
        np.testing.assert_array_equal(mask, ids)
    said = capsys.readouterr().out
    assert ("void (255" in said) == void and "Masks read" in said


def test_ids_given_settle_it(tmp_path):
    saved = CODINGS["1 and 2 only"][0](ids_with_void(3, void=False))
    data = load_folder(*save_masks(tmp_path, [saved] * 2), class_names=NAMES[:3], ids=(2, 1, 7))
    for mask in masks_by_name(data).values():
        np.testing.assert_array_equal(np.array((2, 1, 7))[mask], np.asarray(saved))


def test_a_number_that_nobody_named_is_left_out_and_said(tmp_path, capsys):
    ids = ids_with_void(3)
    odd = ids.copy()
    odd[0, 0] = 9
    folders = save_masks(tmp_path, [Image.fromarray(part) for part in (ids, odd, ids)])
    data = load_folder(*folders, class_names=NAMES[:3], ids=(0, 1, 2))
    assert len(masks_by_name(data)) == 2
    said = capsys.readouterr().out
    assert "1.png holds the numbers [9], expected [0, 1, 2] or 255 for void" in said


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [((0, 1, 255), [0, 1, 255]), ((1, 2), [0, 1]), ((1, 2, 255), [0, 1, 255]),
     ((0, 255), [0, 1]), ((3, 250), [0, 1]), ((0, 127, 255), r"ids=\(0, 127\)"),
     ((0, 90), r"ids=\(0, 90\)"), ((0, 1, 2), "name in class_names all"),
     ((0,), "the 2 masks hold nothing but background, expected a sec")],
)  # fmt: skip
def test_two_classes_as_numbers(tmp_path, numbers, expected):
    saved = np.repeat(np.uint8(numbers), 6)[None].repeat(12, 0)
    folders = save_masks(tmp_path, [Image.fromarray(saved)] * 2)
    if isinstance(expected, str):
        with pytest.raises(ValueError, match=expected):
            load_folder(*folders)
        return
    for mask in masks_by_name(load_folder(*folders)).values():
        np.testing.assert_array_equal(mask, np.repeat(expected, 6)[None].repeat(12, 0))


def test_ids_are_seen_where_most_masks_are_empty(tmp_path):
    masks = [Image.new("L", (8, 8)) for _ in range(60)]
    masks[7] = Image.fromarray(np.eye(8, dtype=np.uint8))
    found = masks_by_name(load_folder(*save_masks(tmp_path, masks)))
    assert sum(mask.sum() for mask in found.values()) == 8


def test_photos_are_no_masks(tmp_path):
    photos = [Image.fromarray(photo_colours(np.zeros([40, 40])))] * 2
    with pytest.raises(ValueError, match="see whether these are the masks"):
        load_folder(*save_masks(tmp_path, photos))


@pytest.mark.parametrize("from_alpha", [True, False])
def test_from_alpha_settles_it(tmp_path, from_alpha):
    ids = ids_with_void(2, void=False)
    folders = save_masks(tmp_path, [another_alpha(ids)] * 2)
    expected = np.arange(len(ids))[:, None] < len(ids) // 2 if from_alpha else ids == 1
    data = load_folder(*folders, from_alpha=from_alpha)
    for mask in masks_by_name(data).values():
        np.testing.assert_array_equal(mask, np.broadcast_to(expected, ids.shape))


def test_a_colour_for_void_is_void(tmp_path):
    ids = ids_with_void(3)
    saved = Image.fromarray(ANY_TABLE[np.minimum(ids, 3)])
    table = [tuple(colour) for colour in ANY_TABLE[:4].tolist()]
    folders = save_masks(tmp_path, [saved] * 2)
    data = load_folder(*folders, class_names=NAMES[:3], colours=table[:3], void_colour=table[3])
    for mask in masks_by_name(data).values():
        np.testing.assert_array_equal(mask, ids)


def test_colours_in_0_1_are_refused(tmp_path):
    folders = save_masks(tmp_path, [Image.fromarray(VOC[ids_with_void(2, void=False)])] * 2)
    with pytest.raises(ValueError, match="multiply shares of 1"):
        load_folder(*folders, colours=((0, 0, 0), (0.5, 0, 0)))
