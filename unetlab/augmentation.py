"""Augmentation: one random draw moves image and mask together.

TensorFlow draws; all geometry of a draw is one affine map and all colour one 3x3 matrix. OpenCV
applies them: TensorFlow's own operations take several times as long.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import tensorflow as tf

# Brightness as the eye weighs red, green and blue (ITU-R BT.601, section 2.5.1).
LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class Augmentation:
    """The ranges that random draws are taken from; the defaults suit photos of animals.

    Attributes:
        flip: whether to mirror every second image left to right.
        rotation: largest turn to either side, in degrees.
        zoom: smallest and largest magnification.
        shift: largest move in each direction, as a share of the side.
        brightness: smallest and largest factor of all values.
        contrast: smallest and largest factor of the distance from the image's mean grey.
        saturation: smallest and largest factor of the distance from grey.
        hue: largest turn of the colour circle to either side, in degrees.
        shear: largest slant of upright lines to either side, in degrees.

    Raises:
        ValueError: the shift is no share, or a factor is below 0.

    Example:
        >>> Augmentation(flip=False, rotation=5.0).zoom
        (0.8, 1.3)
    """

    flip: bool = True
    rotation: float = 15.0
    zoom: tuple[float, float] = (0.8, 1.3)
    shift: float = 0.1
    brightness: tuple[float, float] = (0.8, 1.2)
    contrast: tuple[float, float] = (0.8, 1.2)
    saturation: tuple[float, float] = (0.7, 1.3)
    hue: float = 10.0
    shear: float = 0.0

    def __post_init__(self):
        if not 0 <= self.shift < 1:
            raise ValueError(
                f"shift is {self.shift}, expected a share of the side, 0..1: divide pixels by the "
                "side."
            )
        factors = (*self.brightness, *self.contrast, *self.saturation)
        if min(factors) < 0:
            raise ValueError(
                f"brightness, contrast and saturation are {factors}, expected factors from 0 on: "
                "1 changes nothing, (0.8, 1.2) a little; nothing is added."
            )


# What the cat article does to its photos.
CAT_AUGMENTATION = Augmentation(
    zoom=(0.9, 1.25),
    brightness=(0.7, 1.3),
    contrast=(1, 1),
    saturation=(1, 1),
    hue=0.0,
    shear=6.0,
)


def augment(images, masks, seed, augmentation: Augmentation = Augmentation()):
    """Draw once for each image of a batch, and move image and mask by that one draw.

    Ground that comes into view at the borders mirrors the image, in image and mask alike. The mask
    is resampled by nearest neighbour: no label is invented.

    Args:
        images: uint8 or float [B, H, W, 3], 0..255.
        masks: integer [B, H, W, 1], class ids from 0.
        seed: int [2]; the same seed gives the same draws, whatever runs beside it.
        augmentation: the ranges.

    Returns:
        Images float32 [B, H, W, 3], 0..255, and masks of the given dtype [B, H, W, 1].

    Raises:
        InvalidArgumentError: images and masks are not of one size.

    Example:
        >>> images, masks = tf.zeros([2, 8, 8, 3]), tf.ones([2, 8, 8, 1], tf.uint8)
        >>> images, masks = augment(images, masks, seed=(1, 2))
        >>> images.dtype.name, masks.dtype.name, masks.shape
        ('float32', 'uint8', TensorShape([2, 8, 8, 1]))
    """
    images, masks = tf.convert_to_tensor(images), tf.convert_to_tensor(masks)
    shape = tf.shape(images)
    # A mask of another size would be moved by another map, and nobody would see it.
    tf.debugging.assert_equal(tf.shape(masks)[:3], shape[:3], "images and masks differ in size")
    place_seed, colour_seed = tf.unstack(tf.random.split(seed, 2))
    maps = _draw_affine_maps(shape[0], shape[1], shape[2], place_seed, augmentation)
    draws = (maps, *_draw_colours(shape[0], colour_seed, augmentation))
    types = tf.float32, masks.dtype
    changed = tf.numpy_function(_change, [images, masks, *draws], types, stateful=False)
    return tuple(map(tf.ensure_shape, changed, (images.shape, masks.shape)))


def _draw_affine_maps(count, height, width, seed, augmentation: Augmentation):
    seeds = iter(tf.unstack(tf.random.split(seed, 5)))

    def draw(low, high):
        return tf.random.stateless_uniform([count], next(seeds), low, high)

    mirrored = tf.where(draw(0, 1) < (0.5 if augmentation.flip else 0.0), -1.0, 1.0)
    turn = math.radians(augmentation.rotation)
    angle = draw(-turn, turn)
    # Drawn on a logarithmic scale: making twice as large is as likely as making half as large.
    zoom = tf.exp(draw(*(math.log(limit) for limit in augmentation.zoom)))
    height, width = tf.cast(height, tf.float32), tf.cast(width, tf.float32)
    centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
    shift_x = draw(-augmentation.shift, augmentation.shift) * width
    shift_y = draw(-augmentation.shift, augmentation.shift) * height
    cos, sin = tf.cos(angle), tf.sin(angle)
    # From a pixel of the result back to where it is read: around the centre, then shifted.
    a, b, c, d = cos * mirrored, -sin, sin * mirrored, cos
    if augmentation.shear:
        # A seed of its own, so that the other draws stay what they are without it.
        limit = math.radians(augmentation.shear)
        own_seed = tf.random.experimental.stateless_fold_in(seed, 5)
        slant = tf.tan(tf.random.stateless_uniform([count], own_seed, -limit, limit))
        b, d = b + a * slant, d + c * slant
    a, b, c, d = a / zoom, b / zoom, c / zoom, d / zoom
    x = centre_x - a * centre_x - b * centre_y + shift_x
    y = centre_y - c * centre_x - d * centre_y + shift_y
    return tf.reshape(tf.stack([a, b, x, c, d, y], axis=1), [-1, 2, 3])


def _draw_colours(count, seed, augmentation: Augmentation):
    seeds = iter(tf.unstack(tf.random.split(seed, 4)))

    def draw(low, high):
        return tf.random.stateless_uniform([count, 1, 1], next(seeds), low, high)

    matrices = draw(*augmentation.brightness) * tf.matmul(
        _hue_matrices(draw(-augmentation.hue, augmentation.hue)),
        _saturation_matrices(draw(*augmentation.saturation)),
    )
    return matrices, draw(*augmentation.contrast)[:, 0, 0]


def _change(images, masks, maps, matrices, contrasts):
    new_images, new_masks = np.empty_like(images, np.float32), np.empty_like(masks)
    for number, (move, matrix, contrast) in enumerate(zip(maps, matrices, contrasts, strict=True)):
        image = _warp(np.float32(images[number]), move, cv2.INTER_LINEAR)
        new_images[number] = _recolour(image, matrix, contrast)
        # OpenCV knows no integers of 64 bits, and drops the axis of a single channel.
        mask = _warp(np.int32(masks[number]), move, cv2.INTER_NEAREST)
        new_masks[number] = mask[..., None]
    return new_images, new_masks


def _warp(image, move, interpolation):
    flags = interpolation | cv2.WARP_INVERSE_MAP
    size = image.shape[1::-1]
    return cv2.warpAffine(image, move, size, flags=flags, borderMode=cv2.BORDER_REFLECT)


def _recolour(image, matrix, contrast):
    # The mean grey of the new colours is that of the new mean colour.
    grey = (matrix @ cv2.mean(image)[:3]).mean()
    matrix = np.column_stack([contrast * matrix, np.full(3, (1 - contrast) * grey)])
    return cv2.transform(image, matrix).clip(0, 255)


def _saturation_matrices(factors):
    return factors * tf.eye(3) + (1 - factors) * tf.constant([LUMA] * 3)


def _hue_matrices(degrees):
    # A turn about the grey axis (1, 1, 1) by Rodrigues' formula: grey stays grey.
    radians = degrees * (math.pi / 180)
    cross = tf.constant([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)
    return (
        tf.cos(radians) * tf.eye(3)
        + tf.sin(radians) * cross
        + (1 - tf.cos(radians)) / 3 * tf.ones([3, 3])
    )
