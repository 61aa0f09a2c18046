"""Outlines: the closed curves that every drawing is made of, and how a part of it is painted.

Coordinates are those of the drawing: x to the right, y up, the ground at y = 0.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from scipy.interpolate import BSpline


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


def limb(points, closed_ends=True):
    """Give the outline of a tapering limb along (x, y, half width) points, three at least."""
    curve = smooth(points, closed=False)
    middle, half_width = curve[:, :2], curve[:, 2:]
    along = np.gradient(middle, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
    across = along[:, ::-1] * (-1, 1)
    sides = [middle + across * half_width, (middle - across * half_width)[::-1]]
    if closed_ends:
        bow = np.linspace(np.pi / 2, -np.pi / 2, 9)[1:-1, None]
        cap = np.cos(bow) * along[-1] + np.sin(bow) * across[-1]
        sides.insert(1, middle[-1] + cap * half_width[-1])
    return np.vstack(sides)


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
