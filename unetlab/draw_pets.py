"""Drawn cats and dogs: a face close by, or a body that sits, stands or lies.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import numpy as np

from unetlab.outlines import Drawing, Part, ellipse, limb, mirrored, smooth, tint
from unetlab.pet_heads import draw_head
from unetlab.pet_looks import draw_look, draw_markings


def draw_pet(random_generator):
    """Draw by lot a cat or a dog: coat, build and pose."""
    look = draw_look(random_generator)
    pose = (_face, _sitting, _standing, _lying)[random_generator.integers(4)]
    parts = pose(look)
    tall = pose in (_face, _sitting)
    return Drawing(
        parts,
        draw_markings(look.pattern, random_generator, tall),
        "fur",
        (0.95, 0.9) if tall else (0.95, 0.85),
        close_up=pose is _face,
    )


def _face(look):
    random_generator = look.random_generator
    chest = mirrored([(0.0, 0.5), (0.3, 0.42), (0.5, 0.18), (0.62, -0.15), (0.6, -0.5), (0, -0.5)])
    bib = mirrored([(0.0, 0.35), (0.22, 0.25), (0.26, 0.0), (0.2, -0.5), (0, -0.5)])
    tilt, turned = random_generator.uniform(-0.2, 0.2), random_generator.uniform(-0.5, 0.5)
    return [
        look.hair(smooth(chest), shade=0.85),
        look.hair(smooth(bib), look.belly, 0.9, 0.5, plain=True),
        *draw_head(look, (0.05 * turned, 0.62), 0.42, tilt, turned),
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
    return parts + draw_head(look, (lean, 0.86), 0.24, tilt, turned)


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
    return parts + draw_head(look, (neck_x + 0.04, head_y + 0.02), 0.21, tilt, turned)


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
    return parts + draw_head(look, (0.38, head_y), 0.22, tilt, turned)


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
        Part(
            limb(
                [(x + d, y - 0.1 * size, 0.003), (x + d, y, 0.003), (x + d, y + 0.3 * size, 0.002)]
            ),
            tint(pale, 0.5 * shade),
        )
        for d in (-0.3 * size, 0.3 * size)
    ]
    return [look.hair(ellipse(x, y, size, 0.65 * size), pale, shade, 0.6, plain=True), *lines]
