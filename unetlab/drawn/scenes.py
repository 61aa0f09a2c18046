"""Drawn scenes with exact masks: the sample used when no real data is at hand.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import re
from collections.abc import Sequence
from functools import partial

import cv2
import numpy as np
import tensorflow as tf

from unetlab.arguments import check_count, is_number
from unetlab.checks import height_and_width
from unetlab.drawn.cars import draw_car
from unetlab.drawn.chairs import draw_chair, draw_stool
from unetlab.drawn.grounds import WHOLE_FRAME, paint_ground
from unetlab.drawn.paint import cast_shadow, develop, lay_over, render
from unetlab.drawn.pets import draw_pet
from unetlab.drawn.plans import plan_scene

# A kind's place is part of its scenes' seed, so that a new one comes last.
DRAWINGS = {
    "pets": draw_pet,
    "cars": draw_car,
    "chairs": draw_chair,
    "cats": partial(draw_pet, species="cat"),
    "dogs": partial(draw_pet, species="dog"),
    "stools": draw_stool,
}
KINDS = tuple(DRAWINGS)
PET, BACKGROUND, BORDER = 0, 1, 2
SMALLEST_SCENE = 16  # Pixels of a side.


def draw_scene(kind, image_size=256, seed=0):
    """Draw one scene and its exact mask.

    Geometry is drawn in unit coordinates, so a seed gives the same scene at every size.

    Args:
        kind: "pets" (cats and dogs), "cats", "cars", "chairs", "dogs" or "stools"; or several of
            them, each once, such as ("chairs", "cats"): one of each then stands in the scene.
        image_size: pixels, one int for a square or (height, width), each at least 16.
        seed: whole number >= 0, or a sequence of them; another seed is another scene.

    Returns:
        The image, uint8 [height, width, 3], RGB in 0..255, and its mask, uint8 [height, width, 1],
        0 = background, 1 = subject; of several kinds 1 is the first, 2 the second, so that the
        class names are `("background", *kind)`.

    Raises:
        ValueError: if `kind` is unknown, or `image_size` or `seed` is out of range.

    Example:
        >>> image, mask = draw_scene("pets", image_size=64, seed=7)
        >>> image.shape, mask.shape, np.unique(mask).tolist()
        ((64, 64, 3), (64, 64, 1), [0, 1])
        >>> np.unique(draw_scene(("chairs", "cats", "cars"), 64)[1]).tolist()
        [0, 1, 2, 3]
    """
    size, drawings, scene = _plan(kind, image_size, seed)
    image = paint_ground(scene, size)
    coverages = np.zeros((len(drawings), *size), np.float32)
    for number, placement, baseline in scene.places:
        colours, coverage = render(drawings[number], size, placement, scene.light)
        image = cast_shadow(image, coverage, scene, baseline)
        image = lay_over(image, colours, coverage)
        coverages *= 1 - coverage
        coverages[number] = coverage
    for thing in scene.in_front:
        colours, hidden = render(thing, size, WHOLE_FRAME, scene.light)
        image = lay_over(image, colours, hidden)
        coverages *= 1 - hidden
    # A pixel is of what covers most of it; the background comes last, and loses where it is even.
    shares = np.concatenate([coverages, 1 - coverages.sum(axis=0, keepdims=True)])
    ids = (shares.argmax(axis=0) + 1) % len(shares)
    return develop(image, scene), ids.astype(np.uint8)[..., None]


def _plan(kind, image_size, seed):
    """Give the size, the drawings and the plan of a scene."""
    kinds = check_kinds(kind)
    size = height_and_width(image_size, SMALLEST_SCENE)
    numbers = [KINDS.index(one) for one in kinds]
    random_generator = np.random.default_rng([*_seed_numbers(seed), *numbers])
    drawings = [DRAWINGS[one](random_generator) for one in kinds]
    for place, one in enumerate(kinds):
        # A face close by fills the frame: it has no place in a group.
        while len(kinds) > 1 and drawings[place].close_up:
            drawings[place] = DRAWINGS[one](random_generator)
    return size, drawings, plan_scene(kinds, drawings, random_generator)


def draw_ground(kind, image_size=256, seed=0):
    """Draw the ground of a scene, and nothing that stands on it.

    Args:
        kind: as in `draw_scene`.
        image_size: as in `draw_scene`.
        seed: as in `draw_scene`.

    Returns:
        uint8 [height, width, 3], RGB in 0..255.

    Raises:
        ValueError: as in `draw_scene`.

    Example:
        >>> draw_ground("pets", image_size=32, seed=7).shape
        (32, 32, 3)
    """
    size, _, scene = _plan(kind, image_size, seed)
    return np.uint8(np.clip(paint_ground(scene, size), 0, 255))


def trimap(mask, border=0.015):
    """Turn a subject mask into a trimap: 0 pet, 1 background, 2 a border band along the outline.

    The ids are those of the Oxford-IIIT Pet annotations, counted from 0.

    Args:
        mask: integer or bool [height, width] or [height, width, 1], nonzero = subject.
        border: width of the band on each side of the outline, as a fraction of the larger
            side of the image, in 0..0.5; never thinner than 1 pixel.

    Returns:
        uint8 [height, width, 1] with the ids 0, 1 and 2.

    Raises:
        ValueError: if the shape of `mask` or the value of `border` is not as above.

    Example:
        >>> mask = np.zeros((6, 6), np.uint8)
        >>> mask[:, 3:] = 1
        >>> trimap(mask)[0, :, 0].tolist()
        [1, 1, 2, 2, 0, 0]

    Source: Parkhi, Vedaldi, Zisserman and Jawahar, "Cats and Dogs", CVPR 2012.
    """
    mask = np.asarray(mask)
    flat = mask.ndim in (2, 3) and mask.shape[2:] in ((), (1,))
    if not flat or mask.size == 0 or mask.dtype.kind not in "bui":
        raise ValueError(
            f"mask has shape {mask.shape} of {mask.dtype}, expected integer or bool [height, "
            "width] or [height, width, 1]: "
            "pass one mask at a time."
        )
    if not is_number(border) or not 0 <= border <= 0.5:
        raise ValueError(
            f"border is {border}, expected a fraction of the image side in 0..0.5: "
            "divide a width in pixels by the larger side."
        )
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
        kind: "pets" (masks are trimaps: 0 pet, 1 background, 2 border), or another kind or several
            as in `draw_scene`, with its masks.
        count: number of scenes, at least 1.
        image_size: pixels, one int for a square or (height, width), each at least 16.
        seed: whole number >= 0.

    Returns:
        tf.data.Dataset of (image uint8 [height, width, 3], mask uint8 [height, width, 1]).

    Raises:
        ValueError: if `kind` is unknown, or another argument is out of range.

    Example:
        >>> scenes = load_shapes("cars", count=2, image_size=64)
        >>> [image.shape.as_list() for image, mask in scenes]
        [[64, 64, 3], [64, 64, 3]]
    """
    numbers = tf.constant(_seed_numbers(seed), tf.int64)
    check_count("count", count)
    seeds = tf.data.Dataset.range(count).map(lambda i: tf.concat([numbers, [i]], 0))
    return _draw_each(kind, seeds, image_size, trimap if kind == "pets" else None)


