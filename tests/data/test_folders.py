"""Any folder of photos and masks loads; what is bad is named, left out, and ends nothing."""

import unicodedata

import cv2
import numpy as np
import pytest
from PIL import Image

from loaded import names_by_part
from unetlab.annotations import save_annotations
from unetlab.data import load_image
from unetlab.data.folders import load_folder
from unetlab.data.masks import load_mask
from unetlab.data.pairs import Naming

SIZE = 24, 16  # Width and height.


def photo(path, size=SIZE, mode="RGB", **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (90, 120, 30)).convert(mode).save(path, **options)


def half_mask(size=SIZE, colours=((0, 0, 0), (255, 255, 255))):
    """A mask whose right half is the subject."""
    pixels = np.zeros([size[1], size[0], 3], np.uint8) + np.uint8(colours[0])
    pixels[:, size[0] // 2 :] = colours[1]
    return Image.fromarray(pixels)


def add_pair(folder, name, image_suffix=".jpg", mask_name=None, **options):
    photo(folder / "images" / f"{name}{image_suffix}")
    mask = folder / "masks" / (mask_name or f"{name}.png")
    mask.parent.mkdir(parents=True, exist_ok=True)
    half_mask(**options).save(mask)


@pytest.fixture
def folder(tmp_path):
    """Two good pairs, so that one more, good or bad, is judged for itself."""
    for name in ("good1", "good2"):
        add_pair(tmp_path, name)
    return tmp_path


def load(folder, *arguments, **options):
    data = load_folder(folder / "images", folder / "masks", *arguments, **options)
    return data, sorted(set().union(*names_by_part(data).values()))


def examples_of(data):
    return [*data.train.as_numpy_iterator(), *data.test.as_numpy_iterator()]


def assert_right_half(mask):
    columns = mask.shape[1]
    assert set(np.unique(mask)) == {0, 1}
    assert (mask[:, columns // 2 :] == 1).all() and (mask[:, : columns // 2] == 0).all()


def test_pairs_are_found_said_and_read(folder, capsys):
    data, names = load(folder)
    assert names == ["good1", "good2"]
    said = capsys.readouterr().out
    assert "2 pairs" in said and "24x16" in said and "subject 50%" in said
    assert data.validation is None
    for image, mask in examples_of(data):
        assert image.shape == (16, 24, 3) and image.dtype == np.uint8
        assert mask.shape == (16, 24, 1)
        assert_right_half(mask)


def cut_short(folder):
    random = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(random).save(folder / "images/bad.jpg")
    half_mask((64, 64)).save(folder / "masks/bad.png")
    path = folder / "images/bad.jpg"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def unreadable_mask(folder):
    add_pair(folder, "bad")
    (folder / "masks/bad.png").write_bytes(b"GIF89a, not really")


def two_masks(folder):
    add_pair(folder, "bad")
    half_mask().save(folder / "masks/BAD.bmp")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (cut_short, "bad.jpg ("),
        (unreadable_mask, "bad.png cannot be read as a mask"),
        (lambda folder: photo(folder / "images/bad.jpg"), "bad.jpg: no mask"),
        (lambda folder: half_mask().save(folder / "masks/bad.png"), "bad.png: no photo"),
        (lambda folder: add_pair(folder, "bad", size=(30, 30)),
         "bad.jpg is 24x16, but its mask is 30x30"),
        (lambda folder: (folder / "images/bad.txt").write_text("notes"), "bad.txt: no image file"),
        (two_masks, "BAD.bmp, bad.png: share a name"),
    ],
)  # fmt: skip
def test_a_bad_file_is_named_and_left_out(folder, capsys, spoil, words):
    spoil(folder)
    data, names = load(folder)
    assert names == ["good1", "good2"]
    assert len(examples_of(data)) == 2
    said = capsys.readouterr().out
    assert "Left out 1: " in said and words in said


def test_nothing_usable_is_an_error_that_says_why(tmp_path):
    (tmp_path / "masks").mkdir()
    photo(tmp_path / "images/lonely.jpg")
    with pytest.raises(ValueError, match=r"0 photos .*lonely\.jpg: no mask.*naming="):
        load(tmp_path)


def test_capitals_and_how_accents_are_written_part_no_pair(folder):
    composed, apart = (unicodedata.normalize(form, "mein Stühlchen é") for form in ("NFC", "NFD"))
    add_pair(folder, composed, mask_name=f"{apart}.png")
    add_pair(folder, "IMG_1", ".JPG", mask_name="img_1.png")
    data, names = load(folder)
    assert {composed, "IMG_1"} < {*names} and len(examples_of(data)) == 4


def test_prefix_and_suffix_in_one_folder(tmp_path):
    for name in ("a", "b", "c"):
        photo(tmp_path / f"photo_{name}.jpg")
        half_mask().save(tmp_path / f"photo_{name}_mask.png")
    naming = Naming(image_prefix="photo_", mask_prefix="photo_", mask_suffix="_mask")
    data = load_folder(tmp_path, tmp_path, naming)
    assert len(data.train) + len(data.test) == 3


def test_phone_photos_and_masks_come_out_upright(folder):
    exif = Image.Exif()
    exif[0x0112] = 6  # The camera lay on its side.
    photo(folder / "images/phone.jpg", size=(16, 24), exif=exif)
    half_mask().save(folder / "masks/phone.png")
    data, names = load(folder)
    assert "phone" in names
    assert {image.shape for image, _ in examples_of(data)} == {(16, 24, 3)}


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_two_colours_are_found_and_the_borders_one_is_background(tmp_path, suffix):
    for name in ("a", "b", "c"):
        photo(tmp_path / f"images/{name}.jpg", size=(60, 60))
        pixels = np.zeros([60, 60, 3], np.uint8) + np.uint8([0, 0, 255])
        # Most pixels are the subject's; the picture's border decides all the same.
        pixels[4:58, 4:58] = (255, 0, 0)
        (tmp_path / "masks").mkdir(exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / f"masks/{name}{suffix}")
    for _, mask in examples_of(load(tmp_path)[0]):
        assert mask[0, 0] == 0 and mask[30, 30] == 1


@pytest.mark.parametrize("mode", ["1", "LA", "P", "RGBA", "I;16", "F"])
def test_above_half_of_white_is_the_subject_in_any_mode(tmp_path, mode):
    mask = np.uint8([[0, 100, 150, 255]])
    if mode == "1":
        saved = Image.fromarray(mask > 127)
    elif mode in ("I;16", "F"):
        saved = Image.fromarray(mask * np.uint16(257) if mode == "I;16" else mask / np.float32(255))
    else:
        saved = Image.fromarray(mask).convert(mode)
    saved.save(tmp_path / "mask.tif")
    ids = load_mask(tmp_path / "mask.tif")
    assert ids.dtype == np.uint8 and ids.ravel().tolist() == [0, 0, 1, 1]


def test_a_mask_of_one_class_is_kept_and_named(folder, capsys):
    add_pair(folder, "empty", colours=((0, 0, 0), (0, 0, 0)))
    assert "empty" in load(folder)[1]
    assert "empty holds nothing but background" in capsys.readouterr().out


def test_a_set_of_one_strong_colour_is_refused(tmp_path):
    for name in ("a", "b"):
        add_pair(tmp_path, name, colours=((0, 0, 255), (0, 0, 255)))
    with pytest.raises(ValueError, match=r"JPEG: \(0, 0, 255\), which do not say"):
        load(tmp_path)


@pytest.mark.parametrize(("image_size", "scale"), [(250, 1), (120, 2), (64, 4), (32, 8)])
def test_large_photos_shrink_with_their_masks(tmp_path, image_size, scale):
    # An edge at every place in a block of 8 pixels, none of them on the border of one.
    for place in range(1, 8):
        bright = np.zeros([259, 262], bool)
        bright[96 + place :, 120 + place :] = True
        for part, suffix in (("images", "jpg"), ("masks", "png")):
            (tmp_path / part).mkdir(exist_ok=True)
            saved = Image.fromarray(np.uint8(bright) * 255)
            saved.save(tmp_path / part / f"{place}.{suffix}", quality=95)
    shifts = []
    for image, mask in examples_of(load(tmp_path, image_size=image_size)[0]):
        assert image.shape[:2] == mask.shape[:2] == (-(-259 // scale), -(-262 // scale))
        # A pixel that the edge cuts is as bright as its share in the subject.
        shares = (image[-2] / 255).mean(-1).sum(), (image[:, -2] / 255).mean(-1).sum()
        shifts += [shares[0] - mask[-2].sum(), shares[1] - mask[:, -2].sum()]
    # Half a pixel at most, and on the whole as near to none as can be: of an even number of pixels
    # none is the middle, and the next one is half a pixel of the full size away.
    assert np.abs(shifts).max() < 0.52
    assert abs(np.mean(shifts)) < (0.5 / scale + 0.1 if scale > 1 else 0.01)


def test_without_a_test_share_there_is_no_test_part(folder):
    data, _ = load(folder, test_share=0)
    assert [len(part) for part, _ in data.parts.values()] == [2] and len(data.test) == 0


def test_photos_of_one_subject_stay_in_one_part(tmp_path):
    for number in range(10):
        for view in "ab":
            add_pair(tmp_path, f"scene{number}_{view}")
    data, _ = load(tmp_path, test_share=0.2, view="_[ab]$")
    names = names_by_part(data).values()
    assert [len(part) for part in names] == [16, 4] and len(set().union(*names)) == 20
    scenes = [{name[:-2] for name in part} for part in names]
    assert sum(map(len, scenes)) == 10
    with pytest.raises(ValueError, match="which no name holds"):
        load(tmp_path, view="-[ab]$")


def test_folders_inside_folders_are_read_and_their_split_is_kept(tmp_path, capsys):
    images, masks = tmp_path / "images", tmp_path / "masks"
    for part in ("train", "val", "test"):
        for name in ("anna/1", "anna/2", "ben/1"):  # names stand twice, in a folder a patient
            add_pair(tmp_path, f"{part}/{name}")
    data = load_folder(images, masks, test_share=0.9)
    assert "The split that it has is kept" in capsys.readouterr().out
    assert [len(data.train), len(data.validation), len(data.test)] == [3, 3, 3]
    assert names_by_part(data)["train"] == {"train/anna/1", "train/anna/2", "train/ben/1"}
    flat = load_folder(images / "train", masks / "train", test_share=0)
    assert len(flat.train) == 3
    saved = save_annotations(flat, tmp_path / "saved", format="png")
    names = sorted(path.name for path in saved.iterdir())
    assert names == ["anna_1.png", "anna_2.png", "ben_1.png"]


def test_one_folder_named_train_is_no_split(tmp_path):
    for name in "abcdefghij":
        add_pair(tmp_path, f"train/{name}")
    data, _ = load(tmp_path)
    assert (len(data.train), len(data.test)) == (8, 2)


def test_a_png_beside_a_jpeg_of_its_name_is_its_mask(tmp_path):
    for name in "abc":
        photo(tmp_path / f"{name}.jpg")
        half_mask().save(tmp_path / f"{name}.png")
    data = load_folder(tmp_path, tmp_path, test_share=0)
    for _, mask in data.train.as_numpy_iterator():
        assert_right_half(mask)


def test_few_greys_with_soft_edges_are_asked_for_as_colours(tmp_path):
    grey = np.zeros([64, 64], np.uint8)
    grey[10:30, 10:50], grey[30:60, 10:50] = 127, 255
    for name in "ab":
        add_pair(tmp_path, name)
        soft = Image.fromarray(grey).resize(SIZE, Image.Resampling.BICUBIC)
        soft.save(tmp_path / f"masks/{name}.png")
    names = ["background", "cat", "dog"]
    with pytest.raises(ValueError, match=r"soft edges .* give colours="):
        load(tmp_path, class_names=names)
    colours = [(0, 0, 0), (127, 127, 127), (255, 255, 255)]
    data, _ = load(tmp_path, class_names=names, colours=colours, test_share=0)
    assert set(np.unique(next(iter(data.train))[1])) == {0, 1, 2}


@pytest.mark.parametrize(("brightest", "white"), [(200, 255), (1000, 1023), (4000, 4095)])
def test_few_bits_in_a_file_of_sixteen_are_said_and_scaled_alike(
    tmp_path, capsys, brightest, white
):
    deep = np.linspace(0, brightest, 16 * 24).reshape(16, 24).astype(np.uint16)
    for name in "ab":
        add_pair(tmp_path, name, ".png")
        Image.fromarray(deep).save(tmp_path / f"images/{name}.png")
    load(tmp_path)
    assert f"white={white}" in capsys.readouterr().out
    data, _ = load(tmp_path, white=white)
    assert "nearly black" not in capsys.readouterr().out
    for image, _ in examples_of(data):
        np.testing.assert_array_equal(image, load_image(tmp_path / "images/a.png", white=white))
        assert image.max() == round(brightest / white * 255)
    with pytest.raises(ValueError, match="give another white="):
        load(tmp_path, white=100)
    Image.fromarray(deep.astype(np.float32)).save(tmp_path / "float.tif")
    np.testing.assert_array_equal(load_image(tmp_path / "float.tif", white=white), image)


def test_twelve_bits_a_colour_are_said(tmp_path, capsys):
    for name in "ab":
        add_pair(tmp_path, name, ".png")
        deep = np.linspace(0, 4000, 16 * 24 * 3).reshape(16, 24, 3).astype(np.uint16)
        cv2.imwrite(str(tmp_path / f"images/{name}.png"), deep)
    load(tmp_path)
    assert "nearly black: of 255 their levels reach 15. Save them" in capsys.readouterr().out
