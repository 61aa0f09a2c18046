"""Grounds: which wall and floor belong together, and how they fill the picture.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import cv2
import numpy as np

from unetlab.outlines import tint
from unetlab.rendering import lay_over, render
from unetlab.surfaces import (
    GREENS,
    TILE,
    carpet,
    earth,
    foliage,
    photo_surface,
    pick,
    plain,
    planks,
    stripes,
    tiles,
)

WHOLE_FRAME = (1.0, 0.0, 0.0, 1)


def _wall(random_generator):
    maker = pick((plain, stripes, plain, tiles, "brick", "coffee", "garage"), random_generator)
    if maker == "brick":
        return photo_surface("brick", random_generator, earth(random_generator))
    if isinstance(maker, str):
        return photo_surface(maker, random_generator, blur=5.0)
    return maker(earth(random_generator), random_generator)


def garden(random_generator):
    """Give foliage above a lawn or gravel."""
    green = pick(GREENS, random_generator)
    floor = photo_surface(
        pick(("grass", "grass", "gravel"), random_generator),
        random_generator,
        green if random_generator.random() < 0.7 else earth(random_generator),
    )
    return foliage(tint(green, 0.75), random_generator), floor, None


def room(random_generator):
    """Give a wall, a floor and the skirting between them."""
    maker = pick((planks, carpet, tiles, planks), random_generator)
    floor = maker(earth(random_generator), random_generator)
    return (
        _wall(random_generator),
        floor,
        (0.035, tint((236, 230, 220), random_generator.uniform(0.4, 1))),
    )


def blanket(random_generator):
    """Give one cloth that fills the picture."""
    cloth = carpet(earth(random_generator), random_generator)
    return cloth, cloth, None


def studio(random_generator):
    """Give a plain light studio, as for a catalogue."""
    grey = np.full(3, random_generator.uniform(165, 235))
    floor = plain(grey * random_generator.uniform(0.86, 0.98), random_generator)
    return plain(grey, random_generator), floor, "soft"


def street(random_generator):
    """Give a road in front of a hedge, a wall or a blurred photo."""
    road = photo_surface(
        "gravel", random_generator, np.full(3, random_generator.uniform(90, 150)), part=0.9
    )
    wall = pick((foliage, "brick", "garage", "rocket"), random_generator)
    if wall is foliage:
        wall = foliage(pick(GREENS, random_generator), random_generator)
    elif wall == "brick":
        wall = photo_surface("brick", random_generator, earth(random_generator))
    else:
        wall = photo_surface(wall, random_generator, blur=6.0)
    return wall, road, (0.03, (150, 148, 144))


SETTINGS = {
    "pets": (garden, garden, room, room, blanket),
    "cars": (studio, street),
    "chairs": (room,),
}


def paint_ground(scene, size):
    """Paint wall, floor and what stands behind the subject, uint8 [H, W, 3]."""
    height, width = size
    side = min(size)
    horizon = round(height - scene.horizon * side)
    image = cv2.resize(scene.wall, (width, height), interpolation=cv2.INTER_AREA)
    if horizon < height:
        corners = np.float32([(0, 0), (TILE, 0), (TILE, TILE), (0, TILE)])
        place = np.float32([(-0.2, 0), (1.2, 0), (2.0, 1), (-1.0, 1)]) * (width, height - horizon)
        matrix = cv2.getPerspectiveTransform(corners, place.astype(np.float32))
        floor = cv2.warpPerspective(scene.floor, matrix, (width, height - horizon))
        image[horizon:] = floor
    if scene.seam == "soft":
        band = max(1, round(0.12 * side))
        lower, upper = max(0, horizon - band), min(height, horizon + band)
        image[lower:upper] = cv2.blur(image, (1, band))[lower:upper]
    elif scene.seam:
        high, colour = scene.seam
        cv2.rectangle(
            image, (0, horizon - max(1, round(high * side))), (width, horizon), colour, -1
        )
    for thing in scene.behind:
        image = lay_over(image, *render(thing, size, WHOLE_FRAME, scene.light))
    return image
