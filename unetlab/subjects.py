"""How a drawn pet, car or chair looks: outlines as lists of parts, painted back to front.

Coordinates are those of the drawing: x to the right, y up, the ground at y = 0.
"""

from dataclasses import dataclass, field
from functools import cache

import cv2
import numpy as np
from scipy.interpolate import BSpline


@dataclass(frozen=True)
class Part:
    """One closed outline [points, 2] and how it is painted."""

    points: np.ndarray
    colour: tuple
    roundness: float = 0.0
    grain: float = 0.0
    marked: tuple | None = None
    gloss: float = 0.0


@dataclass
class Figure:
    """Parts from back to front, with the markings and the grain they share."""

    parts: list
    markings: np.ndarray | None = None
    grain: str = "fur"
    fill: tuple = (0.9, 0.9)
    close_up: bool = False


# --- outlines -------------------------------------------------------------------------------


@cache
def _spline_basis(count, closed):
    """Quadratic B-spline weights [samples, count]: the curve is this matrix times the points."""
    if closed:
        weights = np.eye(count)[np.arange(count + 2) % count]
        knots, last = np.arange(count + 5) - 2, count
    else:
        weights, last = np.eye(count), count - 2
        knots = np.r_[0, 0, np.arange(count - 1), last, last]
    samples = np.linspace(0, last, 8 * count, endpoint=not closed)
    return BSpline(knots, weights, 2)(samples)


def smooth(points, closed=True):
    """Round a polygon [count, dimensions] into a curve that stays inside its hull."""
    points = np.asarray(points, float)
    return _spline_basis(len(points), closed) @ points


def ellipse(x, y, radius_x, radius_y, tilt=0.0, count=40):
    """Give the outline [count, 2] of an ellipse, `tilt` in radians."""
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return turn(np.c_[radius_x * np.cos(angle), radius_y * np.sin(angle)], tilt) + (x, y)


