"""Image files as people have them: wrong suffix, turned, 16-bit, transparent, broken."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from unetlab.data import list_images, load_image, load_shrunk
from unetlab.data.photos import IMAGE_SUFFIXES
from unetlab.data.uploads import read_upload

PHOTO = np.random.default_rng(0).integers(0, 256, (6, 9, 3)).astype("uint8")


def test_animation_gives_its_first_frame(tmp_path):
    frames = [Image.new("L", (9, 6), grey) for grey in (10, 200)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    np.testing.assert_allclose(load_image(tmp_path / "moving.gif"), 10)


TURNS = {  # From what the file holds to what it shows, by EXIF's orientation.
    1: lambda pixels: pixels,
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: np.rot90(pixels, 2).swapaxes(0, 1),
    8: lambda pixels: np.rot90(pixels),
}


@settings(max_examples=30, deadline=None)
@given(
    mode=st.sampled_from(["L", "RGB", "RGBA", "P", "I;16", "F"]),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    orientation=st.sampled_from(list(TURNS)),
    seed=st.integers(0, 999),
)
def test_any_photo_is_read_right_side_up(tmp_path_factory, mode, height, width, orientation, seed):
    random = np.random.default_rng(seed)
    values = random.integers(0, 256, [height, width, {"RGB": 3, "RGBA": 4}.get(mode, 1)], np.uint8)
    expected = values[..., :3] * np.ones(3)
    if mode == "RGBA":
        expected = expected * (values[..., 3:] / 255) + 255 - values[..., 3:]
    image = Image.fromarray(values.squeeze(2) if values.shape[2] == 1 else values)
    if mode == "P":
        palette = random.integers(0, 256, [256, 3], np.uint8)
        image.putpalette(palette.tobytes())
        expected = palette[values[..., 0]]
    if mode in ("I;16", "F"):
        deep = (
            values[..., 0] * np.uint16(257) if mode == "I;16" else np.float32(values[..., 0]) / 255
        )
        image = Image.fromarray(deep)
    path = tmp_path_factory.getbasetemp() / "any.jpg"  # The content decides, not the name.
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(path, "TIFF" if mode == "F" or seed % 2 else "PNG", exif=exif)
    read, size = load_shrunk(path, 1)
    assert read.dtype == np.uint8 and size == read.shape[:2]
    assert np.abs(read - TURNS[orientation](expected)).max() <= 1


@settings(max_examples=20, deadline=None)
@given(
    mode=st.sampled_from(["L", "RGB", "CMYK"]),
    kind=st.sampled_from(["JPEG", "MPO"]),
    height=st.integers(5, 11).map(lambda blocks: 8 * blocks),  # As cameras' are.
    width=st.integers(5, 11).map(lambda blocks: 8 * blocks),
    orientation=st.sampled_from(list(TURNS)),
    image_size=st.tuples(st.integers(4, 60), st.integers(4, 60)),
)
def test_a_jpeg_shrinks_and_stays_the_right_side_up(
    tmp_path_factory, mode, kind, height, width, orientation, image_size
):
    # Dark, and brighter to the right and to the bottom: no turn of it looks like another.
    grey = np.add.outer(np.linspace(0, 60, height), np.linspace(0, 160, width)).astype(np.uint8)
    path = tmp_path_factory.getbasetemp() / "shrunk.jpg"
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(grey).convert("RGB").convert(mode).save(path, kind, quality=95, exif=exif)
    read, size = load_shrunk(path, image_size)
    upright = TURNS[orientation](grey)
    assert size == upright.shape
    fitting = [n for n in (1, 2, 4, 8) if all(np.array(size) >= n * np.array(image_size))]
    scale = max(fitting, default=1)
    assert read.shape[:2] == tuple(side // scale for side in size)
    # Each pixel is the mean of those that it stands for.
    blocks = upright.reshape(size[0] // scale, scale, size[1] // scale, scale).mean((1, 3))
    assert np.abs(read[..., 0] - blocks).max() < 8


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.uint16([[0, 300, 32768, 65535]]), [0, 1, 128, 255]),
        (np.uint16([[200]]), [1]),
        (np.float32([[0.5, 1]]), [128, 255]),
        (np.float32([[0.5, 254.6]]), [0, 255]),
    ],
)
def test_deep_greys_are_scaled_not_cut(tmp_path, values, expected):
    Image.fromarray(values).save(tmp_path / "deep.tif")
    assert load_image(tmp_path / "deep.tif")[0, :, 0].tolist() == expected


def test_greys_of_no_known_range_are_refused(tmp_path):
    Image.fromarray(np.float32([[0, 4000]])).save(tmp_path / "odd.tif")
    with pytest.raises(ValueError, match=r"odd\.tif .*its greys go from .* expected 0\.\.65535"):
        load_image(tmp_path / "odd.tif")


def test_what_is_no_photo_is_not_handed_to_another_program(tmp_path):
    # Pillow writes EPS itself, and opens it through Ghostscript, which runs what the file says.
    Image.fromarray(PHOTO).save(tmp_path / "photo.jpg", "EPS")
    with pytest.raises(ValueError, match="cannot identify image file"):
        load_image(tmp_path / "photo.jpg")


@pytest.mark.parametrize("size", [500, 0])
def test_a_bad_file_is_named(tmp_path, size):
    path = tmp_path / "bad.jpg"
    Image.fromarray(PHOTO.repeat(20, 0).repeat(20, 1)).save(path)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ValueError, match=rf"bad\.jpg \({size} bytes\) cannot be read as an image"):
        load_image(path)


def test_listing_takes_images_by_name_and_what_a_person_put_there(tmp_path):
    for name in ("b.JPG", "a ü.png", "notes.txt", "c.webp", "._a.jpg", ".hidden.png", "Thumbs.db"):
        (tmp_path / name).touch()
    (tmp_path / "folder.jpg").mkdir()
    assert [path.name for path in list_images(tmp_path)] == ["a ü.png", "b.JPG", "c.webp"]


def test_every_format_that_is_promised_is_read(tmp_path):
    for suffix in IMAGE_SUFFIXES:
        kind = Image.registered_extensions()[suffix]
        path = tmp_path / f"photo{suffix}"
        Image.fromarray(PHOTO).save(path, kind)
        assert load_image(path).shape == (6, 9, 3)
    assert len(list_images(tmp_path)) == len(IMAGE_SUFFIXES)


def content_of(image, kind="PNG", **options):
    """Return the bytes of a photo that somebody sends."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def test_an_upload_comes_through_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # The camera lay on its side.
    turned, note = read_upload(content_of(Image.fromarray(PHOTO), exif=exif), "a")
    np.testing.assert_array_equal(turned, np.rot90(PHOTO, -1))
    assert note == ""


def test_an_upload_of_a_hundred_megapixels_is_read_smaller_and_said_to_be():
    image, note = read_upload(content_of(Image.new("RGB", (12_000, 8_500)), "JPEG"), "huge")
    assert 8_000_000 < image.shape[0] * image.shape[1] <= 12_100_000
    assert image.shape[1] / image.shape[0] == pytest.approx(12_000 / 8_500, rel=0.01)
    assert "102 megapixels" in note


@pytest.mark.parametrize("size", [(0, 0), (20_000, 20_000)])  # The second would fill the memory.
def test_bad_uploads_are_refused_in_words(size):
    content = content_of(Image.new("1", size)) if any(size) else b""
    with pytest.raises(ValueError, match=r"^mine.file \(.* as a photo; send .* 178 megapixels"):
        read_upload(content, "mine.file")
