"""Drawn cars: five bodies, any paint, seen from the side or half from behind."""

import numpy as np

from unetlab.drawn.paint import Drawing, Part, ellipse, limb, smooth, tint, turn
from unetlab.drawn.solids import View, round_about

CARS = {
    "hatchback": {
        "profile": [(0, 0.1), (0, 0.24), (0.04, 0.34), (0.12, 0.42), (0.32, 0.44), (0.5, 0.43),
                    (0.66, 0.31), (0.84, 0.28), (0.97, 0.23), (1.0, 0.15), (0.98, 0.07),
                    (0.5, 0.06), (0.02, 0.06)],
        "glass": [[(0.1, 0.3), (0.16, 0.395), (0.33, 0.41), (0.33, 0.29)],
                  [(0.36, 0.29), (0.36, 0.41), (0.48, 0.4), (0.6, 0.3), (0.6, 0.285)]],
        "wheels": (0.2, 0.8, 0.092),
        "screens": ((0.52, 0.64), (0.03, 0.11)),
        "width": 0.42,
    },
    "saloon": {
        "profile": [(0, 0.11), (0, 0.22), (0.03, 0.26), (0.18, 0.275), (0.3, 0.385), (0.45, 0.4),
                    (0.57, 0.385), (0.7, 0.275), (0.88, 0.25), (0.98, 0.2), (1, 0.13),
                    (0.98, 0.065), (0.5, 0.055), (0.02, 0.06)],
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
        "profile": [(0, 0.12), (0.0, 0.22), (0.03, 0.265), (0.15, 0.275), (0.32, 0.335),
                    (0.44, 0.34), (0.54, 0.32), (0.66, 0.245), (0.85, 0.215), (0.97, 0.16),
                    (1, 0.11), (0.98, 0.05), (0.5, 0.04), (0.02, 0.05)],
        "glass": [[(0.3, 0.25), (0.35, 0.31), (0.45, 0.315), (0.52, 0.3), (0.62, 0.245)]],
        "wheels": (0.19, 0.81, 0.09),
        "screens": ((0.55, 0.66), (0.17, 0.3)),
        "width": 0.4,
    },
}  # fmt: skip
PAINTS = ((196, 40, 36), (34, 72, 150), (228, 228, 226), (172, 176, 180), (52, 54, 60),
          (120, 124, 128), (46, 96, 70), (222, 168, 40), (128, 36, 46),
          (150, 190, 206))  # fmt: skip
GLASS = (58, 70, 82)


def draw_car(random_generator):
    """Draw by lot a car: body, paint and how far its rear is turned to the viewer."""
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
    parts += _rear(view, half, paint)
    return Drawing(parts, _reflections(random_generator), "speckle", (0.92, 0.7))


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
    rear_wheel, front_wheel = model["wheels"][:2]
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


def _rear(view, half, paint):
    """Give number plate, boot and lights when the rear turns towards the viewer."""
    if view.near[0] > -0.1:
        return []

    def panel(y, z, colour, roundness=0.0):
        corners = [(0.015, y[0], z[0]), (0.015, y[0], z[1]), (0.015, y[1], z[1])]
        return Part(view.flat([*corners, (0.015, y[1], z[0])]), colour, roundness)

    parts = [panel((0.1, 0.13), (-0.4 * half, 0.4 * half), (232, 230, 220)),
             panel((0.15, 0.19), (-0.5 * half, 0.5 * half), tint(paint, 0.7))]  # fmt: skip
    for side in (-1, 1):
        place = sorted((side * 0.6 * half, side * 0.92 * half))
        parts.append(panel((0.155, 0.2), place, (178, 30, 30), 0.3))
    return parts