def limb(points, closed_ends=True):
    """Give the outline of a tapering limb along (x, y, half width) points, three at least."""
    curve = smooth(points, closed=False)
    middle, half_width = curve[:, :2], curve[:, 2:]
    along = np.gradient(middle, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
    across = along[:, ::-1] * (-1, 1)
    sides = [middle + across * half_width, (middle - across * half_width)[::-1]]
    if closed_ends:
        bow = np.linspace(np.pi / 2, -np.pi / 2, 9)[1:-1, None]
        cap = np.cos(bow) * along[-1] + np.sin(bow) * across[-1]
        sides.insert(1, middle[-1] + cap * half_width[-1])
    return np.vstack(sides)


def turn(points, angle):
    """Rotate points [count, 2] by `angle` radians about the origin."""
    cos, sin = np.cos(angle), np.sin(angle)
    return points @ np.array([[cos, sin], [-sin, cos]])


def mirrored(points):
    """Complete the right half of an outline, given from top to bottom, by its mirror image."""
    half = np.asarray(points, float)
    left = (half * (-1, 1))[::-1]
    return np.vstack([half, left[left[:, 0] < 0]])


def tint(colour, factor):
    """Make a colour lighter (factor > 1) or darker (< 1)."""
    return tuple(np.clip(np.multiply(colour, factor), 0, 255))


def rough_field(random_generator, rows, columns):
    """Draw a smooth random field [128, 128] with mean 0 and deviation about 1."""
    coarse = random_generator.standard_normal((rows, columns)).astype(np.float32)
    return cv2.resize(coarse, (128, 128), interpolation=cv2.INTER_CUBIC)


# --- pets -----------------------------------------------------------------------------------

# species, fur, belly and muzzle, markings, extremities (None: as the fur), pattern
COATS = (
    ("cat", (150, 120, 88), (222, 204, 176), (72, 54, 40), None, "stripes"),
    ("cat", (218, 146, 80), (246, 228, 202), (172, 94, 42), None, "stripes"),
    ("cat", (168, 168, 170), (232, 232, 230), (84, 84, 90), None, "stripes"),
    ("cat", (48, 45, 46), (240, 238, 234), (36, 33, 34), None, "plain"),
    ("cat", (238, 234, 226), (248, 246, 242), (206, 128, 62), None, "patches"),
    ("cat", (232, 214, 186), (238, 224, 200), (206, 178, 142), (84, 62, 52), "plain"),
    ("cat", (112, 118, 128), (136, 142, 152), (92, 98, 108), None, "plain"),
    ("cat", (204, 160, 104), (244, 228, 204), (70, 46, 30), None, "spots"),
    ("dog", (208, 164, 104), (236, 210, 166), (184, 136, 78), None, "plain"),
    ("dog", (96, 64, 44), (122, 84, 58), (78, 50, 34), None, "plain"),
    ("dog", (50, 46, 45), (176, 116, 66), (36, 33, 33), None, "plain"),
    ("dog", (240, 238, 232), (246, 244, 240), (42, 40, 40), None, "spots"),
    ("dog", (242, 236, 226), (248, 244, 238), (148, 92, 52), (128, 78, 44), "patches"),
    ("dog", (120, 124, 132), (240, 240, 240), (78, 80, 88), None, "plain"),
    ("dog", (190, 134, 82), (240, 222, 196), (60, 46, 40), (70, 52, 44), "saddle"),
    ("dog", (226, 204, 170), (240, 226, 204), (202, 172, 130), None, "plain"),
)
EYES = {
    "cat": ((196, 176, 66), (128, 168, 84), (214, 140, 52), (110, 160, 196)),
    "dog": ((84, 52, 30), (110, 70, 38), (60, 40, 28), (124, 156, 184)),
}


@dataclass
class Look:
    """One animal's colours, ears, eyes and build."""

    species: str
    fur: tuple
    belly: tuple
    marks: tuple
    extremities: tuple
    pattern: str
    eye: tuple
    ears: str
    slim: float
    random_generator: np.random.Generator = field(repr=False)

    def hair(self, points, colour=None, shade=1.0, roundness=0.75, plain=False):
        """Give a furry part: its outline is a little ragged, markings show unless `plain`."""
        ragged = points + self.random_generator.normal(0, 0.0022, points.shape)
        marked = None if plain or self.pattern == "none" else tint(self.marks, shade)
        return Part(ragged, tint(colour or self.fur, shade), roundness, 0.9, marked)


def draw_pet(random_generator):
    """Draw by lot a cat or a dog: coat, build and pose."""
    coat = COATS[random_generator.integers(len(COATS))]
    species, fur, belly, marks, extremities, pattern = coat
    vary = random_generator.normal(1, 0.05, 3)
    eyes = EYES[species]
    look = Look(
        species,
        tint(fur, vary),
        tint(belly, vary),
        tint(marks, vary),
        tint(extremities or fur, vary),
        pattern,
        eyes[random_generator.integers(len(eyes))],
        "pointed" if species == "cat" else str(random_generator.choice(["floppy", "pointed"])),
        random_generator.uniform(0.88, 1.15),
        random_generator,
    )
    pose = (_face, _sitting, _standing, _lying)[random_generator.integers(4)]
    parts = pose(look)
    tall = pose in (_face, _sitting)
    return Figure(
        parts,
        _markings(pattern, random_generator, tall),
        "fur",
        (0.95, 0.9) if tall else (0.95, 0.85),
        close_up=pose is _face,
    )


def _markings(pattern, random_generator, tall):
    """Where the second fur colour shows, float [128, 128] in 0..1 over the figure's box."""
    bend = rough_field(random_generator, 5, 5)
    if pattern == "stripes":
        across, down = np.meshgrid(np.linspace(0, 1, 128), np.linspace(0, 1, 128))
        phase = (down if tall else across) * 2 * np.pi * 13 + 1.3 * bend
        return np.clip(1.6 * np.sin(phase) + rough_field(random_generator, 16, 16), 0, 1) * 0.8
    if pattern == "patches":
        return np.clip(4 * bend, 0, 1)
    if pattern == "spots":
        return np.clip(5 * (rough_field(random_generator, 26, 26) - 0.8), 0, 1)
    if pattern == "saddle":
        down = np.linspace(1, 0, 128, dtype=np.float32)[:, None]
        return np.clip(6 * (down - 0.5) + bend * 0.4, 0, 1)
    return np.clip(0.4 * bend + 0.3, 0, 0.7)


def _face(look):
    random_generator = look.random_generator
    chest = mirrored([(0.0, 0.5), (0.3, 0.42), (0.5, 0.18), (0.62, -0.15), (0.6, -0.5), (0, -0.5)])
    bib = mirrored([(0.0, 0.35), (0.22, 0.25), (0.26, 0.0), (0.2, -0.5), (0, -0.5)])
    tilt, turned = random_generator.uniform(-0.2, 0.2), random_generator.uniform(-0.5, 0.5)
    return [
        look.hair(smooth(chest), shade=0.85),
        look.hair(smooth(bib), look.belly, 0.9, 0.5, plain=True),
        *_head(look, (0.05 * turned, 0.62), 0.42, tilt, turned),
    ]


def _sitting(look):
    random_generator, wide = look.random_generator, look.slim
    turned, tilt = random_generator.uniform(-0.6, 0.6), random_generator.uniform(-0.25, 0.25)
    lean = 0.08 * turned
    body = mirrored(
        [(0, 0.78), (0.12, 0.74), (0.17, 0.6), (0.21, 0.4), (0.3, 0.2), (0.3, 0.02), (0.1, 0.0)]
    ) * (wide, 1)
    body[:, 0] += lean * body[:, 1]
    swing = random_generator.choice([-1, 1]) * random_generator.uniform(0.8, 1.15)
    lift = random_generator.uniform(0.0, 0.5)
    tail = np.array([(0.15, 0.08), (0.36, 0.04), (0.52, 0.08), (0.56, lift), (0.44, lift + 0.06)])
    tail = np.c_[tail * (swing, 1), [0.05, 0.045, 0.04, 0.035, 0.018]]
    bib = mirrored([(0, 0.72), (0.1, 0.62), (0.12, 0.42), (0.06, 0.26), (0, 0.22)])
    parts = [
        look.hair(limb(tail), look.extremities, 0.85),
        look.hair(smooth(body)),
        look.hair(smooth(bib + (lean * 0.5, 0)), look.belly, roundness=0.4, plain=True),
    ]
    for side in (-1, 1):
        parts.append(look.hair(ellipse(side * 0.21 * wide, 0.13, 0.12, 0.14), shade=0.93))
        parts += _paw(look, side * 0.25 * wide, 0.035, 0.085)
    for side in (-1, 1):
        x = side * random_generator.uniform(0.075, 0.1)
        leg = [(x * 0.9 + lean * 0.4, 0.46, 0.07), (x, 0.25, 0.06), (x, 0.05, 0.05)]
        parts.append(look.hair(limb(leg), shade=0.98, roundness=0.6))
        parts += _paw(look, x, 0.04, 0.066)
    return parts + _head(look, (lean, 0.86), 0.24, tilt, turned)


def _standing(look):
    random_generator = look.random_generator
    tall = 1.0 if look.species == "dog" else 0.85
    steps = random_generator.uniform(-0.07, 0.07, 4)
    body = [(-0.5, 0.6), (-0.42, 0.74), (-0.1, 0.72), (0.15, 0.72), (0.42, 0.78), (0.5, 0.62),
            (0.42, 0.4), (0.15, 0.37), (-0.15, 0.44), (-0.38, 0.42)]  # fmt: skip
    curl = random_generator.uniform(-0.1, 0.45)
    tail = [(-0.42, 0.64, 0.05), (-0.56, 0.68, 0.04), (-0.66, 0.68 + curl, 0.035),
            (-0.6, 0.75 + 1.3 * curl, 0.02)]  # fmt: skip
    parts = [look.hair(limb(tail), look.extremities, 0.85)]
    parts += _leg(look, 0.3, 0.55, steps[0], 0.0, 0.72) + _leg(look, -0.3, 0.55, steps[1], 1, 0.72)
    parts.append(look.hair(smooth(np.multiply(body, (1, 1)))))
    belly = [(0.4, 0.5), (0.15, 0.42), (-0.15, 0.47), (0.0, 0.38), (0.2, 0.34), (0.42, 0.38)]
    parts.append(look.hair(smooth(belly), look.belly, 0.85, 0.3, plain=True))
    parts += _leg(look, -0.34, 0.58, steps[2], 1.0, 1.0) + _leg(look, 0.34, 0.58, steps[3], 0, 1.0)
    neck_x = random_generator.uniform(0.42, 0.52)
    head_y = random_generator.uniform(0.8, 0.98) * tall
    parts.append(look.hair(limb([(0.3, 0.6, 0.16), (0.38, 0.7, 0.14), (neck_x, head_y, 0.12)])))
    turned, tilt = random_generator.uniform(-0.2, 0.9), random_generator.uniform(-0.25, 0.2)
    return parts + _head(look, (neck_x + 0.04, head_y + 0.02), 0.21, tilt, turned)


def _lying(look):
    random_generator = look.random_generator
    body = [(-0.58, 0.1), (-0.5, 0.36), (-0.2, 0.42), (0.1, 0.38), (0.35, 0.42), (0.45, 0.2),
            (0.35, 0.0), (0.0, -0.02), (-0.45, 0.0)]  # fmt: skip
    tip = random_generator.uniform(-0.6, 0.1)
    tail = [(-0.5, 0.1, 0.05), (-0.72, 0.06, 0.045), (-0.7, -0.05, 0.04), (tip, -0.04, 0.022)]
    reach = random_generator.uniform(0.56, 0.72)
    parts = [
        look.hair(limb([(0.2, 0.16, 0.08), (0.4, 0.09, 0.06), (reach, 0.07, 0.05)]), shade=0.75)
    ]
    parts += _paw(look, reach + 0.02, 0.065, 0.06, 0.8)
    parts.append(look.hair(smooth(body)))
    parts.append(look.hair(ellipse(-0.32, 0.16, 0.2, 0.17, 0.3), shade=0.95))
    parts.append(look.hair(limb([(-0.4, 0.03, 0.06), (-0.25, 0.01, 0.05), (-0.12, 0.02, 0.045)])))
    parts += _paw(look, -0.08, 0.02, 0.06)
    chest = [(0.28, 0.38), (0.46, 0.32), (0.48, 0.14), (0.38, 0.04), (0.26, 0.12)]
    parts.append(look.hair(smooth(chest), look.belly, 0.95, 0.5, plain=True))
    parts.append(
        look.hair(limb([(0.22, 0.12, 0.08), (0.4, 0.03, 0.06), (reach - 0.1, 0.02, 0.05)]))
    )
    parts += _paw(look, reach - 0.06, 0.015, 0.062)
    parts.append(look.hair(limb(tail), look.extremities, 0.95))
    turned, tilt = random_generator.uniform(-0.5, 0.9), random_generator.uniform(-0.3, 0.3)
    head_y = random_generator.uniform(0.42, 0.56)
    return parts + _head(look, (0.38, head_y), 0.22, tilt, turned)


def _leg(look, x, top, step, hind, shade):
    """Give one leg of an animal seen from the side; a hind leg has its hock bent back."""
    foot = x + step
    leg = [(x, top, 0.12 if hind else 0.1), (x + 0.05 * hind + 0.5 * step, 0.34, 0.08),
           (foot - 0.07 * hind, 0.19, 0.045), (foot, 0.05, 0.042)]  # fmt: skip
    return [look.hair(limb(leg), None, shade), *_paw(look, foot + 0.02, 0.035, 0.058, shade)]


def _paw(look, x, y, size, shade=1.0):
    """Give a paw with its toe lines."""
    pale = look.extremities if look.extremities != look.fur else look.belly
    lines = [
        Part(limb([(x + d, y - 0.1 * size, 0.003), (x + d, y, 0.003), (x + d, y + 0.3 * size, 0.002)]),
             tint(pale, 0.5 * shade))
        for d in (-0.3 * size, 0.3 * size)
    ]  # fmt: skip
    return [look.hair(ellipse(x, y, size, 0.65 * size), pale, shade, 0.6, plain=True), *lines]


def _head(look, centre, size, tilt, turned):
    """Give a head seen from the front or half from the side (`turned` in -1..1)."""
    cat = look.species == "cat"

    def put(points, depth=0.0):
        """Place points of a head of radius 1; nearer features move more when the head turns."""
        moved = np.asarray(points, float) + (turned * depth, 0)
        return turn(moved, tilt) * size + centre

    skull = CAT_SKULL if cat else DOG_SKULL
    ears = _ears(look, put, turned)
    parts = ears if look.ears == "pointed" else []
    parts = parts + [look.hair(put(smooth(mirrored(skull))))]
    if look.pattern == "stripes":
        for x in (-0.3, 0, 0.3):
            line = limb([(x, 0.85, 0.05), (0.8 * x, 0.62, 0.05), (0.7 * x, 0.42, 0.02)])
            parts.append(Part(put(line, 0.2), look.marks, grain=0.8))
    parts += _muzzle(look, put, cat) + _eyes(look, put, cat)
    return parts + (ears if look.ears == "floppy" else [])


CAT_SKULL = (
    (0, 0.86),
    (0.5, 0.86),
    (0.98, 0.5),
    (1.1, -0.1),
    (0.85, -0.62),
    (0.35, -0.95),
    (0, -0.98),
)
DOG_SKULL = (
    (0, 0.95),
    (0.55, 0.9),
    (0.86, 0.45),
    (0.8, -0.15),
    (0.66, -0.75),
    (0.4, -1.12),
    (0, -1.15),
)


def _ears(look, put, turned):
    parts = []
    for side in (-1, 1):
        mirror = (side, 1)
        if look.ears == "floppy":
            flap = [(0.35, 0.82), (0.75, 0.95), (1.1, 0.55), (1.25, -0.1), (1.15, -0.75), (0.85, -0.8),
                    (0.75, -0.2), (0.62, 0.3)]  # fmt: skip
            colour = look.extremities if look.extremities != look.fur else tint(look.fur, 0.8)
            parts.append(look.hair(put(smooth(flap) * mirror, -0.1), colour))
            continue
        tip = (0.86, 1.62) if look.species == "cat" else (0.72, 1.75)
        outer = [(0.12, 0.6), (0.32, 1.05), tip, tip, (1.06, 0.95), (1.0, 0.2), (0.5, 0.2)]
        outer = smooth(outer) * mirror
        inner = (outer - (side * 0.66, 0.85)) * (0.58, 0.7) + (side * 0.66, 0.86)
        parts.append(look.hair(put(outer, -0.12), look.extremities, 0.92))
        parts.append(Part(put(inner, -0.08 + 0.05 * turned), (206, 150, 140), 0.5, 0.8))
    return parts


def _muzzle(look, put, cat):
    pale = look.extremities if look.extremities != look.fur else look.belly
    parts = []
    if not cat and look.belly != look.fur:
        blaze = mirrored([(0, 0.8), (0.12, 0.6), (0.14, 0.1), (0.35, -0.3), (0, -0.6)])
        parts.append(look.hair(put(smooth(blaze), 0.3), look.belly, 1.0, 0.3, plain=True))
    nose_y, nose = (-0.26, (206, 128, 124)) if cat else (-0.32, (38, 32, 32))
    if look.random_generator.random() < 0.5 and not cat:
        tongue = limb([(0.02, -0.7, 0.15), (0.04, -0.95, 0.16), (0.06, -1.2, 0.13)])
        parts.append(Part(put(tongue, 0.45), (214, 110, 118), 0.6))
    for side in (-1, 1):
        cheek = (ellipse(side * 0.22, -0.46, 0.3, 0.24) if cat
                 else ellipse(side * 0.2, -0.5, 0.34, 0.32, side * 0.4))  # fmt: skip
        parts.append(look.hair(put(cheek, 0.4), pale, 1.0, 0.5, plain=True))
    wide = 0.15 if cat else 0.24
    snout = mirrored([(0, 0.09), (wide, 0.12), (wide, -0.02), (0.05, -0.14), (0, -0.15)])
    parts.append(Part(put(smooth(snout + (0, nose_y)), 0.45), nose, 0.6))
    glint = ellipse(-0.05, nose_y + 0.04, 0.05, 0.025)
    parts.append(Part(put(glint, 0.45), tint(nose, 1.5 if cat else 3.2)))
    dark = tint(pale, 0.35)
    for side in (-1, 1):
        lip = [(0, nose_y - 0.1, 0.02), (0.02 * side, -0.62, 0.022), (0.22 * side, -0.72, 0.02),
               (0.38 * side, -0.6, 0.012)]  # fmt: skip
        parts.append(Part(put(limb(lip), 0.42), dark))
        for droop in (-0.16, 0.0, 0.16) if cat else ():
            hair = [(0.3 * side, -0.45 + droop / 3, 0.012), (0.8 * side, -0.4 + droop, 0.01),
                    (1.35 * side, -0.5 + 2 * droop, 0.004)]  # fmt: skip
            parts.append(Part(put(limb(hair), 0.3), (238, 236, 230)))
    return parts


def _eyes(look, put, cat):
    parts = []
    pale = look.extremities if look.extremities != look.fur else look.fur
    radius = 0.22 if cat else 0.16
    pupil = look.random_generator.uniform(0.3, 0.75) if cat else 0.6
    for side in (-1, 1):
        x, y = side * (0.44 if cat else 0.38), 0.1 if cat else 0.16
        rim = ellipse(x, y, radius * 1.22, radius * 1.12, side * 0.35)
        parts.append(Part(put(rim, 0.25), tint(pale, 0.28)))
        parts.append(Part(put(ellipse(x, y, radius, radius * 0.9), 0.25), look.eye, 0.3))
        parts.append(Part(put(ellipse(x, y, radius * pupil, radius * 0.86), 0.27), (16, 14, 16)))
        glint = ellipse(x - 0.06, y + 0.07, 0.055, 0.055)
        parts.append(Part(put(glint, 0.27), (252, 252, 255)))
        if not cat:
            brow = limb(
                [(x - 0.14, y + 0.24, 0.03), (x, y + 0.32, 0.04), (x + 0.14, y + 0.25, 0.03)]
            )
            parts.append(look.hair(put(brow, 0.2), look.belly, 0.9, 0, plain=True))
    return parts


# --- things built in three dimensions: x along, y up, z towards the viewer -------------------


class View:
    """A camera far away: turned by `yaw` about the vertical, looking down by `pitch` radians."""

    def __init__(self, yaw, pitch):
        self.right = np.array([np.cos(yaw), 0, np.sin(yaw)])
        self.near = np.array(
            [-np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)]
        )
        self.up = np.cross(self.near, self.right)

    def flat(self, points):
        """Project points [count, 3] to the picture [count, 2]."""
        return np.asarray(points, float) @ np.c_[self.right, self.up]

    def sweep(self, outline, shift, colour, grain=0.0):
        """Give the faces one sees of a convex outline [count, 3] swept by the vector `shift`."""
        outline, shift = np.asarray(outline, float), np.asarray(shift, float)
        centre = outline.mean(0) + shift / 2
        after = np.roll(outline, -1, 0)
        faces = [outline, outline + shift]
        faces += [np.array(side) for side in zip(outline, after, after + shift, outline + shift)]
        seen = []
        for face in faces:
            normal = np.cross(face[1] - face[0], face[2] - face[0])
            normal = normal / (np.linalg.norm(normal) + 1e-9)
            normal = normal if normal @ (face.mean(0) - centre) > 0 else -normal
            if normal @ self.near > 0:
                bright = 0.72 + 0.34 * normal[1] + 0.16 * normal[0] + 0.12 * normal[2]
                seen.append(Part(self.flat(face), tint(colour, bright), grain=grain))
        return self.depth(centre), seen

    def box(self, x, y, z, colour, grain=0.0):
        """Give the visible faces of a box between pairs of coordinates."""
        base = [(x[0], y[0], z[0]), (x[1], y[0], z[0]), (x[1], y[0], z[1]), (x[0], y[0], z[1])]
        return self.sweep(base, (0, y[1] - y[0], 0), colour, grain)

    def cushion(self, x, y, z, colour, grain=0.6):
        """Give a stuffed box: the rounded hull of its corners."""
        corners = np.array([(a, b, c) for a in x for b in y for c in z])
        hull = cv2.convexHull(self.flat(corners).astype(np.float32))[:, 0]
        dense = np.stack([hull * 0.88 + np.roll(hull, s, 0) * 0.12 for s in (1, -1)], 1)
        part = Part(smooth(dense.reshape(-1, 2)), colour, 0.7, grain)
        return self.depth(corners.mean(0)), [part]

    def rod(self, points, half_width, colour, grain=0.0):
        """Give a round bar along points [count, 3]."""
        flat = np.c_[self.flat(points), np.full(len(points), half_width)]
        return self.depth(np.mean(points, 0)), [Part(limb(flat), colour, 0.5, grain)]

    def depth(self, point):
        """Tell how near a point is to the viewer."""
        return point @ self.near


