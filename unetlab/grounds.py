"""Where a drawn subject stands: rendering, grounds, light, shadow, things in the way, noise."""

from dataclasses import dataclass, field
from functools import cache

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter
from skimage import data

from unetlab.subjects import Figure, Part, ellipse, limb, rough_field, smooth, tint

SUPERSAMPLE = 2
TILE = 256
WHOLE_FRAME = (1.0, 0.0, 0.0, 1)


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


# --- rendering ------------------------------------------------------------------------------


@cache
def grain_tile(name):
    """Give fine structure, float32 [512, 512] with mean 0 and deviation 1, read-only."""
    noise = np.random.default_rng(0).standard_normal((512, 512)).astype(np.float32)

    def streaks(across, along):
        blurred = gaussian_filter(noise, (along, across), mode="wrap")
        return blurred / blurred.std()

    tile = {
        "fur": lambda: streaks(0.9, 6) + 0.7 * streaks(3, 14),
        "wood": lambda: streaks(1.2, 50) + 0.5 * streaks(6, 80),
        "weave": lambda: streaks(0.8, 4) + streaks(4, 0.8),
        "speckle": lambda: streaks(0.8, 0.8),
    }[name]()
    tile = tile / tile.std()
    tile.setflags(write=False)
    return tile


def render(figure, image_size, placement, light):
    """Paint a figure on nothing: colours uint8 [H, W, 3], premultiplied, and coverage [H, W]."""
    height, width = (SUPERSAMPLE * side for side in image_size)
    colours, coverage = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.uint8)
    outlines = [_to_pixels(part.points, (height, width), placement) for part in figure.parts]
    maps = _spread(figure, outlines, (height, width))
    for part, outline in zip(figure.parts, outlines, strict=True):
        if part.roundness or part.grain or part.gloss or part.marked:
            _paint(colours, coverage, part, outline, maps, light)
        else:
            fixed = [np.round(outline * 16).astype(np.int32)]
            cv2.fillPoly(colours, fixed, part.colour, cv2.LINE_AA, shift=4)
            cv2.fillPoly(coverage, fixed, 255, cv2.LINE_AA, shift=4)
    shrunk = (image_size[1], image_size[0])
    colours = cv2.resize(colours, shrunk, interpolation=cv2.INTER_AREA)
    coverage = cv2.resize(coverage, shrunk, interpolation=cv2.INTER_AREA)
    return colours, coverage.astype(np.float32) / 255


def lay_over(image, colours, coverage):
    """Put a rendered figure in front of an image."""
    return cv2.add(colours, cv2.multiply(image, cv2.merge([1 - coverage] * 3), dtype=cv2.CV_8U))


def _to_pixels(points, size, placement):
    """Map drawing coordinates (y up) to pixels; the unit square stands at the bottom centre."""
    scale, x, y, mirror = placement
    side = min(size)
    left = (size[1] - side) / 2
    unit = points * (mirror * scale, -scale) + (x, -y)
    return unit * side + (left, size[0])


def _spread(figure, outlines, size):
    """Stretch the figure's markings over its box and lay its grain over the canvas."""
    grain = markings = None
    if any(part.grain for part in figure.parts):
        scale = min(size) / 512
        matrix = np.float32([[scale, 0.25 * scale, 0], [-0.25 * scale, scale, 0]])
        grain = cv2.warpAffine(grain_tile(figure.grain), matrix, size[::-1], flags=cv2.INTER_LINEAR,
                               borderMode=cv2.BORDER_WRAP)  # fmt: skip
    if figure.markings is not None:
        everything = np.vstack(outlines)
        low, high = everything.min(0), everything.max(0)
        scale = (high - low) / 128
        matrix = np.float32([[scale[0], 0, low[0]], [0, scale[1], low[1]]])
        markings = cv2.warpAffine(figure.markings.astype(np.float32), matrix, size[::-1],
                                  borderMode=cv2.BORDER_REPLICATE)  # fmt: skip
    return grain, markings


