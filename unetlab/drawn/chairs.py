"""Drawn chairs: wooden and padded ones, armchairs, now and then an office chair."""

import numpy as np

from unetlab.drawn.paint import Drawing, Part, ellipse, tint
from unetlab.drawn.solids import View

WOODS = (
    (178, 128, 78),
    (132, 86, 52),
    (206, 168, 118),
    (92, 60, 42),
    (226, 220, 208),
    (150, 110, 74),
)
CLOTHS = ((150, 70, 62), (84, 104, 130), (112, 122, 92), (186, 164, 132), (92, 88, 92),
          (190, 148, 70), (140, 112, 92), (54, 58, 66), (176, 40, 40), (44, 42, 44))  # fmt: skip


def draw_chair(random_generator):
    """Draw by lot a chair as shops have them: wooden, padded, an armchair or an office chair."""
    makers = (_wooden_chair, _padded_chair, _armchair, _office_chair)
    maker = makers[random_generator.choice(4, p=(0.5, 0.25, 0.15, 0.1))]
    yaw = random_generator.uniform(0.15, 0.75) * random_generator.choice([-1, 1])
    view = View(yaw, random_generator.uniform(0.12, 0.38))
    wood = tint(WOODS[random_generator.integers(len(WOODS))], random_generator.normal(1, 0.06, 3))
    cloth = tint(
        CLOTHS[random_generator.integers(len(CLOTHS))], random_generator.normal(1, 0.06, 3)
    )
    solids = maker(view, wood, cloth, random_generator)
    parts = [part for _, faces in sorted(solids, key=lambda solid: solid[0]) for part in faces]
    padded = maker in (_armchair, _padded_chair)
    return Drawing(parts, None, "weave" if padded else "wood", (0.95, 0.86))


def _wooden_chair(view, wood, cloth, random_generator):
    half, seat = random_generator.uniform(0.23, 0.29), random_generator.uniform(0.38, 0.45)
    top = seat + random_generator.uniform(0.36, 0.55)
    dark = tint(wood, 0.92)
    solids = _legs(view, half, seat, dark, random_generator)
    leg = random_generator.uniform(0.022, 0.034)
    back = (-half - 0.014, -half + 0.014)
    for x in (-half, half):
        post = (x - leg, x + leg)
        solids.append(view.box(post, (seat, top), (-half - leg, -half + leg), dark))
    solids.append(view.box((-half, half), (top - 0.1, top), back, wood))
    kind = random_generator.choice(["slats", "rungs", "board", "board"])
    if kind == "slats":
        for x in np.linspace(-half, half, int(random_generator.integers(4, 7)))[1:-1]:
            solids.append(view.box((x - 0.022, x + 0.022), (seat, top - 0.1), back, wood))
    elif kind == "rungs":
        for y in np.linspace(seat + 0.1, top - 0.22, int(random_generator.integers(2, 4))):
            solids.append(view.box((-half, half), (y, y + 0.065), back, wood))
    else:
        low = seat + random_generator.uniform(0.04, 0.16)
        solids.append(view.box((-half, half), (low, top - 0.1), back, wood))
    rim = half + 0.03
    plank = view.box((-rim, rim), (seat, seat + 0.04), (-rim, rim + 0.02), wood)
    solids.append(plank)
    if random_generator.random() < 0.5:
        pad = view.cushion((-half, half), (seat + 0.04, seat + 0.1), (-half + 0.03, half), cloth)
        solids.append((plank[0] + 0.01, pad[1]))
    return solids


def _padded_chair(view, wood, cloth, random_generator):
    """Give a chair with a padded seat and back on four wooden legs."""
    half, seat = random_generator.uniform(0.25, 0.31), random_generator.uniform(0.3, 0.38)
    top = seat + random_generator.uniform(0.42, 0.6)
    solids = _legs(view, half - 0.02, seat, tint(wood, 0.8), random_generator)
    back = view.cushion((-half, half), (seat + 0.02, top), (-half - 0.06, -half + 0.04), cloth)
    cushion = view.cushion(
        (-half, half), (seat - 0.02, seat + 0.12), (-half, half + 0.03), tint(cloth, 0.95)
    )
    # The seat lies before the back, seen from the front; from behind it would hide under it.
    return [*solids, (2.0, back[1]), (3.0, cushion[1])]


def _legs(view, half, seat, wood, random_generator):
    """Give four legs, and often the bars between them."""
    leg = random_generator.uniform(0.024, 0.036)
    solids = []
    for x in (-half, half):
        for z in (half, -half):
            post = (x - leg, x + leg), (0, seat), (z - leg, z + leg)
            solids.append(view.box(*post, wood))
    if random_generator.random() < 0.6:
        for x in (-half, half):
            solids.append(view.box((x - 0.014, x + 0.014), (0.13, 0.17), (-half, half), wood))
        solids.append(view.box((-half, half), (0.19, 0.23), (-half - 0.01, -half + 0.01), wood))
    return solids


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
