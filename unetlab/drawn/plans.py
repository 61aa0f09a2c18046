"""Plans of scenes: where the subject stands, the ground, the light and everything else."""

from dataclasses import dataclass, field

import numpy as np

from unetlab.drawn.grounds import (
    HIDDEN,
    SETTINGS,
    backdrop,
    blanket,
    draw_ball,
    draw_bar,
    draw_blades,
    draw_bowl,
    draw_box,
    draw_branch,
    draw_picture_frame,
    draw_pot_plant,
    garden,
    pick,
    room,
    street,
    studio,
)
from unetlab.drawn.paint import Drawing, draw_glow


@dataclass
class Scene:
    """What `plan_scene` drew by lot; lengths are fractions of the shorter side, y up."""

    placement: tuple
    baseline: float
    light: tuple
    wall: np.ndarray
    floor: np.ndarray
    horizon: float
    seam: tuple | None
    close_up: bool
    shadow: tuple
    glow: np.ndarray
    blur: float
    quality: int
    noise_seed: int
    behind: list = field(default_factory=list)
    in_front: list = field(default_factory=list)


def plan_scene(kind, drawing, random_generator):
    """Draw by lot where the drawing stands, the ground, the light and everything else."""
    setting = pick(SETTINGS[kind], random_generator)
    wall, floor, seam = setting(random_generator)
    baseline = random_generator.uniform(0.05, 0.14)
    placement = _fit(drawing, baseline, random_generator)
    light_x = random_generator.uniform(-0.9, 0.9)
    light = (light_x, -np.sqrt(1 - light_x**2))
    horizon = baseline + random_generator.uniform(0.18, 0.4)
    if setting is blanket:
        horizon = 0.0
    behind, in_front = _extras(setting, horizon, HIDDEN.get(kind, 0.45), random_generator)
    shadow = (
        -0.7 * light_x,
        random_generator.uniform(0.15, 0.4),
        random_generator.uniform(0.25, 0.6),
    )
    return Scene(
        placement,
        baseline,
        light,
        wall,
        floor,
        horizon,
        seam,
        drawing.close_up,
        shadow,
        draw_glow(light, random_generator),
        random_generator.uniform(0, 0.004),
        int(random_generator.integers(70, 96)),
        int(random_generator.integers(2**31)),
        behind,
        in_front,
    )


def _fit(drawing, baseline, random_generator):
    """Fit a drawing into the frame: (scale, x, y, 1 or -1 when mirrored)."""
    everything = np.vstack([part.points for part in drawing.parts])
    low, high = everything.min(0), everything.max(0)
    scale = np.min(np.array(drawing.fill) / (high - low)) * random_generator.uniform(0.86, 1.0)
    mirror = int(random_generator.choice([-1, 1]))
    slack = max(0.0, 0.96 - scale * (high - low)[0]) / 2
    centre = 0.5 + slack * random_generator.uniform(-1, 1)
    x = centre - mirror * scale * (low[0] + high[0]) / 2
    bottom = -0.02 if drawing.close_up else baseline
    return float(scale), float(x), float(bottom - scale * low[1]), mirror


def _extras(setting, horizon, hidden, random_generator):
    """Draw by lot what stands behind the subject and what hides a little of it."""
    behind, in_front = [], []
    outdoors = setting in (garden, street)
    if setting in (room, garden, street):
        for _ in range(random_generator.integers(0, 3)):
            x = random_generator.uniform(0.02, 0.9)
            if not outdoors and random_generator.random() < 0.5:
                size = random_generator.uniform(0.12, 0.26)
                thing = draw_picture_frame(
                    x, horizon + random_generator.uniform(0.15, 0.4), size, random_generator
                )
            else:
                maker = pick((draw_ball, draw_box, draw_bowl, draw_pot_plant), random_generator)
                size = random_generator.uniform(0.05, 0.09) * (4 if maker is draw_pot_plant else 1)
                thing = maker(
                    x, horizon - random_generator.uniform(0.0, 0.12), size, random_generator
                )
            behind.append(Drawing(thing))
    if setting not in (backdrop, studio) and random_generator.random() < hidden:
        choice = random_generator.integers(4)
        x = random_generator.uniform(0.1, 0.9)
        thing = (
            lambda: draw_blades(x, -0.02, random_generator.uniform(0.2, 0.34), random_generator),
            lambda: draw_branch(random_generator),
            lambda: draw_ball(x, 0.04, random_generator.uniform(0.07, 0.12), random_generator),
            lambda: draw_bar(random_generator),
        )[choice]()
        in_front.append(Drawing(thing))
    return behind, in_front
