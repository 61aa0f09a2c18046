"""Drawn cats and dogs: a face close by, or a body that sits, stands or lies."""

from dataclasses import dataclass, field

import numpy as np

from unetlab.drawn.paint import (
    Drawing,
    Part,
    ellipse,
    limb,
    mirrored,
    rough_field,
    smooth,
    tint,
    turn,
)

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
class Coat:
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
        marked = None if plain else tint(self.marks, shade)
        return Part(ragged, tint(colour or self.fur, shade), roundness, 0.9, marked)


def draw_coat(random_generator, species=None):
    """Draw by lot an animal's colours, ears, eyes and build; of any species where it is None."""
    coats = [coat for coat in COATS if species in (None, coat[0])]
    chosen = coats[random_generator.integers(len(coats))]
    species, fur, belly, marks, extremities, pattern = chosen
    vary = random_generator.normal(1, 0.05, 3)
    eyes = EYES[species]
    return Coat(
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


def draw_markings(pattern, random_generator, tall):
    """Where the second fur colour shows, float [128, 128] in 0..1 over the drawing's box."""
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


def draw_head(coat, centre, size, tilt, turned):
    """Give a head seen from the front or half from the side (`turned` in -1..1)."""
    cat = coat.species == "cat"

    def put(points, depth=0.0):
        """Place points of a head of radius 1; nearer features move more when the head turns."""
        moved = np.asarray(points, float) + (turned * depth, 0)
        return turn(moved, tilt) * size + centre

    skull = CAT_SKULL if cat else DOG_SKULL
    ears = _ears(coat, put, turned)
    parts = ears if coat.ears == "pointed" else []
    parts = parts + [coat.hair(put(smooth(mirrored(skull))))]
    if coat.pattern == "stripes":
        for x in (-0.3, 0, 0.3):
            line = limb([(x, 0.85, 0.05), (0.8 * x, 0.62, 0.05), (0.7 * x, 0.42, 0.02)])
            parts.append(Part(put(line, 0.2), coat.marks, grain=0.8))
    parts += _muzzle(coat, put, cat) + _eyes(coat, put, cat)
    return parts + (ears if coat.ears == "floppy" else [])


def _ears(coat, put, turned):
    parts = []
    for side in (-1, 1):
        mirror = (side, 1)
        if coat.ears == "floppy":
            flap = [
                (0.35, 0.82),
                (0.75, 0.95),
                (1.1, 0.55),
                (1.25, -0.1),
                (1.15, -0.75),
                (0.85, -0.8),
                (0.75, -0.2),
                (0.62, 0.3),
            ]
            colour = coat.extremities if coat.extremities != coat.fur else tint(coat.fur, 0.8)
            parts.append(coat.hair(put(smooth(flap) * mirror, -0.1), colour))
            continue
        tip = (0.86, 1.62) if coat.species == "cat" else (0.72, 1.75)
        outer = [(0.12, 0.6), (0.32, 1.05), tip, tip, (1.06, 0.95), (1.0, 0.2), (0.5, 0.2)]
        outer = smooth(outer) * mirror
        inner = (outer - (side * 0.66, 0.85)) * (0.58, 0.7) + (side * 0.66, 0.86)
        parts.append(coat.hair(put(outer, -0.12), coat.extremities, 0.92))
        parts.append(Part(put(inner, -0.08 + 0.05 * turned), (206, 150, 140), 0.5, 0.8))
    return parts


def _muzzle(coat, put, cat):
    pale = coat.extremities if coat.extremities != coat.fur else coat.belly
    parts = []
    if not cat and coat.belly != coat.fur:
        blaze = mirrored([(0, 0.8), (0.12, 0.6), (0.14, 0.1), (0.35, -0.3), (0, -0.6)])
        parts.append(coat.hair(put(smooth(blaze), 0.3), coat.belly, 1.0, 0.3, plain=True))
    nose_y, nose = (-0.26, (206, 128, 124)) if cat else (-0.32, (38, 32, 32))
    if coat.random_generator.random() < 0.5 and not cat:
        tongue = limb([(0.02, -0.7, 0.15), (0.04, -0.95, 0.16), (0.06, -1.2, 0.13)])
        parts.append(Part(put(tongue, 0.45), (214, 110, 118), 0.6))
    for side in (-1, 1):
        cheek = (
            ellipse(side * 0.22, -0.46, 0.3, 0.24)
            if cat
            else ellipse(side * 0.2, -0.5, 0.34, 0.32, side * 0.4)
        )
        parts.append(coat.hair(put(cheek, 0.4), pale, 1.0, 0.5, plain=True))
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


def _eyes(coat, put, cat):
    parts = []
    radius = 0.22 if cat else 0.16
    pupil = coat.random_generator.uniform(0.3, 0.75) if cat else 0.6
    for side in (-1, 1):
        x, y = side * (0.44 if cat else 0.38), 0.1 if cat else 0.16
        rim = ellipse(x, y, radius * 1.22, radius * 1.12, side * 0.35)
        parts.append(Part(put(rim, 0.25), tint(coat.extremities, 0.28)))
        parts.append(Part(put(ellipse(x, y, radius, radius * 0.9), 0.25), coat.eye, 0.3))
        parts.append(Part(put(ellipse(x, y, radius * pupil, radius * 0.86), 0.27), (16, 14, 16)))
        glint = ellipse(x - 0.06, y + 0.07, 0.055, 0.055)
        parts.append(Part(put(glint, 0.27), (252, 252, 255)))
        if not cat:
            brow = limb(
                [(x - 0.14, y + 0.24, 0.03), (x, y + 0.32, 0.04), (x + 0.14, y + 0.25, 0.03)]
            )
            parts.append(coat.hair(put(brow, 0.2), coat.belly, 0.9, 0, plain=True))
    return parts


def draw_pet(random_generator, species=None):
    """Draw by lot a cat or a dog, or one of the species given: coat, build and pose."""
    coat = draw_coat(random_generator, species)
    pose = (_face, _sitting, _standing, _lying)[random_generator.integers(4)]
    parts = pose(coat)
    tall = pose in (_face, _sitting)
    return Drawing(
        parts,
        draw_markings(coat.pattern, random_generator, tall),
        "fur",
        (0.95, 0.9) if tall else (0.95, 0.85),
        close_up=pose is _face,
    )


def _face(coat):
    random_generator = coat.random_generator
    chest = mirrored([(0.0, 0.5), (0.3, 0.42), (0.5, 0.18), (0.62, -0.15), (0.6, -0.5), (0, -0.5)])
    bib = mirrored([(0.0, 0.35), (0.22, 0.25), (0.26, 0.0), (0.2, -0.5), (0, -0.5)])
    tilt, turned = random_generator.uniform(-0.2, 0.2), random_generator.uniform(-0.5, 0.5)
    return [
        coat.hair(smooth(chest), shade=0.85),
        coat.hair(smooth(bib), coat.belly, 0.9, 0.5, plain=True),
        *draw_head(coat, (0.05 * turned, 0.62), 0.42, tilt, turned),
    ]


def _sitting(coat):
    random_generator, wide = coat.random_generator, coat.slim
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
        coat.hair(limb(tail), coat.extremities, 0.85),
        coat.hair(smooth(body)),
        coat.hair(smooth(bib + (lean * 0.5, 0)), coat.belly, roundness=0.4, plain=True),
    ]
    for side in (-1, 1):
        parts.append(coat.hair(ellipse(side * 0.21 * wide, 0.13, 0.12, 0.14), shade=0.93))
        parts += _paw(coat, side * 0.25 * wide, 0.035, 0.085)
    for side in (-1, 1):
        x = side * random_generator.uniform(0.075, 0.1)
        leg = [(x * 0.9 + lean * 0.4, 0.46, 0.07), (x, 0.25, 0.06), (x, 0.05, 0.05)]
        parts.append(coat.hair(limb(leg), shade=0.98, roundness=0.6))
        parts += _paw(coat, x, 0.04, 0.066)
    return parts + draw_head(coat, (lean, 0.86), 0.24, tilt, turned)