def _paint(colours, coverage, part, outline, maps, light):
    """Paint one shaded part into both canvases, in place."""
    height, width = coverage.shape
    low, high = np.floor(outline.min(0)).astype(int) - 1, np.ceil(outline.max(0)).astype(int) + 2
    left, top = np.maximum(low, 0)
    right, bottom = np.minimum(high, (width, height))
    if right <= left or bottom <= top:
        return
    box = np.s_[top:bottom, left:right]
    shape = np.zeros((bottom - top, right - left), np.uint8)
    fixed = [np.round((outline - (left, top)) * 16).astype(np.int32)]
    cv2.fillPoly(shape, fixed, 255, cv2.LINE_AA, shift=4)

    shade = _relief(shape, part.roundness, min(high - low), light)
    if part.gloss:
        down = (np.arange(top, bottom) - low[1]) / (high[1] - low[1])
        sheen = np.interp(down, (0, 0.3, 0.42, 0.5, 0.75, 1), (1.2, 1.15, 1.3, 0.86, 0.95, 0.55))
        shade = shade * (1 + part.gloss * (sheen - 1)).astype(np.float32)[:, None]
    grain, markings = maps
    if part.grain:
        shade = shade * (1 + 0.11 * part.grain * grain[box])
    colour = np.float32(part.colour)
    if part.marked and markings is not None:
        colour = colour + markings[box][..., None] * (np.float32(part.marked) - colour)
    painted = cv2.convertScaleAbs(colour * np.maximum(shade, 0)[..., None])
    weight = shape.astype(np.float32) / 255
    colours[box] = cv2.blendLinear(painted, np.ascontiguousarray(colours[box]), weight, 1 - weight)
    coverage[box] = np.maximum(coverage[box], shape)


