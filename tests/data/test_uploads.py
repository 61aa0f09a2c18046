"""Uploads come out upright and in RGB, or are refused in words."""

import io

import numpy as np
import pytest
from PIL import Image

from unetlab.data.uploads import read_upload


def content_of(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def noise(height, width):
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8))


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_pixels_come_through(kind):
    image, note = read_upload(content_of(noise(20, 30), kind), "a")
    np.testing.assert_array_equal(image, np.asarray(noise(20, 30)))
    assert note == ""


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "CMYK", "1", "I;16"])
def test_other_modes_become_rgb(mode):
    if mode == "I;16":
        photo = Image.fromarray(np.full([20, 30], 65535, np.uint16))
    else:
        photo = Image.new("RGB", (30, 20), "white").convert(mode)
    kind = "TIFF" if mode == "CMYK" else "PNG"
    image, _ = read_upload(content_of(photo, kind), "a")
    assert image.shape == (20, 30, 3) and image.dtype == np.uint8
    assert image.min() == 255


def test_transparency_is_put_on_white():
    image, _ = read_upload(content_of(Image.new("RGBA", (30, 20), (9, 9, 9, 0))), "a")
    assert image.min() == 255


def test_phone_photos_come_out_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    image, _ = read_upload(content_of(noise(20, 30), "JPEG", exif=exif), "a")
    assert image.shape == (30, 20, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_hundred_megapixels_are_read_smaller_and_said_to_be(kind):
    photo = Image.new("RGB", (12_000, 8_500), (10, 200, 30))
    image, note = read_upload(content_of(photo, kind), "huge")
    assert 8_000_000 < image.shape[0] * image.shape[1] <= 12_100_000
    assert image.shape[1] / image.shape[0] == pytest.approx(12_000 / 8_500, rel=0.01)
    assert "102 megapixels" in note


@pytest.mark.parametrize("kind", ["I;16", "F"])
def test_large_photos_of_deep_greys_are_shrunk_upright(kind):
    values = np.zeros([3000, 4100], np.float32)
    values[:, :1025] = 1  # White on the left, which is the top of the photo turned upright.
    photo = Image.fromarray(values if kind == "F" else np.uint16(values * 65535))
    exif = Image.Exif()
    exif[0x0112] = 6
    content = content_of(photo, "TIFF" if kind == "F" else "PNG", exif=exif)
    image, note = read_upload(content, "deep")
    assert image.shape[0] > image.shape[1] and "12 megapixels" in note
    assert image[:900].min() == 255 and image[1200:].max() == 0


def broken_jpeg():
    return content_of(noise(200, 200), "JPEG")[:3000]


def broken_png():
    content = bytearray(content_of(noise(50, 50)))
    content[200:400] = bytes(200)
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7 ...", "cannot be read as a photo"),
        (b"", "0 bytes"),
        (broken_jpeg(), "cannot be read as a photo"),
        (broken_png(), "cannot be read as a photo"),
        (content_of(Image.new("RGB", (1, 1))), "is 1 x 1 pixels"),
        (content_of(Image.new("1", (20_000, 20_000))), "more than 178 megapixels.*send it smaller"),
        (content_of(Image.new("1", (18_500, 10_000))), "more than 178 megapixels.*send it smaller"),
        (content_of(Image.new("RGB", (30, 20)), "EPS"), "cannot be read as a photo"),
    ],
)
def test_bad_uploads_are_refused_in_words(content, words):
    with pytest.raises(ValueError, match=f"^mine.file.*{words}"):
        read_upload(content, "mine.file")
