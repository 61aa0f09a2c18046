"""Drawn scenes with exact masks: the sample used when no real data is at hand.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import cv2
import numpy as np
import tensorflow as tf

from unetlab.arguments import check_count, is_number
from unetlab.checks import height_and_width
from unetlab.drawn.cars import draw_car
from unetlab.drawn.chairs import draw_chair
from unetlab.drawn.grounds import (
    SETTINGS,
    WHOLE_FRAME,
    backdrop,
    blanket,
    draw_ball,
    draw_bar,
    draw_blades,
    draw_bowl,
    draw_box,
    draw_branch,
    draw_picture_frame,
    draw_pot_plant,
    garden,
    paint_ground,
    pick,
    room,
    street,
)
from unetlab.drawn.paint import Drawing, cast_shadow, develop, draw_glow, lay_over, render
from unetlab.drawn.pets import draw_pet


@dataclass
class Scene:
    """What `plan_scene` drew by lot; lengths are fractions of the shorter side, y up."""

    placement: tuple
    light: tuple
    wall: np.ndarray
    floor: np.ndarray
    horizon: float
    seam: tuple | None
    baseline: float
    close_up: bool
    shadow: tuple
    glow: np.ndarray
    blur: float
    quality: int
    noise_seed: int
    behind: list = field(default_factory=list)
    in_front: list = field(default_factory=list)


def plan_scene(kind, drawing, random_generator):
    """Draw by lot where the drawing stands, the ground, the light and everything else."""
    setting = pick(SETTINGS[kind], random_generator)
    wall, floor, seam = setting(random_generator)
    baseline = random_generator.uniform(0.05, 0.14)
    placement = _place(drawing, baseline, random_generator)
    light_x = random_generator.uniform(-0.9, 0.9)
    light = (light_x, -np.sqrt(1 - light_x**2))
    horizon = baseline + random_generator.uniform(0.18, 0.4)
    if setting is blanket:
        horizon = 0.0
    behind, in_front = _extras(setting, horizon, drawing.close_up, random_generator)
    shadow = (
        -0.7 * light_x,
        random_generator.uniform(0.15, 0.4),
        random_generator.uniform(0.25, 0.6),
    )
    return Scene(placement, light, wall, floor, horizon, seam, baseline, drawing.close_up, shadow,
                 draw_glow(light, random_generator), random_generator.uniform(0, 0.004),
                 int(random_generator.integers(70, 96)), int(random_generator.integers(2**31)),
                 behind, in_front)  # fmt: skip


def _place(drawing, baseline, random_generator):
    """Fit the drawing's box into the frame: (scale, x, y, 1 or -1 when mirrored)."""
    everything = np.vstack([part.points for part in drawing.parts])
    low, high = everything.min(0), everything.max(0)
    scale = np.min(np.array(drawing.fill) / (high - low)) * random_generator.uniform(0.86, 1.0)
    mirror = int(random_generator.choice([-1, 1]))
    slack = max(0.0, 0.96 - scale * (high - low)[0]) / 2
    centre = 0.5 + slack * random_generator.uniform(-1, 1)
    x = centre - mirror * scale * (low[0] + high[0]) / 2
    bottom = -0.02 if drawing.close_up else baseline
    return float(scale), float(x), float(bottom - scale * low[1]), mirror


def _extras(setting, horizon, close_up, random_generator):
    """Draw by lot what stands behind the subject and what hides a little of it."""
    behind, in_front = [], []
    outdoors = setting in (garden, street)
    if setting in (room, garden, street):
        for _ in range(random_generator.integers(0, 3)):
            x = random_generator.uniform(0.02, 0.9)
            if not outdoors and random_generator.random() < 0.5:
                size = random_generator.uniform(0.12, 0.26)
                thing = draw_picture_frame(
                    x, horizon + random_generator.uniform(0.15, 0.4), size, random_generator
                )
            else:
                maker = pick((draw_ball, draw_box, draw_bowl, draw_pot_plant), random_generator)
                size = random_generator.uniform(0.05, 0.09) * (4 if maker is draw_pot_plant else 1)
                thing = maker(
                    x, horizon - random_generator.uniform(0.0, 0.12), size, random_generator
                )
            behind.append(Drawing(thing))
    if setting is not backdrop and random_generator.random() < 0.45:
        choice = random_generator.integers(4)
        x = random_generator.uniform(0.1, 0.9)
        thing = (
            lambda: draw_blades(x, -0.02, random_generator.uniform(0.2, 0.34), random_generator),
            lambda: draw_branch(random_generator),
            lambda: draw_ball(x, 0.04, random_generator.uniform(0.07, 0.12), random_generator),
            lambda: draw_bar(random_generator),
        )[choice]()
        in_front.append(Drawing(thing))
    return behind, in_front


# A kind's place is part of its scenes' seed, so that a new one comes last.
DRAWINGS = {
    "pets": draw_pet,
    "cars": draw_car,
    "chairs": draw_chair,
    "cats": partial(draw_pet, species="cat"),
}
KINDS = tuple(DRAWINGS)
PET, BACKGROUND, BORDER = 0, 1, 2
SMALLEST_SCENE = 16  # Pixels of a side.


def draw_scene(kind, image_size=256, seed=0):
    """Draw one scene and its exact mask.

    Geometry is drawn in unit coordinates, so a seed gives the same scene at every size.

    Args:
        kind: "pets" (cats and dogs), "cats", "cars" or "chairs".
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
    """
    _check_kind(kind)
    height, width = height_and_width(image_size, SMALLEST_SCENE)
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
    image = develop(image, scene)
    return image, (coverage >= 0.5).astype(np.uint8)[..., None]


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
    _check_kind(kind)
    height, width = height_and_width(image_size, SMALLEST_SCENE)
    random_generator = np.random.default_rng([*_seed_numbers(seed), KINDS.index(kind)])
    scene = plan_scene(kind, DRAWINGS[kind](random_generator), random_generator)
    return np.uint8(np.clip(paint_ground(scene, (height, width)), 0, 255))


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
        kind: "pets" (masks are trimaps: 0 pet, 1 background, 2 border), or "cats", "cars" or
            "chairs" (masks are 0 background, 1 subject).
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
    _check_kind(kind)
    size = height_and_width(image_size, SMALLEST_SCENE)

    def draw(seed):
        image, mask = draw_scene(kind, size, seed)
        return image, change_mask(mask) if change_mask else mask

    def example(seed):
        image, mask = tf.numpy_function(draw, [seed], [tf.uint8] * 2)
        return tf.ensure_shape(image, [*size, 3]), tf.ensure_shape(mask, [*size, 1])

    return seeds.map(example, num_parallel_calls=tf.data.AUTOTUNE)


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