def draw_examples(
    kind: str, names: Sequence[str], image_size: int | tuple[int, int]
) -> tf.data.Dataset:
    """Draw one scene for each name, when it is asked for.

    Args:
        kind: as in `draw_scene`.
        names: `drawnNUMBER`, with or without `_VIEW` behind; the number is the scene's seed.
        image_size: height and width in pixels, or one number for both.

    Returns:
        Examples (image uint8 [H, W, 3], mask uint8 [H, W, 1], 0 background and 1 subject).

    Raises:
        ValueError: if `kind` is unknown, or a name or the size is not as above.

    Example:
        >>> [mask.shape for image, mask in draw_examples("chairs", ["drawn0007"], 32)]
        [TensorShape([32, 32, 1])]
    """
    bad = [name for name in names if not re.fullmatch(r"drawn\d+(_\d+)?", str(name))]
    if isinstance(names, str) or bad or not len(names):
        raise ValueError(
            f"names is {names!r}, expected one or more like drawn0007 or drawn0007_01: give a list."
        )
    seeds = [[int(name.removeprefix("drawn").partition("_")[0])] for name in names]
    return _draw_each(kind, tf.data.Dataset.from_tensor_slices(seeds), image_size)


def _draw_each(kind, seeds, image_size, change_mask=None) -> tf.data.Dataset:
    check_kinds(kind)
    size = height_and_width(image_size, SMALLEST_SCENE)

    def draw(seed):
        image, mask = draw_scene(kind, size, seed)
        return image, change_mask(mask) if change_mask else mask

    def example(seed):
        image, mask = tf.numpy_function(draw, [seed], [tf.uint8] * 2)
        return tf.ensure_shape(image, [*size, 3]), tf.ensure_shape(mask, [*size, 1])

    return seeds.map(example, num_parallel_calls=tf.data.AUTOTUNE)


def check_kinds(kind) -> tuple[str, ...]:
    """Give the kinds as a tuple of names, or raise.

    Args:
        kind: as in `draw_scene`.

    Returns:
        The names, in order.

    Raises:
        ValueError: a name is unknown or stands twice, or there is none.

    Example:
        >>> check_kinds("cars"), check_kinds(["cars", "cats"])
        (('cars',), ('cars', 'cats'))
    """
    kinds = (kind,) if isinstance(kind, str) or not isinstance(kind, Sequence) else tuple(kind)
    if not kinds or any(one not in KINDS for one in kinds):
        raise ValueError(f"kind is {kind!r}, expected one of {', '.join(KINDS)}: pick one of them.")
    if len(set(kinds)) < len(kinds):
        raise ValueError(f"kind is {kind!r}, expected each name once: a class needs one name.")
    return kinds


def _seed_numbers(seed):
    numbers = np.atleast_1d(seed)
    if numbers.dtype.kind not in "iu" or numbers.ndim != 1 or (numbers < 0).any():
        raise ValueError(
            f"seed is {seed!r}, expected a whole number >= 0 (or a sequence of them): "
            "pass for example 0."
        )
    return [int(number) for number in numbers]