def round_about(x, y, radius, z, count=36):
    """Give a circle [count, 3] in the plane of constant z."""
    return np.c_[ellipse(x, y, radius, radius, count=count), np.full(count, z)]


# --- cars -----------------------------------------------------------------------------------

CARS = {
    "hatchback": {
        "profile": [(0, 0.1), (0, 0.24), (0.04, 0.34), (0.12, 0.42), (0.32, 0.44), (0.5, 0.43),
                    (0.66, 0.31), (0.84, 0.28), (0.97, 0.23), (1.0, 0.15), (0.98, 0.07), (0.5, 0.06),
                    (0.02, 0.06)],
        "glass": [[(0.1, 0.3), (0.16, 0.395), (0.33, 0.41), (0.33, 0.29)],
                  [(0.36, 0.29), (0.36, 0.41), (0.48, 0.4), (0.6, 0.3), (0.6, 0.285)]],
        "wheels": (0.2, 0.8, 0.092),
        "screens": ((0.52, 0.64), (0.03, 0.11)),
        "width": 0.42,
    },
    "saloon": {
        "profile": [(0, 0.11), (0, 0.22), (0.03, 0.26), (0.18, 0.275), (0.3, 0.385), (0.45, 0.4),
                    (0.57, 0.385), (0.7, 0.275), (0.88, 0.25), (0.98, 0.2), (1, 0.13), (0.98, 0.065),
                    (0.5, 0.055), (0.02, 0.06)],
        "glass": [[(0.23, 0.275), (0.32, 0.365), (0.43, 0.375), (0.43, 0.27)],
                  [(0.455, 0.27), (0.455, 0.375), (0.56, 0.362), (0.66, 0.275)]],
        "wheels": (0.2, 0.8, 0.083),
        "screens": ((0.58, 0.69), (0.19, 0.29)),
        "width": 0.38,
    },
    "van": {
        "profile": [(0, 0.1), (0, 0.3), (0.01, 0.5), (0.06, 0.53), (0.4, 0.54), (0.68, 0.52),
                    (0.84, 0.33), (0.96, 0.28), (1, 0.2), (0.99, 0.07), (0.5, 0.06), (0.01, 0.06)],
        "glass": [[(0.6, 0.32), (0.6, 0.47), (0.68, 0.47), (0.79, 0.33)]],
        "wheels": (0.19, 0.81, 0.088),
        "screens": ((0.69, 0.83), (-1, -1)),
        "width": 0.42,
    },
    "pick-up": {
        "profile": [(0, 0.12), (0, 0.29), (0.02, 0.3), (0.36, 0.3), (0.39, 0.3), (0.43, 0.43),
                    (0.5, 0.45), (0.62, 0.44), (0.72, 0.31), (0.9, 0.29), (0.99, 0.25), (1, 0.14),
                    (0.97, 0.09), (0.5, 0.085), (0.02, 0.09)],
        "glass": [[(0.435, 0.31), (0.46, 0.41), (0.53, 0.42), (0.53, 0.305)],
                  [(0.55, 0.305), (0.55, 0.42), (0.61, 0.41), (0.69, 0.315)]],
        "wheels": (0.18, 0.8, 0.1),
        "screens": ((0.63, 0.71), (0.39, 0.43)),
        "width": 0.42,
    },
    "sports car": {
        "profile": [(0, 0.12), (0.0, 0.22), (0.03, 0.265), (0.15, 0.275), (0.32, 0.335), (0.44, 0.34),
                    (0.54, 0.32), (0.66, 0.245), (0.85, 0.215), (0.97, 0.16), (1, 0.11), (0.98, 0.05),
                    (0.5, 0.04), (0.02, 0.05)],
        "glass": [[(0.3, 0.25), (0.35, 0.31), (0.45, 0.315), (0.52, 0.3), (0.62, 0.245)]],
        "wheels": (0.19, 0.81, 0.09),
        "screens": ((0.55, 0.66), (0.17, 0.3)),
        "width": 0.4,
    },
}  # fmt: skip
PAINTS = ((196, 40, 36), (34, 72, 150), (228, 228, 226), (172, 176, 180), (52, 54, 60),
          (120, 124, 128), (46, 96, 70), (222, 168, 40), (128, 36, 46), (150, 190, 206))  # fmt: skip
