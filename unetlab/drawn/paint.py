"""Paint: outlines, how they become pixels, and the light on them."""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from scipy.interpolate import BSpline
from scipy.ndimage import gaussian_filter


@dataclass(frozen=True)
class Part:
    """One closed outline [points, 2] and how it is painted."""

    points: np.ndarray
    colour: tuple
    roundness: float = 0.0
    grain: float = 0.0
    marked: tuple | None = None
    gloss: float = 0.0


@dataclass
class Drawing:
    """Parts from back to front, with the markings and the grain they share."""

    parts: list
    markings: np.ndarray | None = None
    grain: str = "fur"
    fill: tuple = (0.9, 0.9)
    close_up: bool = False


@cache
def _spline_basis(count, closed):
    """Quadratic B-spline weights [samples, count]: the curve is this matrix times the points."""
    if closed:
        weights = np.eye(count)[np.arange(count + 2) % count]
        knots, last = np.arange(count + 5) - 2, count
    else:
        weights, last = np.eye(count), count - 2
        knots = np.r_[0, 0, np.arange(count - 1), last, last]
    samples = np.linspace(0, last, 8 * count, endpoint=not closed)
    return BSpline(knots, weights, 2)(samples)


def smooth(points, closed=True):
    """Round a polygon [count, dimensions] into a curve that stays inside its hull."""
    points = np.asarray(points, float)
    return _spline_basis(len(points), closed) @ points


def ellipse(x, y, radius_x, radius_y, tilt=0.0, count=40):
    """Give the outline [count, 2] of an ellipse, `tilt` in radians."""
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return turn(np.c_[radius_x * np.cos(angle), radius_y * np.sin(angle)], tilt) + (x, y)


def limb(points):
    """Give the outline of a tapering limb along (x, y, half width) points, three at least."""
    curve = smooth(points, closed=False)
    middle, half_width = curve[:, :2], curve[:, 2:]
    along = np.gradient(middle, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
    across = along[:, ::-1] * (-1, 1)
    bow = np.linspace(np.pi / 2, -np.pi / 2, 9)[1:-1, None]
    cap = np.cos(bow) * along[-1] + np.sin(bow) * across[-1]
    one, other = middle + across * half_width, middle - across * half_width
    return np.vstack([one, middle[-1] + cap * half_width[-1], other[::-1]])


def turn(points, angle):
    """Rotate points [count, 2] by `angle` radians about the origin."""
    cos, sin = np.cos(angle), np.sin(angle)
    return points @ np.array([[cos, sin], [-sin, cos]])


def mirrored(points):
    """Complete the right half of an outline, given from top to bottom, by its mirror image."""
    half = np.asarray(points, float)
    left = (half * (-1, 1))[::-1]
    return np.vstack([half, left[left[:, 0] < 0]])


def tint(colour, factor):
    """Make a colour lighter (factor > 1) or darker (< 1)."""
    return tuple(np.clip(np.multiply(colour, factor), 0, 255))


def rough_field(random_generator, rows, columns):
    """Draw a smooth random field [128, 128] with mean 0 and deviation about 1."""
    coarse = random_generator.standard_normal((rows, columns)).astype(np.float32)
    return cv2.resize(coarse, (128, 128), interpolation=cv2.INTER_CUBIC)


SUPERSAMPLE = 2


@cache
def grain_tile(name):
    """Give fine structure, float32 [512, 512] with mean 0 and deviation 1."""
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
    return tile / tile.std()


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
        markings = cv2.warpAffine(
            drawing.markings.astype(np.float32), matrix, size[::-1], borderMode=cv2.BORDER_REPLICATE
        )
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
    if part.marked:
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


def develop(image, scene):
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
