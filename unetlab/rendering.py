"""Rendering: a drawing becomes shaded colours and the exact share of each pixel that it covers.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

from functools import cache

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter

SUPERSAMPLE = 2


@cache
def grain_tile(name):
    """Give fine structure, float32 [512, 512] with mean 0 and deviation 1, read-only."""
    noise = np.random.default_rng(0).standard_normal((512, 512)).astype(np.float32)

    def streaks(across, along):
        blurred = gaussian_filter(noise, (along, across), mode="wrap")
        return blurred / blurred.std()

    tile = {
        "fur": lambda: streaks(0.9, 6) + 0.7 * streaks(3, 14),
        "wood": lambda: streaks(1.2, 50) + 0.5 * streaks(6, 80),
        "weave": lambda: streaks(0.8, 4) + streaks(4, 0.8),
        "speckle": lambda: streaks(0.8, 0.8),
    }[name]()
    tile = tile / tile.std()
    tile.setflags(write=False)
    return tile


def render(drawing, image_size, placement, light):
    """Paint a drawing on nothing: colours uint8 [H, W, 3], premultiplied, and coverage [H, W]."""
    height, width = (SUPERSAMPLE * side for side in image_size)
    colours, coverage = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.uint8)
    outlines = [_to_pixels(part.points, (height, width), placement) for part in drawing.parts]
    maps = _spread(drawing, outlines, (height, width))
    for part, outline in zip(drawing.parts, outlines, strict=True):
        if part.roundness or part.grain or part.gloss or part.marked:
            _paint(colours, coverage, part, outline, maps, light)
        else:
            fixed = [np.round(outline * 16).astype(np.int32)]
            cv2.fillPoly(colours, fixed, part.colour, cv2.LINE_AA, shift=4)
            cv2.fillPoly(coverage, fixed, 255, cv2.LINE_AA, shift=4)
    shrunk = (image_size[1], image_size[0])
    colours = cv2.resize(colours, shrunk, interpolation=cv2.INTER_AREA)
    coverage = cv2.resize(coverage, shrunk, interpolation=cv2.INTER_AREA)
    return colours, coverage.astype(np.float32) / 255


def lay_over(image, colours, coverage):
    """Put a rendered drawing in front of an image."""
    return cv2.add(colours, cv2.multiply(image, cv2.merge([1 - coverage] * 3), dtype=cv2.CV_8U))


def _to_pixels(points, size, placement):
    """Map drawing coordinates (y up) to pixels; the unit square stands at the bottom centre."""
    scale, x, y, mirror = placement
    side = min(size)
    left = (size[1] - side) / 2
    unit = points * (mirror * scale, -scale) + (x, -y)
    return unit * side + (left, size[0])


def _spread(drawing, outlines, size):
    """Stretch the drawing's markings over its box and lay its grain over the canvas."""
    grain = markings = None
    if any(part.grain for part in drawing.parts):
        scale = min(size) / 512
        matrix = np.float32([[scale, 0.25 * scale, 0], [-0.25 * scale, scale, 0]])
        grain = cv2.warpAffine(
            grain_tile(drawing.grain),
            matrix,
            size[::-1],
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_WRAP,
        )
    if drawing.markings is not None:
        everything = np.vstack(outlines)
        low, high = everything.min(0), everything.max(0)
        scale = (high - low) / 128
        matrix = np.float32([[scale[0], 0, low[0]], [0, scale[1], low[1]]])
        markings = cv2.warpAffine(drawing.markings.astype(np.float32), matrix, size[::-1],
                                  borderMode=cv2.BORDER_REPLICATE)  # fmt: skip
    return grain, markings


def _paint(colours, coverage, part, outline, maps, light):
    """Paint one shaded part into both canvases, in place."""
    height, width = coverage.shape
    low, high = np.floor(outline.min(0)).astype(int) - 1, np.ceil(outline.max(0)).astype(int) + 2
    left, top = np.maximum(low, 0)
    right, bottom = np.minimum(high, (width, height))
    if right <= left or bottom <= top:
        return
    box = np.s_[top:bottom, left:right]
    shape = np.zeros((bottom - top, right - left), np.uint8)
    fixed = [np.round((outline - (left, top)) * 16).astype(np.int32)]
    cv2.fillPoly(shape, fixed, 255, cv2.LINE_AA, shift=4)

    shade = _relief(shape, part.roundness, min(high - low), light)
    if part.gloss:
        down = (np.arange(top, bottom) - low[1]) / (high[1] - low[1])
        sheen = np.interp(down, (0, 0.3, 0.42, 0.5, 0.75, 1), (1.2, 1.15, 1.3, 0.86, 0.95, 0.55))
        shade = shade * (1 + part.gloss * (sheen - 1)).astype(np.float32)[:, None]
    grain, markings = maps
    if part.grain:
        shade = shade * (1 + 0.11 * part.grain * grain[box])
    colour = np.float32(part.colour)
    if part.marked and markings is not None:
        colour = colour + markings[box][..., None] * (np.float32(part.marked) - colour)
    painted = cv2.convertScaleAbs(colour * np.maximum(shade, 0)[..., None])
    weight = shape.astype(np.float32) / 255
    colours[box] = cv2.blendLinear(painted, np.ascontiguousarray(colours[box]), weight, 1 - weight)
    coverage[box] = np.maximum(coverage[box], shape)


def _relief(shape, roundness, thickness, light):
    """Shade a part as if it were stuffed: its blurred outline, seen from the light's side."""
    if not roundness:
        return np.ones(shape.shape, np.float32)
    reach = max(1, int(0.32 * thickness))
    size = 2 * reach + 1
    anchor = tuple(round(float(reach + 0.6 * reach * direction)) for direction in light)
    lit = cv2.blur(shape, (size, size), anchor=anchor, borderType=cv2.BORDER_REPLICATE)
    half = 2 * (reach // 2) + 1
    lit = cv2.blur(lit, (half, half), borderType=cv2.BORDER_REPLICATE).astype(np.float32) / 255
    return 1 + roundness * (lit - 0.78)
