"""Cut-outs keep the subject's pixels, lose the old background, and go through a PNG unchanged."""

import cv2
import numpy as np
import pytest
from PIL import Image

from unetlab.photo import cut_out, put_on


@pytest.fixture(scope="module")
def mixture():
    """A textured brown subject with a soft edge before a bright green ground; all parts known."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[:120, :160]
    alpha = np.clip(0.5 + (45 - np.hypot(x - 80, y - 60)) / 10, 0, 1)[..., None]
    subject = np.float32([120, 70, 40]) + cv2.blur(random.normal(0, 40, (120, 160, 3)), (5, 5))
    ground = np.float32([60, 230, 60]) + cv2.blur(random.normal(0, 40, (120, 160, 3)), (9, 9))
    image = np.uint8(np.clip(alpha * subject + (1 - alpha) * ground, 0, 255).round())
    return image, np.float32(alpha), subject


def test_the_old_background_leaves_the_edge(mixture):
    image, alpha, subject = mixture
    edge = ((alpha > 0.1) & (alpha < 0.9))[..., 0]
    on_white = put_on(cut_out(image, alpha), (255, 255, 255))[edge]
    true = (alpha * subject + (1 - alpha) * 255)[edge]
    with_old_colours = (alpha * image + (1 - alpha) * 255.0)[edge]
    error, error_before = np.abs(on_white - true).mean(), np.abs(with_old_colours - true).mean()
    assert error < 0.4 * error_before


def test_opaque_pixels_keep_their_colours_bit_for_bit(mixture):
    image, alpha, _ = mixture
    found = cut_out(image, alpha)
    opaque = alpha[..., 0] == 1
    assert opaque.any()
    np.testing.assert_array_equal(found[opaque][:, :3], image[opaque])
    np.testing.assert_array_equal(found[..., 3], np.round(alpha[..., 0] * 255))


def test_through_a_png_and_onto_a_colour_as_pillow_lays_it(mixture, tmp_path):
    image, alpha, _ = mixture
    found = cut_out(image, alpha)
    Image.fromarray(found).save(tmp_path / "chair.png")
    with Image.open(tmp_path / "chair.png") as file:
        again = np.asarray(file)
        over = Image.alpha_composite(Image.new("RGBA", file.size, (10, 20, 200, 255)), file)
    np.testing.assert_array_equal(again, found)
    ours = put_on(found, (10, 20, 200)).astype(int)
    assert np.abs(ours - np.asarray(over)[..., :3]).max() <= 1
