"""Surfaces: walls, floors, carpets and foliage, drawn or cropped from scikit-image's own photos.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

from functools import cache

import cv2
import numpy as np
from skimage import data

from unetlab.outlines import rough_field, tint
from unetlab.rendering import grain_tile

TILE = 256


@cache
def photo(name):
    """Give a photo that ships inside scikit-image, uint8 [height, width, 3], read-only."""
    picture = {"garage": lambda: data.stereo_motorcycle()[0]}.get(name, getattr(data, name, None))()
    if picture.ndim == 2:
        picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB)
    picture = np.ascontiguousarray(picture)
    picture.setflags(write=False)
    return picture


def photo_surface(name, random_generator, colour=None, blur=0.0, part=0.6):
    """Give a random crop of a photo, recoloured when `colour` is given."""
    picture = photo(name)
    side = int(part * min(picture.shape[:2]))
    top, left = (random_generator.integers(0, length - side + 1) for length in picture.shape[:2])
    crop = cv2.resize(picture[top : top + side, left : left + side], (TILE, TILE),
                      interpolation=cv2.INTER_AREA)  # fmt: skip
    if random_generator.random() < 0.5:
        crop = crop[:, ::-1]
    if colour is not None:
        crop = cv2.convertScaleAbs(crop.astype(np.float32) / crop.mean() * np.float32(colour))
    return cv2.GaussianBlur(crop, (0, 0), blur) if blur else np.ascontiguousarray(crop)


def _speckled(surface, random_generator, grain="speckle", strength=0.06):
    """Give a plain surface fine structure and slow changes of tone."""
    top, left = random_generator.integers(0, 256, 2)
    structure = strength * grain_tile(grain)[top : top + TILE, left : left + TILE]
    slow = 0.05 * cv2.resize(rough_field(random_generator, 4, 4), (TILE, TILE))
    return cv2.convertScaleAbs(surface * (1 + structure + slow)[..., None])


def plain(colour, random_generator):
    """Give a painted wall."""
    return _speckled(np.full((TILE, TILE, 3), colour, np.float32), random_generator, "weave", 0.03)


def carpet(colour, random_generator):
    """Give a woollen carpet, sometimes with a pattern of diamonds."""
    down, across = np.mgrid[0:TILE, 0:TILE] / TILE
    count = random_generator.integers(3, 9)
    diamonds = np.sin(2 * np.pi * count * (across + down)) * np.sin(
        2 * np.pi * count * (across - down)
    )
    strength = random_generator.choice([0.0, 0.25])
    surface = np.float32(colour) * (1 + strength * np.sign(diamonds))[..., None]
    return _speckled(surface.astype(np.float32), random_generator, "weave", 0.16)


def planks(colour, random_generator):
    """Give wooden boards with dark joints."""
    count = random_generator.integers(5, 12)
    place = np.arange(TILE) * count / TILE
    tone = (1 + 0.1 * random_generator.standard_normal(count))[place.astype(int)]
    tone = np.where(place % 1 < 0.04, 0.55, tone).astype(np.float32)
    surface = np.ones((TILE, 1, 1), np.float32) * tone[None, :, None] * np.float32(colour)
    return _speckled(surface, random_generator, "wood", 0.09)


def tiles(colour, random_generator):
    """Give chequered tiles in two tones with joints."""
    count = random_generator.integers(4, 10)
    down, across = np.mgrid[0:TILE, 0:TILE] * count / TILE
    odd = (down.astype(int) + across.astype(int)) % 2
    joint = (down % 1 < 0.05) | (across % 1 < 0.05)
    tone = np.where(joint, 0.75, 1 - random_generator.choice([0.0, 0.3, 0.55]) * odd)
    return _speckled((tone[..., None] * colour).astype(np.float32), random_generator, strength=0.04)


def stripes(colour, random_generator):
    """Give striped wallpaper."""
    across = np.sin(2 * np.pi * random_generator.integers(6, 20) * np.arange(TILE) / TILE)
    tone = np.float32(1 + 0.13 * np.sign(across))[None, :, None] * np.ones((TILE, 1, 1), np.float32)
    return _speckled(tone * np.float32(colour), random_generator, "weave", 0.04)


def foliage(colour, random_generator):
    """Give trees and sky out of focus."""
    clumps = cv2.resize(rough_field(random_generator, 12, 12), (TILE, TILE))
    height = np.linspace(1.2, -1.0, TILE, dtype=np.float32)[:, None]
    sky = np.clip(2 * (height + 0.7 * clumps) + 0.3, 0, 1)[..., None]
    leaves = np.float32(colour) * (1 + 0.35 * clumps)[..., None]
    return cv2.convertScaleAbs(leaves * (1 - sky) + np.float32((196, 214, 228)) * sky)


EARTHS = ((178, 132, 88), (128, 90, 62), (206, 178, 140), (150, 150, 150), (108, 104, 100),
          (212, 204, 190), (96, 110, 128), (160, 84, 70), (84, 96, 76), (60, 58, 60))  # fmt: skip
GREENS = ((112, 138, 66), (86, 116, 60), (146, 150, 86), (128, 120, 70))


def pick(choices, random_generator):
    """Take one of the choices by lot."""
    return choices[random_generator.integers(len(choices))]


def earth(random_generator):
    """Give a muted colour by lot."""
    return tint(pick(EARTHS, random_generator), random_generator.normal(1, 0.08, 3))
