"""Drawn chairs: wooden chair, office chair, armchair and stool, with holes between their legs."""

import numpy as np

from unetlab.drawn.paint import Drawing, Part, ellipse, tint
from unetlab.drawn.solids import View, round_about

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
    return Drawing(parts, None, "weave" if maker is _armchair else "wood", (0.8, 0.9))


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
            solids.append(
                view.rod(
                    [(x * 0.7, 0.47, -0.05), (x * 1.1, 0.5, -0.05), (x, 0.68, -0.05)],
                    0.014,
                    plastic,
                )
            )
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
