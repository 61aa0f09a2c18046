"""Drawn pets, cars and chairs with exact masks: the sample used when no real data is at hand."""

import cv2
import numpy as np
import tensorflow as tf

from unetlab.draw_cars import draw_car
from unetlab.draw_chairs import draw_chair
from unetlab.draw_pets import draw_pet
from unetlab.grounds import WHOLE_FRAME, paint_ground
from unetlab.image_size import height_and_width
from unetlab.light import cast_shadow, photograph
from unetlab.rendering import lay_over, render
from unetlab.scenes import plan_scene

DRAWINGS = {"pets": draw_pet, "cars": draw_car, "chairs": draw_chair}
KINDS = tuple(DRAWINGS)
PET, BACKGROUND, BORDER = 0, 1, 2
SMALLEST = 16


def draw_scene(kind, image_size=256, seed=0):
    """Draw one scene and its exact mask.

    Geometry is drawn in unit coordinates, so a seed gives the same scene at every size.

    Args:
        kind: "pets", "cars" or "chairs".
        image_size: pixels, one int for a square or (height, width), each at least 16.
        seed: whole number >= 0, or a sequence of them; another seed is another scene.

    Returns:
        image: uint8 [height, width, 3], RGB in 0..255.
        mask: uint8 [height, width, 1], 1 = subject, 0 = background.

    Raises:
        ValueError: if `kind` is unknown, or `image_size` or `seed` is out of range.

    Example:
        >>> image, mask = draw_scene("pets", image_size=64, seed=7)
        >>> image.shape, mask.shape, np.unique(mask).tolist()
        ((64, 64, 3), (64, 64, 1), [0, 1])

    Taught in: notebooks/01_pets_segmentation.ipynb
    """
    _check_kind(kind)
    height, width = height_and_width(image_size, SMALLEST)
    random_generator = np.random.default_rng([*_seed_numbers(seed), KINDS.index(kind)])
    drawing = DRAWINGS[kind](random_generator)
    scene = plan_scene(kind, drawing, random_generator)

    image = paint_ground(scene, (height, width))
    subject, coverage = render(drawing, (height, width), scene.placement, scene.light)
    image = cast_shadow(image, coverage, scene)
    image = lay_over(image, subject, coverage)
    for thing in scene.in_front:
        colour, hidden = render(thing, (height, width), WHOLE_FRAME, scene.light)
        image = lay_over(image, colour, hidden)
        coverage = coverage * (1 - hidden)
    image = photograph(image, scene)
    return image, (coverage >= 0.5).astype(np.uint8)[..., None]


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

    Taught in: notebooks/01_pets_segmentation.ipynb
    """
    mask = np.asarray(mask)
    if mask.ndim not in (2, 3) or mask.shape[2:] not in ((), (1,)) or mask.size == 0:
        raise ValueError(
            f"mask has shape {mask.shape}, expected [height, width] or [height, width, 1]: "
            "pass one mask at a time."
        )
    if not 0 <= border <= 0.5:
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
        kind: "pets" (masks are trimaps: 0 pet, 1 background, 2 border), or "cars" or "chairs"
            (masks are 0 background, 1 subject).
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

    Taught in: notebooks/01_pets_segmentation.ipynb
    """
    _check_kind(kind)
    height, width = height_and_width(image_size, SMALLEST)
    numbers = _seed_numbers(seed)
    if count < 1:
        raise ValueError(f"count is {count}, expected at least 1: ask for one scene or more.")

    def draw_all():
        for i in range(count):
            image, mask = draw_scene(kind, (height, width), (*numbers, i))
            yield image, trimap(mask) if kind == "pets" else mask

    signature = (
        tf.TensorSpec((height, width, 3), tf.uint8),
        tf.TensorSpec((height, width, 1), tf.uint8),
    )
    scenes = tf.data.Dataset.from_generator(draw_all, output_signature=signature)
    return scenes.apply(tf.data.experimental.assert_cardinality(count))


def _check_kind(kind):
    if kind not in KINDS:
        raise ValueError(f"kind is {kind!r}, expected one of {', '.join(KINDS)}: pick one of them.")


def _seed_numbers(seed):
    numbers = np.atleast_1d(seed)
    if numbers.dtype.kind not in "iu" or numbers.ndim != 1 or (numbers < 0).any():
        raise ValueError(
            f"seed is {seed!r}, expected a whole number >= 0 (or a sequence of them): "
            "pass for example 0."
        )
    return [int(number) for number in numbers]