GLASS = (58, 70, 82)


def draw_car(random_generator):
    """Draw by lot a car: body, paint and the side one sees it from."""
    model = CARS[str(random_generator.choice(list(CARS)))]
    paint = tint(PAINTS[random_generator.integers(len(PAINTS))], random_generator.normal(1, 0.06))
    yaw = random_generator.choice([0.06, random_generator.uniform(0.25, 0.75)])
    view = View(yaw, random_generator.uniform(0.05, 0.22))
    half = model["width"] / 2
    outline = smooth(model["profile"])
    rear_wheel, front_wheel, radius = model["wheels"]
    spokes = int(random_generator.integers(5, 11))

    parts = _tyre(view, rear_wheel, radius, -half * 0.95) + _tyre(view, front_wheel, radius, -half)
    parts += _hull(view, outline, half, model["screens"], paint)
    parts.append(Part(view.flat(np.c_[outline, np.full(len(outline), half)]), paint, gloss=1.0))
    parts += _side(view, model, half, paint, random_generator)
    for x in (rear_wheel, front_wheel):
        parts += _wheel(view, x, radius, half, spokes)
    parts += _front(view, model, half, paint, random_generator)
    return Figure(parts, _reflections(random_generator), "speckle", (0.92, 0.7))


def _reflections(random_generator):
    """Slanted light streaks on glass, float [128, 128]."""
    across, down = np.meshgrid(np.linspace(0, 1, 128), np.linspace(0, 1, 128))
    phase = 2 * np.pi * (9 * across + 6 * down + random_generator.random())
    return np.clip(2.5 * np.sin(phase) - 1, 0, 1).astype(np.float32)


