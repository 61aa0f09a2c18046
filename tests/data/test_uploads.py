"""Uploads come out upright and in RGB, or are refused in words."""

import io

import numpy as np
import pytest
from PIL import Image

from unetlab.data.uploads import read_upload

ON_ITS_SIDE = Image.Exif()
ON_ITS_SIDE[0x0112] = 6


def content_of(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def noise(height, width):
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8))


def test_pixels_come_through_upright():
    image, note = read_upload(content_of(noise(20, 30)), "a")
    np.testing.assert_array_equal(image, np.asarray(noise(20, 30)))
    assert note == ""
    turned, _ = read_upload(content_of(noise(20, 30), exif=ON_ITS_SIDE), "a")
    np.testing.assert_array_equal(turned, np.rot90(image, -1))


def test_a_hundred_megapixels_are_read_smaller_and_said_to_be():
    photo = Image.new("RGB", (12_000, 8_500), (10, 200, 30))
    image, note = read_upload(content_of(photo, "JPEG"), "huge")
    assert 8_000_000 < image.shape[0] * image.shape[1] <= 12_100_000
    assert image.shape[1] / image.shape[0] == pytest.approx(12_000 / 8_500, rel=0.01)
    assert "102 megapixels" in note


def test_a_large_photo_of_deep_greys_is_shrunk_upright():
    values = np.zeros([3000, 4100], np.uint16)
    values[:, :1025] = 65535  # White on the left, which is the top of the photo turned upright.
    image, note = read_upload(content_of(Image.fromarray(values), exif=ON_ITS_SIDE), "deep")
    assert image.shape[0] > image.shape[1] and "12 megapixels" in note
    assert image[:900].min() == 255 and image[1200:].max() == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        content_of(noise(200, 200), "JPEG")[:3000],
        content_of(Image.new("1", (20_000, 20_000))),  # It would fill the memory.
        content_of(Image.new("RGB", (30, 20)), "EPS"),
    ],
    ids=["nothing", "cut short", "huge", "EPS"],
)
def test_bad_uploads_are_refused_in_words(content):
    with pytest.raises(ValueError, match=r"^mine.file \(.* as a photo; send .* 178 megapixels"):
        read_upload(content, "mine.file")
