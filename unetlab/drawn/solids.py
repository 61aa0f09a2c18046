"""Things built in three dimensions and seen from afar: x along, y up, z towards the viewer."""

import cv2
import numpy as np

from unetlab.drawn.paint import Part, ellipse, limb, smooth, tint


class View:
    """A camera far away: turned by `yaw` about the vertical, looking down by `pitch` radians."""

    def __init__(self, yaw, pitch):
        self.right = np.array([np.cos(yaw), 0, np.sin(yaw)])
        self.near = np.array(
            [-np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)]
        )
        self.up = np.cross(self.near, self.right)

    def flat(self, points):
        """Project points [count, 3] to the picture [count, 2]."""
        return np.asarray(points, float) @ np.c_[self.right, self.up]

    def box(self, x, y, z, colour):
        """Give the visible faces of a wooden box between pairs of coordinates."""
        base = [(x[0], y[0], z[0]), (x[1], y[0], z[0]), (x[1], y[0], z[1]), (x[0], y[0], z[1])]
        outline, shift = np.array(base, float), np.array([0, y[1] - y[0], 0])
        centre = outline.mean(0) + shift / 2
        after = np.roll(outline, -1, 0)
        faces = [outline, outline + shift]
        faces += list(np.stack([outline, after, after + shift, outline + shift], axis=1))
        seen = []
        for face in faces:
            normal = np.cross(face[1] - face[0], face[2] - face[0])
            normal = normal / (np.linalg.norm(normal) + 1e-9)
            normal = normal if normal @ (face.mean(0) - centre) > 0 else -normal
            if normal @ self.near > 0:
                bright = 0.72 + 0.34 * normal[1] + 0.16 * normal[0] + 0.12 * normal[2]
                seen.append(Part(self.flat(face), tint(colour, bright), grain=0.8))
        return self.depth(centre), seen

    def cushion(self, x, y, z, colour):
        """Give a stuffed box: the rounded hull of its corners."""
        corners = np.array([(a, b, c) for a in x for b in y for c in z])
        hull = cv2.convexHull(self.flat(corners).astype(np.float32))[:, 0]
        dense = np.stack([hull * 0.88 + np.roll(hull, s, 0) * 0.12 for s in (1, -1)], 1)
        part = Part(smooth(dense.reshape(-1, 2)), colour, 0.7, 0.6)
        return self.depth(corners.mean(0)), [part]

    def rod(self, points, half_width, colour, grain=0.0):
        """Give a round bar along points [count, 3]."""
        flat = np.c_[self.flat(points), np.full(len(points), half_width)]
        return self.depth(np.mean(points, 0)), [Part(limb(flat), colour, 0.5, grain)]

    def depth(self, point):
        """Tell how near a point is to the viewer."""
        return point @ self.near


def round_about(x, y, radius, z):
    """Give a circle [36, 3] in the plane of constant z."""
    return np.c_[ellipse(x, y, radius, radius, count=36), np.full(36, z)]