def _tyre(view, x, radius, z):
    return [Part(view.flat(round_about(x, radius, radius, z)), (26, 26, 28))]


def _hull(view, outline, half, screens, paint):
    """Give roof, bonnet, front and rear: the side outline swept across the car's width."""
    side, across = np.c_[outline, np.full(len(outline), half)], np.array([0, 0, -2 * half])
    after = np.roll(side, -1, 0)
    normal = np.c_[side[:, 1] - after[:, 1], after[:, 0] - side[:, 0], np.zeros(len(side))]
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    facing = normal @ view.near
    parts = []
    for i in np.argsort(facing):
        corners = [side[i], after[i], after[i] + across, side[i] + across]
        x, y = side[i, :2]
        glass = y > 0.22 and any(start <= x <= end for start, end in screens)
        bright = 0.62 + 0.5 * max(normal[i, 1], 0) + 0.12 * normal[i, 0]
        parts.append(Part(view.flat(corners), tint(paint, bright)))
        if glass:
            inset = [corners[0] + 0.1 * across, corners[1] + 0.1 * across,
                     corners[1] + 0.9 * across, corners[0] + 0.9 * across]  # fmt: skip
            parts.append(Part(view.flat(inset), tint(GLASS, 0.8 + 0.8 * bright)))
    return parts


