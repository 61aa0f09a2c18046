"""Grounds: walls, floors and what stands on them."""

from functools import cache

import cv2
import numpy as np
from skimage import data

from unetlab.drawn.paint import (
    Part,
    ellipse,
    grain_tile,
    lay_over,
    limb,
    render,
    rough_field,
    smooth,
    tint,
    turn,
)

TILE = 256


@cache
def stock_photo(name):
    """Give a photo that ships inside scikit-image, uint8 [height, width, 3]."""
    picture = data.stereo_motorcycle()[0] if name == "garage" else getattr(data, name)()
    return cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB) if picture.ndim == 2 else picture


def photo_surface(name, random_generator, colour=None, blur=0.0, part=0.6):
    """Give a random crop of a photo, recoloured when `colour` is given."""
    picture = stock_photo(name)
    side = int(part * min(picture.shape[:2]))
    top, left = (random_generator.integers(0, length - side + 1) for length in picture.shape[:2])
    crop = cv2.resize(
        picture[top : top + side, left : left + side], (TILE, TILE), interpolation=cv2.INTER_AREA
    )
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


WHOLE_FRAME = (1.0, 0.0, 0.0, 1)


def _wall(random_generator):
    maker = pick((plain, stripes, plain, tiles, "brick", "coffee", "garage"), random_generator)
    if isinstance(maker, str):
        return _photo_wall(maker, random_generator, 5.0)
    return maker(earth(random_generator), random_generator)


def _photo_wall(name, random_generator, blur):
    if name == "brick":
        return photo_surface("brick", random_generator, earth(random_generator))
    return photo_surface(name, random_generator, blur=blur)


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


def backdrop(random_generator):
    """Give a plain light backdrop, as for a catalogue."""
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
    else:
        wall = _photo_wall(wall, random_generator, 6.0)
    return wall, road, (0.03, (150, 148, 144))


def studio(random_generator):
    """Give the white or grey corner where a shop takes its photos."""
    grey = np.full(3, random_generator.uniform(150, 255))
    floor = plain(grey * random_generator.uniform(0.9, 1.0), random_generator)
    return plain(grey * random_generator.normal(1, 0.02, 3), random_generator), floor, "soft"


SETTINGS = {
    "pets": (garden, garden, room, room, blanket),
    "cars": (backdrop, street),
    "chairs": (studio, studio, studio, room, room),
}
SETTINGS["cats"] = SETTINGS["pets"]
# How often something in front hides a little of the subject: a shop clears its chairs.
HIDDEN = {"chairs": 0.08}


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


def draw_ball(x, y, radius, random_generator):
    """Give a ball with a band."""
    colour = pick(((196, 60, 50), (60, 100, 170), (220, 180, 70), (150, 110, 80)), random_generator)
    band = ellipse(x, y, radius, 0.3 * radius, random_generator.uniform(-1, 1))
    return [Part(ellipse(x, y, radius, radius), colour, 0.9), Part(band, tint(colour, 1.35), 0.5)]


def draw_box(x, y, size, random_generator):
    """Give a cardboard box."""
    colour = earth(random_generator)
    front = [(x, y), (x + size, y), (x + size, y + 0.8 * size), (x, y + 0.8 * size)]
    lid = [front[3], front[2], (x + 1.2 * size, y + size), (x + 0.2 * size, y + size)]
    side = [front[1], (x + 1.2 * size, y + 0.2 * size), lid[2], front[2]]
    return [
        Part(np.array(front), colour, 0.2),
        Part(np.array(lid), tint(colour, 1.15)),
        Part(np.array(side), tint(colour, 0.75)),
    ]


def _vessel(x, y, rim, foot):
    """Give the outline of a vessel from its rim to its foot, (half width, height) each."""
    (wide, high), (narrow, low) = rim, foot
    return smooth([(x - wide, y + high), (x + wide, y + high), (x + narrow, y + low),
                   (x - narrow, y + low)])  # fmt: skip


def draw_bowl(x, y, size, random_generator):
    """Give a bowl with food in it."""
    sides = _vessel(x, y, (size, 0.5 * size), (0.7 * size, -0.2 * size))
    food = ellipse(x, y + 0.36 * size, 0.72 * size, 0.16 * size)
    return [Part(sides, earth(random_generator), 0.6), Part(food, (96, 62, 42))]


def draw_picture_frame(x, y, size, random_generator):
    """Give a picture on the wall."""

    def rectangle(inset, colour):
        low_x, high_x = x + inset, x + size - inset
        low_y, high_y = y + inset, y + 1.2 * size - inset
        return Part(
            np.array([(low_x, low_y), (high_x, low_y), (high_x, high_y), (low_x, high_y)]), colour
        )

    return [
        rectangle(0, earth(random_generator)),
        rectangle(0.1 * size, (226, 222, 212)),
        rectangle(0.2 * size, earth(random_generator)),
    ]


def draw_blades(x, y, size, random_generator):
    """Give a tuft of grass or the leaves of a plant."""
    green = pick(GREENS, random_generator)
    parts = []
    for lean in random_generator.normal(0, 0.35, 12):
        top = size * random_generator.uniform(0.6, 1.1)
        start = x + 0.2 * size * random_generator.uniform(-1, 1)
        blade = [(start, y, 0.04 * size), (start + 0.3 * lean * size, y + 0.6 * top, 0.045 * size),
                 (start + lean * size, y + top, 0.004)]  # fmt: skip
        parts.append(Part(limb(blade), tint(green, random_generator.uniform(0.6, 1.2)), 0.3))
    return parts


def draw_pot_plant(x, y, size, random_generator):
    """Give a plant in a clay pot."""
    pot = _vessel(x, y, (0.3 * size, 0.45 * size), (0.2 * size, 0))
    return draw_blades(x, y + 0.35 * size, size, random_generator) + [Part(pot, (172, 98, 66), 0.6)]


def draw_branch(random_generator):
    """Give a leafy twig reaching in from one side of the frame."""
    side = random_generator.choice([-1, 1])
    y = random_generator.uniform(0.4, 0.9)
    reach, drop = random_generator.uniform(0.25, 0.4), random_generator.uniform(-0.15, 0.05)
    edge = 0.5 + 0.75 * side
    start, end = np.array((edge, y)), np.array((edge - side * (0.25 + reach), y + drop))
    parts = [
        Part(limb(np.c_[[start, (start + end) / 2, end], [0.008, 0.006, 0.003]]), (88, 66, 46))
    ]
    green = pick(GREENS, random_generator)
    for i, along in enumerate(np.linspace(0.2, 1, 9)):
        x, y = start + along * (end - start)
        tilt = (1 if i % 2 else -1) * random_generator.uniform(0.5, 1.1) + (
            np.pi if side > 0 else 0
        )
        leaf = limb([(0, 0, 0.004), (0.05, 0.01, 0.035), (0.11, 0.0, 0.001)])
        shade = tint(green, random_generator.uniform(0.7, 1.3))
        parts.append(Part(turn(leaf, tilt) + (x, y), shade, 0.4))
    return parts


def draw_bar(random_generator):
    """Give an upright pole that is taller than the picture."""
    x, half = random_generator.uniform(0.15, 0.85), random_generator.uniform(0.012, 0.03)
    lean = random_generator.uniform(-0.03, 0.03)
    pole = np.array(
        [(x - half, -0.1), (x + half, -0.1), (x + half + lean, 9), (x - half + lean, 9)]
    )
    return [Part(pole, tint(earth(random_generator), 0.8), 0.6, gloss=0.2)]