def _relief(shape, roundness, thickness, light):
    """Shade a part as if it were stuffed: its blurred outline, seen from the light's side."""
    if not roundness:
        return np.ones(shape.shape, np.float32)
    reach = max(1, int(0.32 * thickness))
    size = 2 * reach + 1
    anchor = tuple(int(round(reach + 0.6 * reach * direction)) for direction in light)
    lit = cv2.blur(shape, (size, size), anchor=anchor, borderType=cv2.BORDER_REPLICATE)
    half = 2 * (reach // 2) + 1
    lit = cv2.blur(lit, (half, half), borderType=cv2.BORDER_REPLICATE).astype(np.float32) / 255
    return 1 + roundness * (lit - 0.78)


# --- surfaces -------------------------------------------------------------------------------


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


def _pick(choices, random_generator):
    return choices[random_generator.integers(len(choices))]


def _earth(random_generator):
    return tint(_pick(EARTHS, random_generator), random_generator.normal(1, 0.08, 3))


def _wall(random_generator):
    maker = _pick((plain, stripes, plain, tiles, "brick", "coffee", "garage"), random_generator)
    if maker == "brick":
        return photo_surface("brick", random_generator, _earth(random_generator))
    if isinstance(maker, str):
        return photo_surface(maker, random_generator, blur=5.0)
    return maker(_earth(random_generator), random_generator)


def _garden(random_generator):
    green = _pick(GREENS, random_generator)
    floor = photo_surface(_pick(("grass", "grass", "gravel"), random_generator), random_generator,
                          green if random_generator.random() < 0.7 else _earth(random_generator))  # fmt: skip
    return foliage(tint(green, 0.75), random_generator), floor, None


def _room(random_generator):
    maker = _pick((planks, carpet, tiles, planks), random_generator)
    floor = maker(_earth(random_generator), random_generator)
    return (
        _wall(random_generator),
        floor,
        (0.035, tint((236, 230, 220), random_generator.uniform(0.4, 1))),
    )


def _blanket(random_generator):
    cloth = carpet(_earth(random_generator), random_generator)
    return cloth, cloth, None


def _studio(random_generator):
    grey = np.full(3, random_generator.uniform(165, 235))
    floor = plain(grey * random_generator.uniform(0.86, 0.98), random_generator)
    return plain(grey, random_generator), floor, "soft"


def _street(random_generator):
    road = photo_surface(
        "gravel", random_generator, np.full(3, random_generator.uniform(90, 150)), part=0.9
    )
    wall = _pick((foliage, "brick", "garage", "rocket"), random_generator)
    if wall is foliage:
        wall = foliage(_pick(GREENS, random_generator), random_generator)
    elif wall == "brick":
        wall = photo_surface("brick", random_generator, _earth(random_generator))
    else:
        wall = photo_surface(wall, random_generator, blur=6.0)
    return wall, road, (0.03, (150, 148, 144))


SETTINGS = {
    "pets": (_garden, _garden, _room, _room, _blanket),
    "cars": (_studio, _street),
    "chairs": (_room,),
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


def cast_shadow(image, coverage, scene):
    """Darken the ground where the subject keeps the light off."""
    height, width = coverage.shape
    side = min(height, width)
    base = height - scene.baseline * side
    slant, squash, strength = scene.shadow
    if scene.close_up:
        layers = [(np.float32([[1, 0, slant * 0.2 * side], [0, 1, 0.03 * side]]), 0.03, strength)]
    else:
        layers = [
            (
                np.float32([[1, -slant, slant * base], [0, squash, base * (1 - squash)]]),
                0.012,
                strength,
            ),
            (np.float32([[1, 0, 0], [0, 0.09, base * 0.925]]), 0.02, 0.75),
        ]
    light = np.ones((height, width), np.float32)
    for matrix, softness, dark in layers:
        shadow = cv2.warpAffine(coverage, matrix, (width, height))
        light *= 1 - dark * cv2.GaussianBlur(shadow, (0, 0), max(0.5, softness * side))
    return cv2.multiply(image, cv2.merge([light] * 3), dtype=cv2.CV_8U)


def photograph(image, scene):
    """Add uneven light, vignette, blur, sensor noise and JPEG softness."""
    height, width = image.shape[:2]
    glow = cv2.resize(scene.glow, (width, height), interpolation=cv2.INTER_LINEAR)
    exposed = cv2.multiply(image, glow, dtype=cv2.CV_32F)
    exposed = cv2.GaussianBlur(exposed, (0, 0), max(0.3, scene.blur * min(height, width)))
    noise = np.random.default_rng(scene.noise_seed).standard_normal(exposed.shape, np.float32)
    exposed = np.clip(exposed + 3.0 * noise, 0, 255).astype(np.uint8)
    _, packed = cv2.imencode(".jpg", exposed, (cv2.IMWRITE_JPEG_QUALITY, scene.quality))
    return cv2.imdecode(packed, cv2.IMREAD_COLOR)


# --- what else is in the picture ------------------------------------------------------------


def _ball(x, y, radius, random_generator):
    colour = tint(
        _pick(((196, 60, 50), (60, 100, 170), (220, 180, 70), (150, 110, 80)), random_generator), 1
    )
    band = ellipse(x, y, radius, 0.3 * radius, random_generator.uniform(-1, 1))
    return [Part(ellipse(x, y, radius, radius), colour, 0.9), Part(band, tint(colour, 1.35), 0.5)]


def _box(x, y, size, random_generator):
    colour = _earth(random_generator)
    front = [(x, y), (x + size, y), (x + size, y + 0.8 * size), (x, y + 0.8 * size)]
    lid = [front[3], front[2], (x + 1.2 * size, y + size), (x + 0.2 * size, y + size)]
    side = [front[1], (x + 1.2 * size, y + 0.2 * size), lid[2], front[2]]
    return [Part(np.array(front), colour, 0.2), Part(np.array(lid), tint(colour, 1.15)),
            Part(np.array(side), tint(colour, 0.75))]  # fmt: skip


def _bowl(x, y, size, random_generator):
    colour = _earth(random_generator)
    sides = smooth([(x - size, y + 0.5 * size), (x + size, y + 0.5 * size), (x + 0.7 * size, y - 0.2 * size),
                    (x - 0.7 * size, y - 0.2 * size)])  # fmt: skip
    return [
        Part(sides, colour, 0.6),
        Part(ellipse(x, y + 0.36 * size, 0.72 * size, 0.16 * size), (96, 62, 42)),
    ]


def _picture_frame(x, y, size, random_generator):
    def rectangle(inset, colour):
        low_x, high_x = x + inset, x + size - inset
        low_y, high_y = y + inset, y + 1.2 * size - inset
        return Part(
            np.array([(low_x, low_y), (high_x, low_y), (high_x, high_y), (low_x, high_y)]), colour
        )

    return [rectangle(0, _earth(random_generator)), rectangle(0.1 * size, (226, 222, 212)),
            rectangle(0.2 * size, _earth(random_generator))]  # fmt: skip


def _blades(x, y, size, random_generator):
    """Give a tuft of grass or the leaves of a plant."""
    green = _pick(GREENS, random_generator)
    parts = []
    for lean in random_generator.normal(0, 0.35, 12):
        top = size * random_generator.uniform(0.6, 1.1)
        start = x + 0.2 * size * random_generator.uniform(-1, 1)
        blade = [(start, y, 0.04 * size), (start + 0.3 * lean * size, y + 0.6 * top, 0.045 * size),
                 (start + lean * size, y + top, 0.004)]  # fmt: skip
        parts.append(Part(limb(blade), tint(green, random_generator.uniform(0.6, 1.2)), 0.3))
    return parts


def _pot_plant(x, y, size, random_generator):
    pot = smooth([(x - 0.3 * size, y + 0.45 * size), (x + 0.3 * size, y + 0.45 * size), (x + 0.2 * size, y),
                  (x - 0.2 * size, y)])  # fmt: skip
    return _blades(x, y + 0.35 * size, size, random_generator) + [Part(pot, (172, 98, 66), 0.6)]


def _branch(random_generator):
    """Give a leafy twig reaching in from one side of the frame."""
    side = random_generator.choice([-1, 1])
    y = random_generator.uniform(0.4, 0.9)
    reach, drop = random_generator.uniform(0.25, 0.4), random_generator.uniform(-0.15, 0.05)
    edge = 0.5 + 0.75 * side
    start, end = np.array((edge, y)), np.array((edge - side * (0.25 + reach), y + drop))
    parts = [
        Part(limb(np.c_[[start, (start + end) / 2, end], [0.008, 0.006, 0.003]]), (88, 66, 46))
    ]
    green = _pick(GREENS, random_generator)
    for i, along in enumerate(np.linspace(0.2, 1, 9)):
        x, y = start + along * (end - start)
        tilt = (1 if i % 2 else -1) * random_generator.uniform(0.5, 1.1) + (
            np.pi if side > 0 else 0
        )
        leaf = limb([(0, 0, 0.004), (0.05, 0.01, 0.035), (0.11, 0.0, 0.001)])
        cos, sin = np.cos(tilt), np.sin(tilt)
        leaf = leaf @ np.array([[cos, sin], [-sin, cos]]) + (x, y)
        parts.append(Part(leaf, tint(green, random_generator.uniform(0.7, 1.3)), 0.4))
    return parts


def _bar(random_generator):
    x, half = random_generator.uniform(0.15, 0.85), random_generator.uniform(0.012, 0.03)
    lean = random_generator.uniform(-0.03, 0.03)
    pole = np.array(
        [(x - half, -0.1), (x + half, -0.1), (x + half + lean, 9), (x - half + lean, 9)]
    )
    return [Part(pole, tint(_earth(random_generator), 0.8), 0.6, gloss=0.2)]


def plan_scene(kind, figure, random_generator):
    """Draw by lot where the figure stands, the ground, the light and everything else."""
    setting = _pick(SETTINGS[kind], random_generator)
    wall, floor, seam = setting(random_generator)
    baseline = random_generator.uniform(0.05, 0.14)
    placement = _place(figure, baseline, random_generator)
    light_x = random_generator.uniform(-0.9, 0.9)
    light = (light_x, -np.sqrt(1 - light_x**2))
    horizon = baseline + random_generator.uniform(0.18, 0.4)
    if setting is _blanket:
        horizon = 0.0
    behind, in_front = _extras(setting, horizon, figure.close_up, random_generator)
    shadow = (
        -0.7 * light_x,
        random_generator.uniform(0.15, 0.4),
        random_generator.uniform(0.25, 0.6),
    )
    return Scene(placement, light, wall, floor, horizon, seam, baseline, figure.close_up, shadow,
                 _glow(light, random_generator), random_generator.uniform(0, 0.004),
                 int(random_generator.integers(70, 96)), int(random_generator.integers(2**31)),
                 behind, in_front)  # fmt: skip


def _place(figure, baseline, random_generator):
    """Fit the figure's box into the frame: (scale, x, y, 1 or -1 when mirrored)."""
    everything = np.vstack([part.points for part in figure.parts])
    low, high = everything.min(0), everything.max(0)
    scale = np.min(np.array(figure.fill) / (high - low)) * random_generator.uniform(0.86, 1.0)
    mirror = int(random_generator.choice([-1, 1]))
    room = max(0.0, 0.96 - scale * (high - low)[0]) / 2
    centre = 0.5 + room * random_generator.uniform(-1, 1)
    x = centre - mirror * scale * (low[0] + high[0]) / 2
    bottom = -0.02 if figure.close_up else baseline
    return float(scale), float(x), float(bottom - scale * low[1]), mirror


def _glow(light, random_generator):
    """Give the light's brightness and warmth over the frame, float32 [32, 32, 3]."""
    down, across = np.mgrid[-1:1:32j, -1:1:32j].astype(np.float32)
    slope = random_generator.uniform(0.05, 0.28)
    glow = 1 + slope * (across * light[0] + down * light[1])
    glow *= 1 - random_generator.uniform(0.0, 0.16) * (across**2 + down**2)
    warmth = random_generator.normal(0, 0.04)
    exposure = random_generator.normal(1, 0.07)
    return np.float32(glow[..., None] * exposure * np.array((1 + warmth, 1, 1 - warmth)))


def _extras(setting, horizon, close_up, random_generator):
    """Draw by lot what stands behind the subject and what hides a little of it."""
    behind, in_front = [], []
    outdoors = setting in (_garden, _street)
    if setting in (_room, _garden, _street):
        for _ in range(random_generator.integers(0, 3)):
            x = random_generator.uniform(0.02, 0.9)
            if not outdoors and random_generator.random() < 0.5:
                size = random_generator.uniform(0.12, 0.26)
                thing = _picture_frame(
                    x, horizon + random_generator.uniform(0.15, 0.4), size, random_generator
                )
            else:
                maker = _pick((_ball, _box, _bowl, _pot_plant), random_generator)
                size = random_generator.uniform(0.05, 0.09) * (4 if maker is _pot_plant else 1)
                thing = maker(
                    x, horizon - random_generator.uniform(0.0, 0.12), size, random_generator
                )
            behind.append(Figure(thing))
    if setting is not _studio and random_generator.random() < 0.45:
        choice = random_generator.integers(4)
        x = random_generator.uniform(0.1, 0.9)
        thing = (
            lambda: _blades(x, -0.02, random_generator.uniform(0.2, 0.34), random_generator),
            lambda: _branch(random_generator),
            lambda: _ball(x, 0.04, random_generator.uniform(0.07, 0.12), random_generator),
            lambda: _bar(random_generator),
        )[choice]()
        in_front.append(Figure(thing))
    return behind, in_front
