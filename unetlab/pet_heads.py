"""The heads of drawn pets: skull, ears, muzzle and eyes.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import numpy as np

from unetlab.outlines import Part, ellipse, limb, mirrored, smooth, tint, turn

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


def draw_head(look, centre, size, tilt, turned):
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


def _ears(look, put, turned):
    parts = []
    for side in (-1, 1):
        mirror = (side, 1)
        if look.ears == "floppy":
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