def _standing(coat):
    random_generator = coat.random_generator
    tall = 1.0 if coat.species == "dog" else 0.85
    steps = random_generator.uniform(-0.07, 0.07, 4)
    body = [(-0.5, 0.6), (-0.42, 0.74), (-0.1, 0.72), (0.15, 0.72), (0.42, 0.78), (0.5, 0.62),
            (0.42, 0.4), (0.15, 0.37), (-0.15, 0.44), (-0.38, 0.42)]  # fmt: skip
    curl = random_generator.uniform(-0.1, 0.45)
    tail = [(-0.42, 0.64, 0.05), (-0.56, 0.68, 0.04), (-0.66, 0.68 + curl, 0.035),
            (-0.6, 0.75 + 1.3 * curl, 0.02)]  # fmt: skip
    parts = [coat.hair(limb(tail), coat.extremities, 0.85)]
    parts += _leg(coat, 0.3, 0.55, steps[0], 0.0, 0.72) + _leg(coat, -0.3, 0.55, steps[1], 1, 0.72)
    parts.append(coat.hair(smooth(body)))
    belly = [(0.4, 0.5), (0.15, 0.42), (-0.15, 0.47), (0.0, 0.38), (0.2, 0.34), (0.42, 0.38)]
    parts.append(coat.hair(smooth(belly), coat.belly, 0.85, 0.3, plain=True))
    parts += _leg(coat, -0.34, 0.58, steps[2], 1.0, 1.0) + _leg(coat, 0.34, 0.58, steps[3], 0, 1.0)
    neck_x = random_generator.uniform(0.42, 0.52)
    head_y = random_generator.uniform(0.8, 0.98) * tall
    parts.append(coat.hair(limb([(0.3, 0.6, 0.16), (0.38, 0.7, 0.14), (neck_x, head_y, 0.12)])))
    turned, tilt = random_generator.uniform(-0.2, 0.9), random_generator.uniform(-0.25, 0.2)
    return parts + draw_head(coat, (neck_x + 0.04, head_y + 0.02), 0.21, tilt, turned)


