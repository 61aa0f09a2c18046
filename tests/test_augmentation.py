"""Augmentation keeps image and mask in step and invents no label."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from skimage import data, transform

from unetlab.augmentation import Augmentation, augment

NO_AUGMENTATION = Augmentation(False, 0.0, (1, 1), 0.0, (1, 1), (1, 1), (1, 1), 0.0)
ONLY_MOVES = Augmentation(brightness=(1, 1), contrast=(1, 1), saturation=(1, 1), hue=0.0)
# One grey for each class, so far apart that the class can be read off the image.
GREYS = np.array([20.0, 120.0, 220.0], "float32")


def quadrant_masks(count, size=32):
    """Masks of large patches of three classes, no two alike."""
    rng = np.random.default_rng(0)
    patches = rng.integers(0, 3, (count, 4, 4, 1)).astype("uint8")
    return patches.repeat(size // 4, 1).repeat(size // 4, 2)


def share_in_step(images, masks):
    """Share of pixels inside patches whose grey is that of their class."""
    images, masks = np.asarray(images)[..., :1], np.asarray(masks)
    # Between patches the image is blended and the mask is not, so only uniform places are judged.
    high = tf.nn.max_pool2d(images, 3, 1, "SAME").numpy()
    low = -tf.nn.max_pool2d(-images, 3, 1, "SAME").numpy()
    inside = high - low < 1
    return (np.abs(images - GREYS[masks]) < 1)[inside].mean()


@pytest.mark.parametrize(
    "move",
    [{"flip": True}, {"rotation": 40.0}, {"zoom": (0.6, 1.8)}, {"shift": 0.3}, {"shear": 30.0}],
    ids=str,
)
def test_image_and_mask_move_together(move):
    augmentation = replace(NO_AUGMENTATION, **move)
    masks = quadrant_masks(64)
    images, moved = augment(GREYS[masks].repeat(3, -1), masks, (1, 2), augmentation)
    assert (moved.numpy() != masks).any(axis=(1, 2, 3)).mean() > 0.3
    assert share_in_step(images, moved) == 1.0


def test_moves_as_scikit_image_does():
    # An image of its own coordinates tells where each pixel of the result was read.
    y, x = np.mgrid[:60, :80].astype("float32")
    photo = transform.resize(data.chelsea(), (60, 80), anti_aliasing=True, preserve_range=True)
    mask = (photo[..., :1] > 130).astype("int64")
    moves = replace(NO_AUGMENTATION, rotation=30.0, zoom=(0.7, 1.2), shift=0.2)
    places, _ = augment(np.stack([x, y, 0 * x], -1)[None], mask[None], (1, 2), moves)
    moved, moved_mask = augment(photo[None].astype("float32"), mask[None], (1, 2), moves)

    inside = places.numpy()[0, 25:35, 35:45, :2].reshape(-1, 2)
    here = np.stack([x, y, np.ones_like(x)], -1)[25:35, 35:45].reshape(-1, 3)
    matrix = np.vstack([np.linalg.lstsq(here, inside, rcond=None)[0].T, [0, 0, 1]])
    options = {"mode": "symmetric", "preserve_range": True}
    expected = transform.warp(photo, matrix, order=1, **options)
    expected_mask = transform.warp(mask[..., 0], matrix, order=0, **options)

    # Some versions of OpenCV round places to a 32nd of a pixel.
    assert np.abs(moved[0] - expected).mean() < 0.3
    assert (moved_mask.numpy()[0, ..., 0] != expected_mask).mean() < 0.01
    assert np.abs(moved[0] - photo).mean() > 10
    assert moved_mask.dtype == tf.int64


def test_flip_mirrors_half_of_the_images_exactly():
    images = np.random.default_rng(0).integers(0, 256, (200, 4, 6, 3)).astype("uint8")
    flipped, _ = augment(images, images[..., :1], (7, 8), replace(NO_AUGMENTATION, flip=True))
    mirrored = np.isclose(flipped, images[:, :, ::-1], atol=0.01).all(axis=(1, 2, 3))
    same = np.isclose(flipped, images, atol=0.01).all(axis=(1, 2, 3))
    assert (mirrored | same).all()
    assert 60 < mirrored.sum() < 140


@pytest.mark.parametrize(
    ("change", "by_hand"),
    [
        ({"brightness": (0.5, 0.5)}, lambda x: x * 0.5),
        ({"contrast": (0.5, 0.5)}, lambda x: (x + x.mean()) / 2),
        (
            {"saturation": (0.0, 0.0)},
            lambda x: (x @ [0.299, 0.587, 0.114])[..., None].repeat(3, -1),
        ),
    ],
    ids=["brightness", "contrast", "saturation"],
)
def test_colour_changes_by_hand(change, by_hand):
    image = np.random.default_rng(0).uniform(0, 255, (1, 4, 4, 3)).astype("float32")
    changed, _ = augment(
        image, np.zeros([1, 4, 4, 1], "uint8"), (1, 1), replace(NO_AUGMENTATION, **change)
    )
    np.testing.assert_allclose(changed, by_hand(image), atol=0.05)


def test_hue_turns_colours_and_leaves_grey():
    augmentation = replace(NO_AUGMENTATION, hue=90.0)
    colours = np.array([[255.0, 0, 0], [90, 90, 90]], "float32").reshape(1, 1, 2, 3).repeat(50, 0)
    changed, _ = augment(colours, np.zeros([50, 1, 2, 1], "uint8"), (1, 1), augmentation)
    np.testing.assert_allclose(changed[:, :, 1], colours[:, :, 1], atol=0.05)
    assert np.abs(changed[:, 0, 0] - colours[:, 0, 0]).max() > 50


def test_values_stay_in_range_and_draws_differ():
    images = np.random.default_rng(0).integers(0, 256, (1, 16, 16, 3)).astype("uint8").repeat(8, 0)
    changed, _ = augment(images, images[..., :1], (1, 2))
    assert changed.numpy().min() >= 0
    assert changed.numpy().max() <= 255
    assert len({part.tobytes() for part in changed.numpy()}) == 8


def test_shear_slants_upright_lines_and_leaves_rows():
    stripe = np.zeros([24, 41, 41, 3], np.float32)
    stripe[:, :, 20] = 200
    sheared, _ = augment(
        stripe, np.zeros([24, 41, 41, 1], np.uint8), (5, 6), replace(NO_AUGMENTATION, shear=20.0)
    )
    columns = sheared.numpy()[..., 0].argmax(axis=2)
    np.testing.assert_array_equal(columns[:, 20], 20)  # The middle row stays.
    slants = columns[:, 0] - columns[:, 40]
    assert np.abs(slants).max() <= 2 * 20 * np.tan(np.radians(20)) + 1
    assert slants.min() < -8 and slants.max() > 8