def _side(view, model, half, paint, random_generator):
    """Give windows, door lines, handles, sill, mirror and aerial of the near side."""

    def put(points, outwards=0.0):
        return view.flat(np.c_[np.asarray(points, float), np.full(len(points), half + outwards)])

    def line(start, end, half_width, colour, outwards=0.0):
        flat = np.c_[put([start, np.add(start, end) / 2, end], outwards), [half_width] * 3]
        return Part(limb(flat), colour)

    glass = tint(GLASS, random_generator.uniform(0.7, 1.5))
    parts = [Part(put(pane), glass, gloss=0.8, marked=(176, 196, 208)) for pane in model["glass"]]
    sill, seam = model["profile"][-2][1], tint(paint, 0.5)
    panes = np.vstack(model["glass"])
    for x in {panes[:, 0].min() + 0.03, *[max(p[0] for p in pane) for pane in model["glass"]]}:
        parts.append(line((x, 0.27), (x - 0.015, sill + 0.02), 0.0025, seam))
        parts.append(line((x - 0.08, 0.245), (x - 0.04, 0.245), 0.006, tint(paint, 0.7)))
    rear_wheel, front_wheel, radius = model["wheels"]
    parts.append(line((rear_wheel, sill + 0.012), (front_wheel, sill + 0.012), 0.012, (40, 40, 42)))
    parts.append(line((0.0, 0.2), (0.035, 0.205), 0.018, (176, 30, 28)))
    parts.append(line((0.95, 0.195), (0.985, 0.185), 0.016, (240, 236, 214)))
    mirror_x = panes[:, 0].max() - 0.06
    mirror = ellipse(mirror_x, panes[:, 1].min() + 0.02, 0.025, 0.018)
    parts.append(Part(put(mirror, 0.03), tint(paint, 0.85), 0.5))
    if random_generator.random() < 0.7:
        roof_x = model["profile"][4][0] + 0.02
        roof = max(y for x, y in model["profile"])
        parts.insert(
            0, line((roof_x, roof - 0.05), (roof_x - 0.05, roof + 0.1), 0.0035, (34, 34, 36), -half)
        )
    return parts