def _lying(coat):
    random_generator = coat.random_generator
    body = [(-0.58, 0.1), (-0.5, 0.36), (-0.2, 0.42), (0.1, 0.38), (0.35, 0.42), (0.45, 0.2),
            (0.35, 0.0), (0.0, -0.02), (-0.45, 0.0)]  # fmt: skip
    tip = random_generator.uniform(-0.6, 0.1)
    tail = [(-0.5, 0.1, 0.05), (-0.72, 0.06, 0.045), (-0.7, -0.05, 0.04), (tip, -0.04, 0.022)]
    reach = random_generator.uniform(0.56, 0.72)
    parts = [
        coat.hair(limb([(0.2, 0.16, 0.08), (0.4, 0.09, 0.06), (reach, 0.07, 0.05)]), shade=0.75)
    ]
    parts += _paw(coat, reach + 0.02, 0.065, 0.06, 0.8)
    parts.append(coat.hair(smooth(body)))
    parts.append(coat.hair(ellipse(-0.32, 0.16, 0.2, 0.17, 0.3), shade=0.95))
    parts.append(coat.hair(limb([(-0.4, 0.03, 0.06), (-0.25, 0.01, 0.05), (-0.12, 0.02, 0.045)])))
    parts += _paw(coat, -0.08, 0.02, 0.06)
    chest = [(0.28, 0.38), (0.46, 0.32), (0.48, 0.14), (0.38, 0.04), (0.26, 0.12)]
    parts.append(coat.hair(smooth(chest), coat.belly, 0.95, 0.5, plain=True))
    parts.append(
        coat.hair(limb([(0.22, 0.12, 0.08), (0.4, 0.03, 0.06), (reach - 0.1, 0.02, 0.05)]))
    )
    parts += _paw(coat, reach - 0.06, 0.015, 0.062)
    parts.append(coat.hair(limb(tail), coat.extremities, 0.95))
    turned, tilt = random_generator.uniform(-0.5, 0.9), random_generator.uniform(-0.3, 0.3)
    head_y = random_generator.uniform(0.42, 0.56)
    return parts + draw_head(coat, (0.38, head_y), 0.22, tilt, turned)


def _leg(coat, x, top, step, hind, shade):
    """Give one leg of an animal seen from the side; a hind leg has its hock bent back."""
    foot = x + step
    leg = [(x, top, 0.12 if hind else 0.1), (x + 0.05 * hind + 0.5 * step, 0.34, 0.08),
           (foot - 0.07 * hind, 0.19, 0.045), (foot, 0.05, 0.042)]  # fmt: skip
    return [coat.hair(limb(leg), None, shade), *_paw(coat, foot + 0.02, 0.035, 0.058, shade)]


def _paw(coat, x, y, size, shade=1.0):
    """Give a paw with its toe lines."""
    pale = coat.extremities if coat.extremities != coat.fur else coat.belly
    parts = [coat.hair(ellipse(x, y, size, 0.65 * size), pale, shade, 0.6, plain=True)]
    for toe in (x - 0.3 * size, x + 0.3 * size):
        line = limb([(toe, y - 0.1 * size, 0.003), (toe, y, 0.003), (toe, y + 0.3 * size, 0.002)])
        parts.append(Part(line, tint(pale, 0.5 * shade)))
    return parts
