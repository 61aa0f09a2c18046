"""Chelsea's true mask, drawn by hand along her outline: what her masks are judged by."""

import cv2
import numpy as np
import skimage.data

# Corners (x, y) in pixels of scikit-image's photo of 451 x 300: down the ear and the back on the
# left, along the frame, up the chin, the cheek and the ear on the right. Whiskers are left out.
OUTLINE = (
    *((41, 0), (38, 15), (33, 45), (31, 80), (33, 105), (28, 112), (10, 122), (0, 127), (0, 300)),
    *((272, 300), (276, 288), (285, 279), (296, 270), (305, 261), (311, 247), (313, 228)),
    *((322, 213), (337, 200), (349, 181), (357, 160), (361, 140), (361, 120), (357, 100)),
    *((353, 85), (358, 72), (367, 60), (375, 40), (386, 20), (397, 0)),
)


def draw_chelsea_mask():
    """Return her mask, uint8 [300, 451, 1], 1 where the cat is."""
    mask = np.zeros(skimage.data.chelsea().shape[:2], np.uint8)
    return cv2.fillPoly(mask, [np.array(OUTLINE)], 1)[..., None]