def _wheel(view, x, radius, half, spokes):
    """Give arch, tyre, rim and spokes of a near wheel."""

    def disk(scale, colour, outwards=0.0, rise=0.0):
        circle = round_about(x, radius + rise, radius * scale, half + outwards)
        return Part(view.flat(circle), colour)

    parts = [disk(1.16, (18, 18, 20), rise=0.006), disk(1.0, (38, 38, 40), 0.01),
             disk(0.94, (28, 28, 30), 0.012), disk(0.68, (178, 180, 184), 0.014),
             disk(0.6, (64, 66, 70), 0.014)]  # fmt: skip
    for angle in np.arange(spokes) * 2 * np.pi / spokes:
        spoke = np.array([(0, -0.1), (0.64, -0.07), (0.64, 0.07), (0, 0.1)]) * radius
        spoke = turn(spoke, angle + x) + (x, radius)
        parts.append(Part(view.flat(np.c_[spoke, np.full(4, half + 0.015)]), (196, 198, 202)))
    return [*parts, disk(0.16, (120, 122, 126), 0.016)]


def _front(view, model, half, paint, random_generator):
    """Give headlights, grille and number plate when the front turns towards the viewer."""
    if view.near[0] > -0.1 and view.near[0] < 0.1:
        return []
    nose = max(x for x, y in model["profile"]) - 0.015
    if view.near[0] < 0:
        nose = 0.015

    def panel(y, z, colour, roundness=0.0):
        corners = [(nose, y[0], z[0]), (nose, y[0], z[1]), (nose, y[1], z[1]), (nose, y[1], z[0])]
        return Part(view.flat(corners), colour, roundness)

    front = view.near[0] > 0
    lamp = (244, 240, 222) if front else (178, 30, 30)
    parts = [panel((0.1, 0.13), (-0.4 * half, 0.4 * half), (232, 230, 220))]
    parts.append(
        panel((0.15, 0.19), (-0.5 * half, 0.5 * half), (34, 34, 36) if front else tint(paint, 0.7))
    )
    for side in (-1, 1):
        parts.append(
            panel((0.155, 0.2), sorted((side * 0.6 * half, side * 0.92 * half)), lamp, 0.3)
        )
    return parts


# --- chairs ---------------------------------------------------------------------------------

WOODS = (
    (178, 128, 78),
    (132, 86, 52),
    (206, 168, 118),
    (92, 60, 42),
    (226, 220, 208),
    (150, 110, 74),
)
CLOTHS = ((150, 70, 62), (84, 104, 130), (112, 122, 92), (186, 164, 132), (92, 88, 92),
          (190, 148, 70), (140, 112, 92), (54, 58, 66))  # fmt: skip


def draw_chair(random_generator):
    """Draw by lot a wooden chair, an office chair, an armchair or a stool."""
    yaw = random_generator.uniform(0.25, 0.75) * random_generator.choice([-1, 1])
    view = View(yaw, random_generator.uniform(0.12, 0.38))
    wood = tint(WOODS[random_generator.integers(len(WOODS))], random_generator.normal(1, 0.06, 3))
    cloth = tint(
        CLOTHS[random_generator.integers(len(CLOTHS))], random_generator.normal(1, 0.06, 3)
    )
    maker = (_wooden_chair, _office_chair, _armchair, _stool)[random_generator.integers(4)]
    solids = maker(view, wood, cloth, random_generator)
    parts = [part for _, faces in sorted(solids, key=lambda solid: solid[0]) for part in faces]
    return Figure(parts, None, "weave" if maker is _armchair else "wood", (0.8, 0.9))


