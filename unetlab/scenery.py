"""Scenery: the balls, boxes, plants and bars that stand behind a subject or hide a part of it.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import numpy as np

from unetlab.outlines import Part, ellipse, limb, smooth, tint
from unetlab.surfaces import GREENS, earth, pick


def draw_ball(x, y, radius, random_generator):
    """Give a ball with a band."""
    colour = tint(
        pick(((196, 60, 50), (60, 100, 170), (220, 180, 70), (150, 110, 80)), random_generator), 1
    )
    band = ellipse(x, y, radius, 0.3 * radius, random_generator.uniform(-1, 1))
    return [Part(ellipse(x, y, radius, radius), colour, 0.9), Part(band, tint(colour, 1.35), 0.5)]


def draw_box(x, y, size, random_generator):
    """Give a cardboard box."""
    colour = earth(random_generator)
    front = [(x, y), (x + size, y), (x + size, y + 0.8 * size), (x, y + 0.8 * size)]
    lid = [front[3], front[2], (x + 1.2 * size, y + size), (x + 0.2 * size, y + size)]
    side = [front[1], (x + 1.2 * size, y + 0.2 * size), lid[2], front[2]]
    return [Part(np.array(front), colour, 0.2), Part(np.array(lid), tint(colour, 1.15)),
            Part(np.array(side), tint(colour, 0.75))]  # fmt: skip


def draw_bowl(x, y, size, random_generator):
    """Give a bowl with food in it."""
    colour = earth(random_generator)
    sides = smooth(
        [
            (x - size, y + 0.5 * size),
            (x + size, y + 0.5 * size),
            (x + 0.7 * size, y - 0.2 * size),
            (x - 0.7 * size, y - 0.2 * size),
        ]
    )
    return [
        Part(sides, colour, 0.6),
        Part(ellipse(x, y + 0.36 * size, 0.72 * size, 0.16 * size), (96, 62, 42)),
    ]


def draw_picture_frame(x, y, size, random_generator):
    """Give a picture on the wall."""

    def rectangle(inset, colour):
        low_x, high_x = x + inset, x + size - inset
        low_y, high_y = y + inset, y + 1.2 * size - inset
        return Part(
            np.array([(low_x, low_y), (high_x, low_y), (high_x, high_y), (low_x, high_y)]), colour
        )

    return [rectangle(0, earth(random_generator)), rectangle(0.1 * size, (226, 222, 212)),
            rectangle(0.2 * size, earth(random_generator))]  # fmt: skip


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
    pot = smooth(
        [
            (x - 0.3 * size, y + 0.45 * size),
            (x + 0.3 * size, y + 0.45 * size),
            (x + 0.2 * size, y),
            (x - 0.2 * size, y),
        ]
    )
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
        cos, sin = np.cos(tilt), np.sin(tilt)
        leaf = leaf @ np.array([[cos, sin], [-sin, cos]]) + (x, y)
        parts.append(Part(leaf, tint(green, random_generator.uniform(0.7, 1.3)), 0.4))
    return parts


def draw_bar(random_generator):
    """Give an upright pole that is taller than the picture."""
    x, half = random_generator.uniform(0.15, 0.85), random_generator.uniform(0.012, 0.03)
    lean = random_generator.uniform(-0.03, 0.03)
    pole = np.array(
        [(x - half, -0.1), (x + half, -0.1), (x + half + lean, 9), (x - half + lean, 9)]
    )
    return [Part(pole, tint(earth(random_generator), 0.8), 0.6, gloss=0.2)]
