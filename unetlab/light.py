"""Light: the subject's shadow on the ground, uneven light, and what a camera adds.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import cv2
import numpy as np


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


def draw_glow(light, random_generator):
    """Give the light's brightness and warmth over the frame, float32 [32, 32, 3]."""
    down, across = np.mgrid[-1:1:32j, -1:1:32j].astype(np.float32)
    slope = random_generator.uniform(0.05, 0.28)
    glow = 1 + slope * (across * light[0] + down * light[1])
    glow *= 1 - random_generator.uniform(0.0, 0.16) * (across**2 + down**2)
    warmth = random_generator.normal(0, 0.04)
    exposure = random_generator.normal(1, 0.07)
    return np.float32(glow[..., None] * exposure * np.array((1 + warmth, 1, 1 - warmth)))
