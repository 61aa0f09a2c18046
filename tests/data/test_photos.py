"""Image files as people have them: wrong suffix, turned, 16-bit, transparent, broken."""

import numpy as np
import pytest
from PIL import Image

from unetlab.data.photos import list_images, load_image

PHOTO = np.random.default_rng(0).integers(0, 256, (6, 9, 3)).astype("uint8")


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "webp"])
def test_lossless_formats_come_back_exactly(tmp_path, suffix):
    Image.fromarray(PHOTO).save(tmp_path / f"photo.{suffix}", lossless=True)
    np.testing.assert_array_equal(load_image(tmp_path / f"photo.{suffix}"), PHOTO)


def test_content_decides_not_the_name(tmp_path):
    Image.fromarray(PHOTO).convert("P").save(tmp_path / "photo.jpg", format="GIF")
    image = load_image(tmp_path / "photo.jpg")
    assert (image.shape, image.dtype) == ((6, 9, 3), np.uint8)


def test_animation_gives_its_first_frame(tmp_path):
    frames = [Image.new("L", (9, 6), grey) for grey in (10, 200)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    np.testing.assert_allclose(load_image(tmp_path / "moving.gif"), 10)


def test_phone_photos_come_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # "Turn a quarter clockwise to show."
    Image.fromarray(PHOTO).save(tmp_path / "phone.png", exif=exif)
    np.testing.assert_array_equal(load_image(tmp_path / "phone.png"), np.rot90(PHOTO, -1))


def test_sixteen_bits_are_scaled_not_cut(tmp_path):
    grey = np.array([[0, 32768, 65535]], "uint16")
    Image.fromarray(grey).save(tmp_path / "deep.png")
    np.testing.assert_allclose(load_image(tmp_path / "deep.png")[0, :, 0], [0, 127, 255], atol=1)


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "LA"])
def test_every_colour_mode_becomes_rgb(tmp_path, mode):
    name = "photo.jpg" if mode == "CMYK" else "photo.png"
    Image.fromarray(PHOTO).convert(mode).save(tmp_path / name)
    assert load_image(tmp_path / name).shape == (6, 9, 3)


def test_transparency_is_put_on_white(tmp_path):
    Image.new("RGBA", (2, 2), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert (load_image(tmp_path / "clear.png") == 255).all()


@pytest.mark.parametrize("content", ["cut", "empty", "text"])
def test_a_bad_file_is_named(tmp_path, content):
    path = tmp_path / "bad.jpg"
    Image.fromarray(PHOTO.repeat(20, 0).repeat(20, 1)).save(path)
    whole = path.read_bytes()
    path.write_bytes({"cut": whole[: len(whole) // 2], "empty": b"", "text": b"no image"}[content])
    with pytest.raises(ValueError, match=r"bad\.jpg \(\d+ bytes\) cannot be read as an image"):
        load_image(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.jpg is not a file"):
        load_image(tmp_path / "none.jpg")


def test_listing_takes_images_by_name_in_order(tmp_path):
    for name in ("b.JPG", "a ü.png", "notes.txt", "c.webp"):
        (tmp_path / name).touch()
    assert [path.name for path in list_images(tmp_path)] == ["a ü.png", "b.JPG", "c.webp"]


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no image among its 0 files"):
        list_images(tmp_path)
