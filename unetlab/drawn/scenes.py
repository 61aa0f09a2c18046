"""Drawn scenes with exact masks: the sample used when no real data is at hand."""

from functools import partial

import cv2
import numpy as np
import tensorflow as tf

from unetlab.checks import height_and_width
from unetlab.drawn.cars import draw_car
from unetlab.drawn.chairs import draw_chair
from unetlab.drawn.grounds import WHOLE_FRAME, paint_ground
from unetlab.drawn.paint import cast_shadow, develop, lay_over, render
from unetlab.drawn.pets import draw_pet
from unetlab.drawn.plans import plan_scene

DRAWINGS = {
    "pets": draw_pet,
    "cars": draw_car,
    "chairs": draw_chair,
    "cats": partial(draw_pet, species="cat"),
}
PET, BACKGROUND, BORDER = 0, 1, 2


def draw_scene(kind, image_size=256, seed=0):
    """Draw one scene, uint8 [H, W, 3], and its exact mask, uint8 [H, W, 1]: 1 for the subject.

    The kind is a key of `DRAWINGS`. Geometry is drawn in unit coordinates, so a seed (a whole
    number, or several) gives the same scene at every size.
    """
    size, drawing, scene = _plan(kind, image_size, seed)
    colours, coverage = render(drawing, size, scene.placement, scene.light)
    image = cast_shadow(paint_ground(scene, size), coverage, scene)
    image = lay_over(image, colours, coverage)
    for thing in scene.in_front:
        colours, hidden = render(thing, size, WHOLE_FRAME, scene.light)
        image = lay_over(image, colours, hidden)
        coverage = coverage * (1 - hidden)
    return develop(image, scene), np.uint8(coverage >= 0.5)[..., None]


def _plan(kind, image_size, seed):
    """Give the size, the drawing and the plan of a scene."""
    # Each kind has scenes of its own, whatever the seed.
    random_generator = np.random.default_rng([*np.atleast_1d(seed), list(DRAWINGS).index(kind)])
    drawing = DRAWINGS[kind](random_generator)
    return height_and_width(image_size), drawing, plan_scene(kind, drawing, random_generator)


def draw_ground(kind, image_size=256, seed=0):
    """Draw the ground of a scene, and nothing that stands on it: uint8 [height, width, 3]."""
    size, _, scene = _plan(kind, image_size, seed)
    return np.uint8(np.clip(paint_ground(scene, size), 0, 255))


def trimap(mask, border=0.015):
    """Turn a subject mask [H, W, 1] into a trimap: 0 pet, 1 background, 2 a band along the outline.

    The ids are those of the Oxford-IIIT Pet annotations, counted from 0; the band's width on each
    side of the outline is a share of the image's larger side.
    """
    subject = (mask.reshape(mask.shape[:2]) != 0).astype(np.uint8)
    reach = max(1, round(border * max(subject.shape)))
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    ids = np.full(subject.shape, BORDER, np.uint8)
    ids[cv2.erode(subject, disk) == 1] = PET
    ids[cv2.dilate(subject, disk) == 0] = BACKGROUND
    return ids[..., None]


def load_shapes(kind="pets", count=100, image_size=256, seed=0):
    """Give `count` drawn scenes as a `tf.data.Dataset` that draws each one when it is asked for.

    Scene i depends on (seed, i) only, so a longer data set starts with the shorter one.

    Args:
        kind: "pets" (cats and dogs; masks are trimaps: 0 pet, 1 background, 2 border), or "cats",
            "cars" or "chairs" (masks are 0 background, 1 subject).
        count: number of scenes.
        image_size: pixels, one int for a square or (height, width).
        seed: whole number >= 0.

    Returns:
        tf.data.Dataset of (image uint8 [height, width, 3], mask uint8 [height, width, 1]).

    Example:
        >>> scenes = load_shapes("cars", count=2, image_size=64)
        >>> [image.shape.as_list() for image, mask in scenes]
        [[64, 64, 3], [64, 64, 3]]
    """
    seeds = tf.data.Dataset.range(count).map(lambda i: tf.stack([seed, i]))
    return _draw_each(kind, seeds, image_size, trimap if kind == "pets" else None)


def draw_examples(kind, names, image_size) -> tf.data.Dataset:
    """Draw one scene for each name, `drawnSEED` with or without `_VIEW`, when it is asked for."""
    seeds = [[int(name.removeprefix("drawn").partition("_")[0])] for name in names]
    return _draw_each(kind, tf.data.Dataset.from_tensor_slices(seeds), image_size)


def _draw_each(kind, seeds, image_size, change_mask=None) -> tf.data.Dataset:
    size = height_and_width(image_size)

    def draw(seed):
        image, mask = draw_scene(kind, size, seed)
        return image, change_mask(mask) if change_mask else mask

    def example(seed):
        image, mask = tf.numpy_function(draw, [seed], [tf.uint8] * 2)
        return tf.ensure_shape(image, [*size, 3]), tf.ensure_shape(mask, [*size, 1])

    return seeds.map(example, num_parallel_calls=tf.data.AUTOTUNE)