def _wooden_chair(view, wood, cloth, random_generator):
    half, seat, top = 0.23, 0.45, random_generator.uniform(0.85, 1.05)
    leg = random_generator.uniform(0.018, 0.028)
    dark = tint(wood, 0.92)
    solids = []
    for x in (-half, half):
        post = (x - leg, x + leg)
        solids.append(view.box(post, (0, seat), (half - leg, half + leg), dark, 0.8))
        solids.append(view.box(post, (0, seat), (-half - leg, -half + leg), dark, 0.8))
        solids.append(view.box(post, (seat, top), (-half - leg, -half + leg), dark, 0.8))
        solids.append(view.box((x - 0.012, x + 0.012), (0.17, 0.2), (-half, half), dark, 0.8))
    solids.append(view.box((-half, half), (0.24, 0.27), (-half - 0.01, -half + 0.01), dark, 0.8))
    back = (-half - 0.012, -half + 0.012)
    solids.append(view.box((-half, half), (top - 0.09, top), back, wood, 0.8))
    if random_generator.random() < 0.5:
        for x in np.linspace(-half, half, int(random_generator.integers(4, 7)))[1:-1]:
            solids.append(view.box((x - 0.014, x + 0.014), (seat, top - 0.09), back, wood, 0.8))
    else:
        for y in np.linspace(seat + 0.12, top - 0.2, int(random_generator.integers(1, 4))):
            solids.append(view.box((-half, half), (y, y + 0.05), back, wood, 0.8))
    rim = half + 0.03
    plank = view.box((-rim, rim), (seat, seat + 0.035), (-rim, rim + 0.02), wood, 0.8)
    solids.append(plank)
    if random_generator.random() < 0.4:
        pad = view.cushion((-half, half), (seat + 0.035, seat + 0.08), (-half + 0.03, half), cloth)
        solids.append((plank[0] + 0.01, pad[1]))
    return solids


def _stool(view, wood, cloth, random_generator):
    height, radius = random_generator.uniform(0.45, 0.8), random_generator.uniform(0.17, 0.23)
    legs = int(random_generator.integers(3, 5))
    solids = []
    angles = np.arange(legs) * 2 * np.pi / legs + 0.5
    feet = np.c_[np.cos(angles), np.sin(angles)] * radius * 1.05
    tops = feet * 0.6
    for (x, z), (top_x, top_z) in zip(feet, tops, strict=True):
        middle = ((x + top_x) / 2, height / 2, (z + top_z) / 2)
        solids.append(view.rod([(x, 0, z), middle, (top_x, height, top_z)], 0.02, wood, 0.8))
    ring = feet * 0.86
    for (x, z), (next_x, next_z) in zip(ring, np.roll(ring, -1, 0), strict=True):
        y = height * 0.35
        middle = ((x + next_x) / 2, y, (z + next_z) / 2)
        solids.append(view.rod([(x, y, z), middle, (next_x, y, next_z)], 0.013, wood, 0.8))
    rim = round_about(0, 0, radius, 0)[:, [0, 2, 1]] + (0, height, 0)
    colour = cloth if random_generator.random() < 0.4 else wood
    _, seat = view.sweep(rim, (0, 0.05, 0), colour, 0.8)
    return [*solids, (9.0, seat)]


def _office_chair(view, wood, cloth, random_generator):
    metal, plastic = (64, 66, 70), (44, 45, 48)
    start = random_generator.uniform(0, 1)
    solids = []
    for angle in start + np.arange(5) * 2 * np.pi / 5:
        x, z = 0.27 * np.cos(angle), 0.27 * np.sin(angle)
        solids.append(view.rod([(0, 0.12, 0), (x / 2, 0.1, z / 2), (x, 0.065, z)], 0.02, metal))
        depth = view.depth(np.array([x, 0.03, z]))
        wheel = ellipse(*view.flat([(x, 0.03, z)])[0], 0.032, 0.032)
        solids.append((depth, [Part(wheel, plastic, 0.6)]))
    solids.append(view.rod([(0, 0.1, 0), (0, 0.25, 0), (0, 0.44, 0)], 0.028, (120, 122, 126)))
    seat = view.cushion((-0.24, 0.24), (0.43, 0.52), (-0.22, 0.26), cloth)
    tall = random_generator.uniform(0.95, 1.15)
    solids.append(view.rod([(0, 0.45, -0.2), (0, 0.52, -0.29), (0, 0.65, -0.27)], 0.026, metal))
    back = view.cushion((-0.21, 0.21), (0.58, tall), (-0.27, -0.2), tint(cloth, 0.95))
    solids += [seat, back]
    if random_generator.random() < 0.7:
        for x in (-0.28, 0.28):
            solids.append(view.rod([(x * 0.7, 0.47, -0.05), (x * 1.1, 0.5, -0.05), (x, 0.68, -0.05)],
                                   0.014, plastic))  # fmt: skip
            solids.append(
                view.rod([(x, 0.69, -0.17), (x, 0.7, 0), (x, 0.69, 0.14)], 0.022, plastic)
            )
    return solids


def _armchair(view, wood, cloth, random_generator):
    top, arm = random_generator.uniform(0.72, 0.98), random_generator.uniform(0.5, 0.6)
    dark = tint(cloth, 0.86)
    solids = []
    for x in (-0.33, 0.33):
        for z in (-0.28, 0.28):
            foot = view.rod([(x * 0.92, 0, z), (x, 0.06, z), (x, 0.14, z)], 0.022, wood, 0.8)
            solids.append((foot[0] - 5, foot[1]))
    solids.append((-4.0, view.cushion((-0.36, 0.36), (0.28, top), (-0.36, -0.2), dark)[1]))
    solids.append((-3.0, view.cushion((-0.36, 0.36), (0.1, 0.34), (-0.34, 0.33), dark)[1]))
    solids.append((-2.0, view.cushion((-0.25, 0.25), (0.4, top - 0.03), (-0.24, -0.12), cloth)[1]))
    solids.append((-1.0, view.cushion((-0.26, 0.26), (0.32, 0.44), (-0.2, 0.36), cloth)[1]))
    far, near = sorted((-1, 1), key=lambda side: side * view.near[0])
    for depth, side in ((-1.5, far), (0.0, near)):
        x = sorted((side * 0.25, side * 0.38))
        solids.append((depth, view.cushion(x, (0.1, arm), (-0.34, 0.36), tint(cloth, 0.95))[1]))
    return solids


FIGURES = {"pets": draw_pet, "cars": draw_car, "chairs": draw_chair}
